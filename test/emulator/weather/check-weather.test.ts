import { describe, expect, it } from '@jest/globals';
import { startEmulator, type Weather } from '../../../lib/emulator/index.js';
import { checkWeather } from '../../../lib/emulator/weather/check-weather.js';

const ruled = (rule: object) => ({ rules: [{ effect: { throttle: true }, ...rule }] });
const effect = (value: unknown) => ruled({ effect: value });

describe('checkWeather', () => {
  it.each<[string, unknown]>([
    ['nothing', {}],
    ['members that are undefined', { seed: undefined, rules: undefined }],
    ['the documented rates', { rates: 'documented' }],
    ['a part of them', { rates: { factor: 0.02 } }],
    ['lag by time', { readAfterWriteLag: { millis: 0.5 } }],
    ['lag by reads', { readAfterWriteLag: { reads: 1, probability: 0 } }],
    [
      'every way to choose',
      ruled({
        service: 'sts',
        operation: ['AssumeRole'],
        accountId: '111122223333',
        region: 'eu-west-1',
        callerArn: '*',
        functionArn: ['*'],
        secret: 'db',
        step: ['setSecret', 'testSecret'],
        calls: [1, 2],
        probability: 0.5,
        times: 1,
      }),
    ],
    [
      'every effect',
      {
        seed: -3,
        rules: [
          { calls: { every: 3 }, effect: { throttle: true } },
          { effect: { error: { code: 'X', message: 'y', status: 503 }, after: true } },
          { effect: { latency: [0, 10], after: false } },
          { effect: { latency: 'hang' } },
          { effect: { drop: 'half' } },
          { effect: { kill: 'after' } },
          { functionArn: '*', secret: 'db', step: 'setSecret', calls: [1], effect: { deliver: 'cold' } },
        ],
      },
    ],
  ])('lets %s pass', (_name, weather) => {
    expect(() => checkWeather(weather)).not.toThrow();
  });

  it.each<[unknown, string]>([
    [null, 'weather must be an object'],
    [[], 'weather must be an object'],
    [{ rule: [] }, 'weather has no member rule'],
    [JSON.parse('{"__proto__": {}}'), 'weather has no member __proto__'],
    [{ toString: 1 }, 'weather has no member toString'],
    [{ seed: 1.5 }, 'weather.seed must be an integer'],
    [{ rules: {} }, 'weather.rules must be a list'],
    [{ rules: [{}] }, 'weather.rules[0].effect must be given'],
    [ruled({ opration: 'x' }), 'weather.rules[0] has no member opration'],
    [ruled({ operation: '' }), 'weather.rules[0].operation must be a string that is not empty'],
    [ruled({ operation: ['x', 7] }), 'weather.rules[0].operation[1] must be a string'],
    [ruled({ service: 'kms' }), 'weather.rules[0].service must be one of secretsmanager, sts'],
    [ruled({ step: 'create' }), 'weather.rules[0].step must be one of createSecret'],
    [ruled({ calls: [0] }), 'weather.rules[0].calls[0] must be an integer from 1'],
    [ruled({ calls: {} }), 'weather.rules[0].calls.every must be given'],
    [ruled({ calls: 3 }), 'weather.rules[0].calls must be an object'],
    [ruled({ probability: 1.1 }), 'weather.rules[0].probability must be a number from 0 to 1'],
    [ruled({ probability: Number.NaN }), 'weather.rules[0].probability must be a number'],
    [ruled({ times: 0 }), 'weather.rules[0].times must be an integer from 1'],
    [effect({}), 'weather.rules[0].effect must be one of throttle, error, latency, drop, kill, deliver'],
    [effect({ throttle: true, drop: 'half' }), 'weather.rules[0].effect must be one of'],
    [effect({ throttle: false }), 'weather.rules[0].effect.throttle must be one of true'],
    [effect({ throttle: true, after: true }), 'weather.rules[0].effect has no member after'],
    [effect({ error: { status: 302 } }), 'weather.rules[0].effect.error.status must be an integer from 400 to 599'],
    [effect({ error: 'x' }), 'weather.rules[0].effect.error must be an object'],
    [effect({ latency: -1 }), 'weather.rules[0].effect.latency must be a number from 0'],
    [effect({ latency: [5, 1] }), 'weather.rules[0].effect.latency must be two numbers'],
    [effect({ latency: [5] }), 'weather.rules[0].effect.latency must be two numbers'],
    [effect({ latency: 1, after: 'yes' }), 'weather.rules[0].effect.after must be true or false'],
    [effect({ kill: 'half' }), 'weather.rules[0].effect.kill must be one of before, after'],
    [effect({ deliver: 'never' }), 'weather.rules[0].effect.deliver must be one of twice, overlapping, cold'],
    [
      ruled({ operation: 'PutSecretValue', effect: { deliver: 'twice' } }),
      'weather.rules[0].operation is of requests, and `deliver` strikes invocations',
    ],
    [effect({ drop: 'now' }), 'weather.rules[0].effect.drop must be one of before, after, half'],
    [{ readAfterWriteLag: {} }, 'weather.readAfterWriteLag must be limited by `millis` or `reads`'],
    [{ readAfterWriteLag: { millis: 0 } }, 'weather.readAfterWriteLag.millis must be a number above 0'],
    [{ readAfterWriteLag: { reads: 1.5 } }, 'weather.readAfterWriteLag.reads must be an integer'],
    [{ rates: 'slow' }, 'weather.rates must be an object'],
    [{ rates: { factor: 0 } }, 'weather.rates.factor must be a number above 0'],
  ])('refuses %j: %s', (weather, message) => {
    let refusal: unknown;
    try {
      checkWeather(weather);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(TypeError);
    expect(String(refusal)).toContain(message);
  });

  it('leaves the weather as it was when a new one makes no sense', async () => {
    await using emulator = await startEmulator({ weather: { rates: 'documented' } });
    expect(() => emulator.weather.set({ rates: 'none' } as unknown as Weather)).toThrow(TypeError);
    expect(emulator.weather.current).toEqual({ rates: 'documented' });
    await expect(startEmulator({ weather: { rules: 1 } as unknown as Weather })).rejects.toThrow(TypeError);
  });
});
