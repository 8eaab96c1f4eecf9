/** The hooks that a stage would call, called by hand: what a disturbance answers, where, and how often. */
import { describe, expect, it } from '@jest/globals';
import type { Emulator, RotationStep } from '../../../lib/emulator/index.js';
import { crashFaults, strikesAt } from '../../../lib/testing/crash-matrix/faults.js';
import { callName } from '../../../lib/testing/crash-matrix/points.js';
import { type Disturbance, Watch, type Watched } from '../../../lib/testing/crash-matrix/watch.js';
import type { CrashFaultName, CrashPoint } from '../../../lib/testing/index.js';

type Interceptor = NonNullable<Parameters<Emulator['intercept']>[0]>;

const functionArn = 'arn:aws:lambda:us-east-1:111122223333:function:rotation';
const caller = { accountId: '111122223333', region: 'us-east-1', callerArn: 'arn', secret: [] };

/** A stage of which only the hooks are there. @param order What happens, deeds and effects among it */
function stage(disturbance?: Partial<Disturbance> & Pick<Disturbance, 'fault' | 'point'>) {
  const order: string[] = [];
  let hooks: Interceptor | undefined;
  const watched: Watched = {
    emulator: {
      intercept: (interceptor) => {
        hooks = interceptor;
      },
    },
    onExchange: undefined,
  };
  const full = disturbance && {
    hangSeconds: 7,
    deed: () => void order.push('deed'),
    settled: async () => {},
    ...disturbance,
  };
  const watch = new Watch(watched, full, () => order.push('changed'));
  return {
    watch,
    order,
    hooked: () => ({ emulator: hooks !== undefined, relay: watched.onExchange !== undefined }),
    request: (step: RotationStep, operation: string, service: 'secretsmanager' | 'sts' = 'secretsmanager') =>
      hooks?.request?.({ ...caller, service, operation, functionArn, step }),
    exchange: () => watched.onExchange?.(),
    invocation: (step: RotationStep, rotationToken = 'token') =>
      hooks?.invocation?.({ functionArn, secretArn: 'arn', versionId: 'v', step, rotationToken }),
    /** Of an application or an operator. */
    stranger: () => hooks?.request?.({ ...caller, service: 'secretsmanager', operation: 'GetSecretValue' }),
  };
}

function faultNamed(name: CrashFaultName) {
  const fault = crashFaults.find((each) => each.name === name);
  if (fault === undefined) throw new Error(`no fault ${name}`);
  return fault;
}

const put: Disturbance['point'] = {
  step: 'createSecret',
  kind: 'secretsmanager',
  name: 'PutSecretValue',
  occurrence: 1,
};
const exchange: Disturbance['point'] = { step: 'setSecret', kind: 'target', name: 'exchange', occurrence: 2 };
const delivery = (step: RotationStep): Disturbance['point'] => ({
  step,
  kind: 'step',
  name: 'delivery',
  occurrence: 1,
});

describe('a watch', () => {
  it('sees the calls of the function in order, exchanges only while a step runs, and nobody else', async () => {
    const { watch, request, exchange, invocation, stranger } = stage();
    exchange();
    const first = invocation('createSecret', 'secret-token');
    await first?.before?.();
    request('createSecret', 'GetSecretValue');
    stranger();
    request('createSecret', 'GetSecretValue');
    exchange();
    await first?.after?.('it failed');
    exchange();
    expect(watch.calls.map(({ kind, ...call }) => `${kind} ${callName(call as CrashPoint)}`)).toEqual([
      'step delivery',
      'secretsmanager GetSecretValue',
      'secretsmanager GetSecretValue-2',
      'target exchange',
    ]);
    expect([...watch.rotationTokens]).toEqual(['secret-token']);
    const [seen] = watch.invocations;
    expect(seen).toMatchObject({ step: 'createSecret', error: 'it failed' });
    expect(seen?.to).toBeGreaterThanOrEqual(seen?.from ?? Number.POSITIVE_INFINITY);
    expect(watch.struckAt).toBeUndefined();
  });

  it('tells of calls that may have changed something when they have, and not of reads', async () => {
    const { order, request, exchange, invocation } = stage();
    const step = invocation('setSecret');
    await step?.before?.();
    await request('setSecret', 'GetSecretValue')?.after?.();
    expect(order).toEqual([]);
    await request('setSecret', 'UpdateSecretVersionStage')?.after?.();
    await exchange()?.after?.();
    await step?.after?.(undefined);
    expect(order).toEqual(['changed', 'changed', 'changed']);
  });

  it('lets go of the stage when it ends', () => {
    const { watch, hooked } = stage();
    expect(hooked()).toEqual({ emulator: true, relay: true });
    watch.end();
    expect(hooked()).toEqual({ emulator: false, relay: false });
  });
});

describe('a disturbance', () => {
  it('strikes once, at its point alone', () => {
    const { watch, request } = stage({ fault: faultNamed('answer-lost'), point: { ...put, occurrence: 2 } });
    expect(request('createSecret', 'PutSecretValue')?.effect).toBeUndefined();
    expect(request('setSecret', 'PutSecretValue')?.effect).toBeUndefined();
    expect(request('createSecret', 'GetSecretValue')?.effect).toBeUndefined();
    expect(watch.struckAt).toBeUndefined();
    expect(request('createSecret', 'PutSecretValue')?.effect).toEqual({ drop: 'after' });
    expect(watch.struckAt).toBeGreaterThan(0);
    expect(request('createSecret', 'PutSecretValue')?.effect).toBeUndefined();
  });

  it('does not strike once it is disarmed', () => {
    const { watch, request } = stage({ fault: faultNamed('answer-lost'), point: put });
    watch.disarm();
    expect(request('createSecret', 'PutSecretValue')?.effect).toBeUndefined();
    expect(watch.struckAt).toBeUndefined();
  });

  it.each([
    ['killed-before', { drop: 'before' }, 'cut before'],
    ['killed-after', { drop: 'after' }, 'cut after'],
    ['answer-lost', { drop: 'after' }, 'cut after'],
    ['hang-until-deadline', { latency: 'hang', after: true }, 'hang after'],
    ['error-answer', { error: { code: 'AccessDeniedException' } }, 'cut before'],
    ['pending-stripped', undefined, undefined],
  ] as const)('%s has its effect on a request, and on an exchange', async (name, effect, end) => {
    const fault = faultNamed(name);
    const answered = stage({ fault, point: put }).request('createSecret', 'PutSecretValue');
    if (effect === undefined) expect(answered?.effect).toBeUndefined();
    else expect(answered?.effect).toMatchObject(effect);
    expect(answered?.stale).toBe(false);

    const connected = stage({ fault, point: exchange });
    await connected.invocation('setSecret')?.before?.();
    expect(connected.exchange()?.end).toBeUndefined();
    expect(connected.exchange()?.end).toBe(end);
    expect(connected.exchange()?.end).toBeUndefined();
  });

  it('throttles the request and the next of its kind, as SDKs ask again', () => {
    const { request } = stage({ fault: faultNamed('throttled'), point: put });
    const asked = (operation: string) => request('createSecret', operation)?.effect;
    expect(asked('PutSecretValue')).toEqual({ throttle: true });
    expect(asked('DescribeSecret')).toBeUndefined();
    expect(asked('PutSecretValue')).toEqual({ throttle: true });
    expect(asked('PutSecretValue')).toBeUndefined();
  });

  it('makes a read stale', () => {
    const read = { ...put, name: 'GetSecretValue' };
    const { request } = stage({ fault: faultNamed('stale-read'), point: read });
    expect(request('createSecret', 'GetSecretValue')?.stale).toBe(true);
    expect(request('createSecret', 'GetSecretValue')?.stale).toBeUndefined();
  });

  it.each(crashFaults.filter(({ deed }) => deed !== undefined))(
    '$name does its deed $when the call, and the effect is told after both',
    async (fault) => {
      const point = strikesAt(fault, put) ? put : exchange;
      const { order, request, exchange: next, invocation } = stage({ fault, point });
      await invocation(point.step)?.before?.();
      if (point === exchange) next();
      const answer = point === put ? request('createSecret', 'PutSecretValue') : next();
      await answer?.before?.();
      order.push('call');
      await answer?.after?.();
      expect(order).toEqual(fault.when === 'before' ? ['deed', 'call', 'changed'] : ['call', 'deed', 'changed']);
    },
  );

  it('does the deed of a step before the function is invoked', async () => {
    const { order, invocation } = stage({ fault: faultNamed('target-restarted'), point: delivery('setSecret') });
    await invocation('createSecret')?.before?.();
    expect(order).toEqual([]);
    await invocation('setSecret')?.before?.();
    expect(order).toEqual(['deed']);
  });

  it.each([
    ['step-delivered-twice', { cold: false, deliveries: 'twice' }],
    ['deliveries-overlapping', { cold: false, deliveries: 'overlapping' }],
    ['cold-start-between-steps', { cold: true, deliveries: 'once' }],
  ] as const)('%s delivers that step so, and the others once', (name, answer) => {
    const { invocation } = stage({ fault: faultNamed(name), point: delivery('setSecret') });
    expect(invocation('createSecret')).toMatchObject({ cold: false, deliveries: 'once' });
    expect(invocation('setSecret')).toMatchObject(answer);
    expect(invocation('setSecret')).toMatchObject({ cold: false, deliveries: 'once' });
  });

  it('is over before the next step, though the function did not wait for it', async () => {
    let over = (): void => {};
    const deedOver = new Promise<void>((resolve) => {
      over = resolve;
    });
    const point = { ...exchange, occurrence: 1 };
    const fault = faultNamed('written-meanwhile');
    const { order, invocation, ...watched } = stage({ fault, point, deed: () => deedOver, settled: () => deedOver });
    const step = invocation('setSecret');
    await step?.before?.();
    void watched.exchange()?.before?.();
    const ended = Promise.resolve(step?.after?.(undefined)).then(() => order.push('ended'));
    await new Promise(setImmediate);
    expect(order).toEqual(['changed']);
    over();
    await ended;
    expect(order).toEqual(['changed', 'ended']);
  });

  it('leaves little time to the step that hangs, until it has hung', () => {
    const { invocation, request } = stage({ fault: faultNamed('hang-until-deadline'), point: put });
    expect(invocation('createSecret')).toHaveProperty('timeoutSeconds', 7);
    expect(invocation('setSecret')).not.toHaveProperty('timeoutSeconds');
    request('createSecret', 'PutSecretValue');
    expect(invocation('createSecret')).not.toHaveProperty('timeoutSeconds');
    const other = stage({ fault: faultNamed('answer-lost'), point: put });
    expect(other.invocation('createSecret')).not.toHaveProperty('timeoutSeconds');
  });
});
