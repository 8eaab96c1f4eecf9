import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Agenda, type Appointment } from '../../lib/emulator/agenda.js';
import { Clock } from '../../lib/emulator/clock.js';
import { startEmulator } from '../../lib/emulator/index.js';

const start = Date.parse('2026-09-24T06:11:41.825Z');
const clocks: Clock[] = [];

function frozenClock(): Clock {
  return kept(new Clock(() => new Date(start)));
}
function kept(clock: Clock): Clock {
  clocks.push(clock);
  return clock;
}
afterEach(() => {
  for (const clock of clocks.splice(0)) clock.stop();
});

const later = (millis: number) => new Date(start + millis);

describe('the agenda', () => {
  it('gives the earliest first, and of equals the first made, whatever was called off', () => {
    const command = fc.oneof(
      fc.record({ add: fc.integer({ min: 0, max: 20 }) }),
      fc.record({ remove: fc.nat() }),
      fc.constant({ take: true }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
        const agenda = new Agenda();
        const model: Appointment[] = [];
        const first = () => [...model].sort((a, b) => a.time - b.time)[0];
        for (const what of commands) {
          if ('add' in what) model.push(agenda.add(what.add, () => undefined));
          const gone = 'remove' in what ? model[what.remove % Math.max(1, model.length)] : first();
          if (!('add' in what) && gone !== undefined) {
            model.splice(model.indexOf(gone), 1);
            agenda.remove(gone);
            agenda.remove(gone);
          }
          expect(agenda.earliest).toBe(first());
          expect(agenda.size).toBe(model.length);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('takes and gives a hundred thousand in no time', () => {
    const agenda = new Agenda();
    const made = Array.from({ length: 100_000 }, (_, i) => agenda.add((i * 7919) % 100_003, () => undefined));
    for (const appointment of made.filter((_, i) => i % 2 === 0)) agenda.remove(appointment);
    const times: number[] = [];
    for (let next = agenda.earliest; next !== undefined; next = agenda.earliest) {
      times.push(next.time);
      agenda.remove(next);
    }
    expect(times).toHaveLength(50_000);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});

describe('advance', () => {
  it('keeps appointments in order, each at its own time, and waits for each', async () => {
    const clock = frozenClock();
    const seen: [string, number][] = [];
    const note = (name: string) => seen.push([name, clock.now().getTime() - start]);
    clock.at(later(3000), () => note('last'));
    clock.at(later(1000), async () => {
      note('begins');
      await new Promise(setImmediate);
      note('ends');
      clock.at(later(2000), () => note('made on the way'));
    });
    clock.at(later(1000), () => note('second'));
    clock.at(later(9000), () => note('never'));
    await clock.advance(5000);
    expect(seen).toEqual([
      ['begins', 1000],
      ['ends', 1000],
      ['second', 1000],
      ['made on the way', 2000],
      ['last', 3000],
    ]);
    expect(clock.now()).toEqual(later(5000));
  });

  it('queues', async () => {
    const clock = frozenClock();
    const seen: number[] = [];
    clock.at(later(1500), async () => {
      await new Promise(setImmediate);
      seen.push(clock.now().getTime() - start);
    });
    const first = clock.advance(1000);
    const second = clock.advance(1000);
    const third = clock.advance(1000).then(() => seen.push(clock.now().getTime() - start));
    await Promise.all([first, second, third]);
    expect(seen).toEqual([1500, 3000]);
  });

  it('does not keep what was called off', async () => {
    const clock = frozenClock();
    const seen: string[] = [];
    const appointment = clock.at(later(1000), () => seen.push('called off'));
    clock.at(later(1000), () => seen.push('kept'));
    clock.cancel(appointment);
    await clock.advance(1000);
    expect(seen).toEqual(['kept']);
  });

  it('carries out what others keep dates of, each at its time, between the appointments', async () => {
    const clock = frozenClock();
    const seen: [string, number][] = [];
    const note = (name: string) => seen.push([name, clock.now().getTime() - start]);
    const dues = [1000, 3000, 7000];
    clock.also({
      get nextDue() {
        return dues[0] === undefined ? undefined : later(dues[0]);
      },
      carryOut() {
        dues.shift();
        note('chore');
      },
    });
    clock.at(later(2000), () => note('appointment'));
    await clock.advance(5000);
    expect(seen).toEqual([
      ['chore', 1000],
      ['appointment', 2000],
      ['chore', 3000],
    ]);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e18])('%d is refused, and moves nothing', async (millis) => {
    await using emulator = await startEmulator({ now: () => new Date(start) });
    await expect(emulator.advance(millis)).rejects.toThrow(RangeError);
    const clock = frozenClock();
    await expect(clock.advance(millis)).rejects.toThrow(RangeError);
    expect(clock.now()).toEqual(later(0));
    await clock.advance(1);
    expect(clock.now()).toEqual(later(1));
  });

  it('is what sessions expire by', async () => {
    await using emulator = await startEmulator({ now: () => new Date(start) });
    const account = '111122223333';
    const RoleArn = `arn:aws:iam::${account}:role/reader`;
    emulator.createRole({
      roleArn: RoleArn,
      trustPolicy: { Statement: { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' } },
    });
    const sts = new STSClient({
      endpoint: emulator.endpoint,
      region: emulator.region,
      credentials: emulator.credentialsFor(account),
    });
    const { Credentials: c } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'reader' }));
    const session = new STSClient({
      endpoint: emulator.endpoint,
      region: emulator.region,
      credentials: {
        accessKeyId: c?.AccessKeyId ?? '',
        secretAccessKey: c?.SecretAccessKey ?? '',
        sessionToken: c?.SessionToken ?? '',
      },
    });
    await emulator.advance(3_599_999);
    expect(await session.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: account });
    await emulator.advance(1);
    await expect(session.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: 'ExpiredToken' });
  });

  it('nothing at all is fine', async () => {
    const clock = frozenClock();
    const seen: string[] = [];
    clock.at(later(0), () => seen.push('due'));
    await clock.advance(0);
    expect(seen).toEqual(['due']);
  });

  it('ends with what is happening when the clock is stopped', async () => {
    const clock = frozenClock();
    const seen: string[] = [];
    clock.at(later(1), () => {
      seen.push('first');
      clock.stop();
    });
    clock.at(later(2), () => seen.push('second'));
    await clock.advance(10);
    expect(seen).toEqual(['first']);
  });
});

describe('a clock that runs by itself', () => {
  it('keeps appointments as it gets there, also those made earlier, never those of a far future', async () => {
    const clock = kept(new Clock(() => new Date()));
    const soon = (millis: number) => new Date(Date.now() + millis);
    const seen: string[] = [];
    clock.at(soon(2 ** 31 + 100_000), () => seen.push('in 25 days'));
    await new Promise<void>((done) => {
      clock.at(soon(60), () => done());
      clock.at(soon(20), () => seen.push('soon'));
    });
    expect(seen).toEqual(['soon']);
  });

  it('waits for a far future in peace: a timer that is set too far goes off at once, again and again', async () => {
    let looks = 0;
    const clock = kept(
      new Clock(() => {
        looks += 1;
        return new Date();
      }),
    );
    clock.at(new Date(Date.now() + 2 ** 31 + 100_000), () => undefined);
    await new Promise<void>((done) => kept(new Clock(() => new Date())).at(new Date(Date.now() + 50), done));
    expect(looks).toBeLessThan(5);
  });

  it('is never set back, though its base ran past the end of an advance', async () => {
    let base = start;
    const clock = kept(new Clock(() => new Date(base)));
    clock.at(later(500), () => {
      base += 10_000;
    });
    await clock.advance(1000);
    expect(clock.now()).toEqual(later(10_500));
  });

  it('runs ahead of its base by what it was advanced', async () => {
    const clock = kept(new Clock(() => new Date()));
    const before = clock.now().getTime();
    await clock.advance(86_400_000);
    const ahead = clock.now().getTime() - before - 86_400_000;
    expect(ahead).toBeGreaterThanOrEqual(0);
    expect(ahead).toBeLessThan(5000);
    await new Promise<void>((done) => clock.at(new Date(clock.now().getTime() + 20), done));
    expect(clock.now().getTime()).toBeGreaterThan(before + 86_400_020 - 1);
  });

  it('starts no more than fifty things at once, and all of them in the end', async () => {
    const clock = kept(new Clock(() => new Date()));
    let running = 0;
    let most = 0;
    let done = 0;
    await new Promise<void>((finished) => {
      for (let i = 0; i < 200; i++) {
        clock.at(new Date(), async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise(setImmediate);
          running -= 1;
          done += 1;
          if (done === 200) finished();
        });
      }
    });
    expect(most).toBe(50);
  });

  it('a base that stands still keeps nothing', async () => {
    const clock = frozenClock();
    const seen: string[] = [];
    clock.at(later(5), () => seen.push('never'));
    // Long enough for its timer, by a clock that does run.
    await new Promise<void>((done) => kept(new Clock(() => new Date())).at(new Date(Date.now() + 50), done));
    expect(seen).toEqual([]);
    await clock.advance(5);
    expect(seen).toEqual(['never']);
  });
});
