/** Windows that open, attempts that fail in them, and what a schedule lives through. */
import {
  CancelRotateSecretCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  PutSecretValueCommand,
  ReplicateSecretToRegionsCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  type RotateSecretCommandInput,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Emulator, startEmulator, type UndocumentedBehaviour } from '../../../lib/emulator/index.js';
import {
  account,
  functionArn,
  functionRole,
  ordinary,
  refusal,
  rotator,
  secretsManager,
  TestClock,
  token,
} from '../local-aws.js';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const SecretId = 'db';

let clock: TestClock;
let emulator: Emulator;
let client: ReturnType<typeof secretsManager>;
/** What the function does before its first step, besides. */
let trouble: () => unknown;

async function start(undocumented: Partial<UndocumentedBehaviour> = {}, now: () => Date = clock.now): Promise<void> {
  trouble = () => undefined;
  emulator = await startEmulator({ seed: 7, now, undocumented });
  client = secretsManager(emulator.endpoint, emulator.credentialsFor(account));
  bind();
  await client.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'one', ClientRequestToken: token('v1') }));
}
async function restart(undocumented: Partial<UndocumentedBehaviour>): Promise<void> {
  await emulator.close();
  await start(undocumented);
}
const bind = (permissions: { invokePermissions?: [] } = {}) =>
  emulator.bindFunction({
    functionArn,
    roleArn: functionRole,
    ...permissions,
    handler: rotator({
      createSecret: async (call) => {
        await trouble();
        await ordinary('createSecret', call);
      },
    }),
  });
const broken = () => {
  throw new Error('out of luck');
};

beforeEach(async () => {
  clock = new TestClock('2026-09-24T06:11:41.825Z');
  await start();
});
afterEach(() => emulator.close());

const rotate = (input: Partial<RotateSecretCommandInput> = {}) =>
  client.send(new RotateSecretCommand({ SecretId, RotationLambdaARN: functionArn, ...input }));
/** Configured, and rotated for the first time. */
async function rotated(RotationRules: RotateSecretCommandInput['RotationRules']): Promise<void> {
  await rotate({ RotationRules, ClientRequestToken: token('v2') });
  await emulator.rotationSettled(SecretId);
}
const describeSecret = () => client.send(new DescribeSecretCommand({ SecretId }));
/** What the service did by itself so far, and when. */
const history = () => emulator.events.map(({ eventName, eventTime }) => `${eventTime} ${eventName}`);
/** The versions that were rotated to, from the events. */
const versions = () =>
  emulator.events
    .filter(({ eventName }) => eventName === 'RotationStarted')
    .map(({ requestID, additionalEventData }) => requestID.slice(`Rotation-${additionalEventData.SecretId}-`.length));

/** The time is that of the recordings: a Thursday, 06:11:41. */
describe('a scheduled rotation', () => {
  it('begins when its window opens, by itself and with a new version', async () => {
    await rotated({ AutomaticallyAfterDays: 30 });
    await emulator.advance(29 * day);
    expect(history()).toHaveLength(2);
    await emulator.advance(day);
    expect(history().slice(2)).toEqual([
      '2026-10-24T00:00:00Z RotationStarted',
      '2026-10-24T00:00:00Z RotationSucceeded',
    ]);
    const [v2, v3 = ''] = versions();
    expect(v2).toBe(token('v2'));
    expect(v3).toMatch(/^[0-9a-f-]{36}$/);
    expect(await describeSecret()).toMatchObject({
      LastRotatedDate: new Date('2026-10-24T00:00:00Z'),
      NextRotationDate: new Date('2026-11-23T23:59:59Z'),
      RotationRules: { AutomaticallyAfterDays: 30 },
      VersionIdsToStages: { [token('v2')]: ['AWSPREVIOUS'], [v3]: ['AWSCURRENT', 'AWSPENDING'] },
    });
  });

  it('tells the days until the next window after each success [C8]', async () => {
    await rotated({ ScheduleExpression: 'cron(0 3 L * ? *)', Duration: '2h' });
    expect(await describeSecret()).toMatchObject({
      NextRotationDate: new Date('2026-09-30T04:59:59Z'),
      RotationRules: { AutomaticallyAfterDays: 6 },
    });
    await emulator.advance(6 * day);
    expect(await describeSecret()).toMatchObject({
      LastRotatedDate: new Date('2026-09-30T03:00:00Z'),
      NextRotationDate: new Date('2026-10-31T04:59:59Z'),
      RotationRules: { AutomaticallyAfterDays: 31 },
    });
  });

  it('comes every four hours, without drifting', async () => {
    await rotated({ ScheduleExpression: 'rate(4 hours)' });
    await emulator.advance(9 * hour);
    expect(history().filter((line) => line.includes('Succeeded'))).toEqual([
      '2026-09-24T06:11:41Z RotationSucceeded',
      '2026-09-24T10:00:00Z RotationSucceeded',
      '2026-09-24T14:00:00Z RotationSucceeded',
    ]);
    expect((await describeSecret()).LastChangedDate).toEqual(new Date('2026-09-24T14:00:00Z'));
  });

  it('comes so long after a value that someone put', async () => {
    await rotated({ AutomaticallyAfterDays: 30 });
    await emulator.advance(10 * day);
    await client.send(new PutSecretValueCommand({ SecretId, SecretString: 'by hand' }));
    await emulator.advance(29 * day);
    expect(versions()).toHaveLength(1);
    await emulator.advance(day);
    expect(history().at(-1)).toBe('2026-11-03T00:00:00Z RotationSucceeded');
  });

  it('is not there before rotation was configured, and not after it was cancelled', async () => {
    await emulator.advance(400 * day);
    expect(history()).toEqual([]);
    await rotated({ ScheduleExpression: 'rate(1 day)' });
    await client.send(new CancelRotateSecretCommand({ SecretId }));
    expect(await describeSecret()).not.toHaveProperty('NextRotationDate');
    await emulator.advance(10 * day);
    expect(versions()).toHaveLength(1);
    // The rules are still known [D1].
    await rotate();
    expect(await emulator.rotationSettled(SecretId)).toMatchObject({ status: 'Succeeded' });
    await emulator.advance(day);
    expect(versions()).toHaveLength(3);
  });

  it('waits for the one that RotateSecret began and that is still in flight, and leaves it at that', async () => {
    await rotated({ ScheduleExpression: 'cron(0 7 * * ? *)' });
    let reached = () => {};
    let release = () => {};
    const inStep = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    trouble = () => {
      reached();
      return held;
    };
    await rotate();
    await inStep;
    const advanced = emulator.advance(hour);
    release();
    await advanced;
    expect(versions()).toHaveLength(2);
    expect((await describeSecret()).NextRotationDate).toEqual(new Date('2026-09-25T23:59:59Z'));
  });

  it('follows the new schedule after a change with RotateImmediately=false, and the old one no more', async () => {
    await rotated({ ScheduleExpression: 'cron(0 7 * * ? *)' });
    await rotate({ RotationRules: { ScheduleExpression: 'cron(0 9 * * ? *)' }, RotateImmediately: false });
    expect(await emulator.rotationSettled(SecretId)).toMatchObject({ kind: 'TestRotation', status: 'Succeeded' });
    await emulator.advance(day);
    expect(history().filter((line) => line.endsWith(' RotationStarted'))).toEqual([
      '2026-09-24T06:11:41Z RotationStarted',
      '2026-09-24T09:00:00Z RotationStarted',
    ]);
  });

  it('does not happen to a secret that waits for its end; a restored one goes on with the next window', async () => {
    await rotated({ ScheduleExpression: 'rate(1 day)' });
    await client.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }));
    await emulator.advance(3 * day);
    expect(versions()).toHaveLength(1);
    await client.send(new RestoreSecretCommand({ SecretId }));
    await emulator.advance(day);
    expect(history().at(-1)).toBe('2026-09-28T00:00:00Z RotationSucceeded');
    await client.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }));
    await emulator.advance(30 * day);
    expect(versions()).toHaveLength(2);
    // The end came on the way, at its own time.
    expect(history().slice(-2)).toEqual([
      '2026-10-05T06:11:41Z StartSecretVersionDelete',
      '2026-10-05T06:11:41Z EndSecretVersionDelete',
    ]);
  });

  it('does not happen to a replica', async () => {
    await client.send(
      new CreateSecretCommand({ Name: 'far', SecretString: 'x', AddReplicaRegions: [{ Region: 'eu-west-1' }] }),
    );
    await rotate({ SecretId: 'far', RotationRules: { ScheduleExpression: 'rate(1 day)' } });
    await emulator.rotationSettled('far');
    await emulator.advance(3 * day);
    const rotations = emulator.events.filter(({ eventName }) => eventName === 'RotationSucceeded');
    expect(rotations.map(({ awsRegion }) => awsRegion)).toEqual(Array(4).fill('us-west-2'));
    // Each was carried to the other Region two seconds later.
    expect(history().slice(-1)).toEqual(['2026-09-27T00:00:02Z ReplicationSucceeded']);
  });

  it('does not happen to a secret that a replica took the place of', async () => {
    const inIreland = secretsManager(emulator.endpoint, emulator.credentialsFor(account), 'eu-west-1');
    await inIreland.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'x' }));
    const RotationRules = { ScheduleExpression: 'rate(1 day)' };
    const RotationLambdaARN = functionArn.replace('us-west-2', 'eu-west-1');
    emulator.bindFunction({ functionArn: RotationLambdaARN, roleArn: functionRole, handler: rotator() });
    const { ARN = '' } = await inIreland.send(new RotateSecretCommand({ SecretId, RotationLambdaARN, RotationRules }));
    await emulator.rotationSettled(ARN);
    await emulator.advance(2 * day);
    const there = () => emulator.events.filter(({ awsRegion }) => awsRegion === 'eu-west-1').length;
    expect(there()).toBe(6);
    await client.send(
      new ReplicateSecretToRegionsCommand({
        SecretId,
        AddReplicaRegions: [{ Region: 'eu-west-1' }],
        ForceOverwriteReplicaSecret: true,
      }),
    );
    await emulator.advance(2 * day);
    expect(there()).toBe(6);
  });

  it('happens when the clock gets there by itself', async () => {
    await emulator.close();
    const ahead = Date.parse('2026-09-24T06:59:59.300Z') - Date.now();
    await start({}, () => new Date(Date.now() + ahead));
    await rotate({ RotationRules: { ScheduleExpression: 'cron(0 7 * * ? *)' }, RotateImmediately: false });
    while (emulator.events.at(-1)?.eventName !== 'RotationSucceeded') await new Promise((done) => setTimeout(done, 20));
    expect(history().slice(-1)[0]).toMatch(/^2026-09-24T07:00:0\d/);
  });

  it('does not happen while the base clock stands still, nor once the emulator is closed', async () => {
    await rotated({ ScheduleExpression: 'rate(4 hours)' });
    const advanced = emulator.advance(day);
    await emulator.close();
    await advanced;
    expect(versions().length).toBeLessThan(4);
  });
});

describe('a scheduled rotation that fails', () => {
  const started = () => history().filter((line) => line.endsWith(' RotationStarted'));

  it('is attempted again with the same version, until it succeeds, while the window is open', async () => {
    await rotated({ ScheduleExpression: 'cron(0 7 * * ? *)' });
    let times = 0;
    trouble = () => {
      times += 1;
      if (times < 4) broken();
    };
    await emulator.advance(day - hour);
    expect(history().slice(2)).toEqual([
      '2026-09-24T07:00:00Z RotationStarted',
      '2026-09-24T07:00:00Z RotationFailed',
      '2026-09-24T07:01:00Z RotationStarted',
      '2026-09-24T07:01:00Z RotationFailed',
      '2026-09-24T07:03:00Z RotationStarted',
      '2026-09-24T07:03:00Z RotationFailed',
      '2026-09-24T07:07:00Z RotationStarted',
      '2026-09-24T07:07:00Z RotationSucceeded',
    ]);
    expect(new Set(versions().slice(1)).size).toBe(1);
    expect(await describeSecret()).toMatchObject({
      LastRotatedDate: new Date('2026-09-24T07:07:00Z'),
      NextRotationDate: new Date('2026-09-25T23:59:59Z'),
    });
  });

  it('has six attempts in a window, then NextRotationDate is in the past, and the next window goes on with the version', async () => {
    await rotated({ ScheduleExpression: 'cron(0 7 * * ? *)' });
    trouble = broken;
    await emulator.advance(day - hour);
    expect(started()).toHaveLength(1 + 6);
    expect(started().at(-1)).toBe('2026-09-24T07:31:00Z RotationStarted');
    await emulator.advance(hour + 6 * hour);
    const { NextRotationDate, VersionIdsToStages, LastRotatedDate } = await describeSecret();
    expect(NextRotationDate).toEqual(new Date('2026-09-24T23:59:59Z'));
    expect(LastRotatedDate).toEqual(new Date('2026-09-24T06:11:41.825Z'));
    const pending = versions().at(-1) ?? '';
    expect(VersionIdsToStages?.[pending]).toEqual(['AWSPENDING']);
    expect(started()).toHaveLength(1 + 12);
    expect(await refusal(rotate())).toMatchObject({
      message: "A previous rotation isn't complete. That rotation will be reattempted.",
    });
    trouble = () => undefined;
    await emulator.advance(day);
    expect(new Set(versions().slice(1))).toEqual(new Set([pending]));
    expect(await describeSecret()).toMatchObject({
      LastRotatedDate: new Date('2026-09-26T07:00:00Z'),
      NextRotationDate: new Date('2026-09-27T23:59:59Z'),
    });
  });

  it('is not attempted once its window has closed', async () => {
    await restart({ retryDelaysSeconds: [1500, 1500, 1500] });
    await rotated({ ScheduleExpression: 'cron(0 7 * * ? *)', Duration: '1h' });
    trouble = broken;
    await emulator.advance(12 * hour);
    expect(started().slice(1)).toEqual([
      '2026-09-24T07:00:00Z RotationStarted',
      '2026-09-24T07:25:00Z RotationStarted',
      '2026-09-24T07:50:00Z RotationStarted',
    ]);
    expect((await describeSecret()).NextRotationDate).toEqual(new Date('2026-09-24T07:59:59Z'));
  });

  it('gets a version of its own once someone took AWSPENDING off', async () => {
    await rotated({ ScheduleExpression: 'cron(0 7 * * ? *)' });
    trouble = broken;
    await emulator.advance(50 * minute);
    const stuck = versions().at(-1) ?? '';
    await client.send(
      new UpdateSecretVersionStageCommand({ SecretId, VersionStage: 'AWSPENDING', RemoveFromVersionId: stuck }),
    );
    trouble = () => undefined;
    await emulator.advance(hour);
    expect(history().at(-1)).toMatch(/RotationSucceeded$/);
    expect(versions().at(-1)).not.toBe(stuck);
  });

  it('because the function may not be invoked: RotationFailed tells, no version is left behind', async () => {
    await rotated({ ScheduleExpression: 'cron(0 7 * * ? *)' });
    bind({ invokePermissions: [] });
    const before = await describeSecret();
    await emulator.advance(49 * minute);
    expect(emulator.events.at(-1)).toMatchObject({
      eventName: 'RotationFailed',
      errorMessage:
        'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.',
    });
    expect(await emulator.rotationSettled(SecretId)).toMatchObject({ status: 'Failed', steps: [] });
    expect((await describeSecret()).VersionIdsToStages).toEqual(before.VersionIdsToStages);
    bind();
    await emulator.advance(minute);
    expect(history().at(-1)).toBe('2026-09-24T07:01:00Z RotationSucceeded');
  });

  it('because the function is gone', async () => {
    await rotated({ ScheduleExpression: 'cron(0 7 * * ? *)' });
    emulator.unbindFunction(functionArn);
    await emulator.advance(hour);
    expect(emulator.events.at(-1)).toMatchObject({ eventName: 'RotationFailed' });
  });
});

describe('a rotation that RotateSecret began and that fails', () => {
  const failed = async () => {
    trouble = broken;
    await rotate({ RotationRules: { ScheduleExpression: 'cron(0 9 * * ? *)' }, ClientRequestToken: token('v2') });
    expect(await emulator.rotationSettled(SecretId)).toMatchObject({ status: 'Failed' });
  };

  it('is attempted again, with its token, when the next window opens', async () => {
    await failed();
    trouble = () => undefined;
    await emulator.advance(2 * hour);
    expect(history()).toHaveLength(2);
    await emulator.advance(hour);
    expect(history().slice(2)).toEqual([
      '2026-09-24T09:00:00Z RotationStarted',
      '2026-09-24T09:00:00Z RotationSucceeded',
    ]);
    expect(versions()).toEqual([token('v2'), token('v2')]);
  });

  it('or soon, if that is what AWS does', async () => {
    await restart({ manualRetries: 'at once', retryDelaysSeconds: [60, 60] });
    await failed();
    await emulator.advance(hour);
    expect(history()).toHaveLength(6);
    // The window has its own attempts.
    await emulator.advance(2 * hour);
    expect(history()).toHaveLength(12);
    trouble = () => undefined;
    await emulator.advance(day);
    expect(history().at(-1)).toBe('2026-09-25T09:00:00Z RotationSucceeded');
    expect(new Set(versions())).toEqual(new Set([token('v2')]));
  });

  it('or soon, also when there is no schedule', async () => {
    await restart({ manualRetries: 'at once' });
    trouble = broken;
    await rotate();
    await emulator.rotationSettled(SecretId);
    await emulator.advance(day);
    expect(history()).toHaveLength(12);
  });
});

describe('a deferred test that fails', () => {
  it('leads to no rotation before its window, in whichever way failures are attempted again', async () => {
    await restart({ manualRetries: 'at once' });
    emulator.bindFunction({ functionArn, roleArn: functionRole, handler: rotator({ testSecret: broken }) });
    await rotate({ RotationRules: { ScheduleExpression: 'cron(0 9 * * ? *)' }, RotateImmediately: false });
    expect(await emulator.rotationSettled(SecretId)).toMatchObject({ kind: 'TestRotation', status: 'Failed' });
    bind();
    await emulator.advance(3 * hour);
    expect(history().slice(2)).toEqual([
      '2026-09-24T09:00:00Z RotationStarted',
      '2026-09-24T09:00:00Z RotationSucceeded',
    ]);
  });
});

describe('windows that went by unseen', () => {
  const jump = async () => {
    await rotated({ ScheduleExpression: 'cron(0 7 * * ? *)', Duration: '2h' });
    clock.pass({ hours: 5 });
    await emulator.advance(0);
  };

  it('are skipped', async () => {
    await jump();
    expect(versions()).toHaveLength(1);
    expect((await describeSecret()).NextRotationDate).toEqual(new Date('2026-09-25T08:59:59Z'));
    await emulator.advance(day);
    expect(history().at(-1)).toBe('2026-09-25T07:00:00Z RotationSucceeded');
  });

  it('or made up for', async () => {
    await restart({ missedWindows: 'made up for' });
    await jump();
    expect(history().at(-1)).toBe('2026-09-24T11:11:41Z RotationSucceeded');
    trouble = broken;
    clock.pass({ days: 1 });
    await emulator.advance(0);
    expect(history().at(-1)).toBe('2026-09-25T11:11:41Z RotationFailed');
    trouble = () => undefined;
    await emulator.advance(day);
    expect(history().at(-1)).toBe('2026-09-26T07:00:00Z RotationSucceeded');
  });

  it('a window that is still open is used', async () => {
    await rotated({ ScheduleExpression: 'cron(0 7 * * ? *)', Duration: '2h' });
    clock.pass({ hours: 2 });
    await emulator.advance(0);
    expect(history().at(-1)).toBe('2026-09-24T08:11:41Z RotationSucceeded');
    expect((await describeSecret()).NextRotationDate).toEqual(new Date('2026-09-25T08:59:59Z'));
  });
});

describe('the moment in the window', () => {
  const moments = async () => {
    await rotated({ ScheduleExpression: 'rate(4 hours)', Duration: '3h' });
    await emulator.advance(4 * day + 3 * hour);
    return emulator.events
      .filter(({ eventName }) => eventName === 'RotationStarted')
      .slice(1)
      .map((e) => e.eventTime);
  };

  it('may be any, by the seed, and the windows do not wander', async () => {
    await restart({ rotationMoment: 'anywhere in the window' });
    const drawn = await moments();
    expect(drawn).toHaveLength(24);
    const since = drawn.map((time) => (Date.parse(time) - Date.parse('2026-09-24T10:00:00Z')) / hour);
    for (const [i, hours] of since.entries()) {
      expect(hours).toBeGreaterThanOrEqual(4 * i);
      expect(hours).toBeLessThan(4 * i + 3);
    }
    expect(new Set(drawn.map((time) => time.slice(14))).size).toBeGreaterThan(12);
    await restart({ rotationMoment: 'anywhere in the window' });
    expect(await moments()).toEqual(drawn);
  });

  it('of a rate in hours, counted from midnight', async () => {
    await restart({ hourlyRates: 'from midnight' });
    await rotated({ ScheduleExpression: 'rate(4 hours)' });
    expect((await describeSecret()).NextRotationDate).toEqual(new Date('2026-09-24T08:59:59Z'));
    await emulator.advance(10 * hour);
    expect(
      history()
        .filter((line) => line.includes('Started'))
        .slice(1),
    ).toEqual([
      '2026-09-24T08:00:00Z RotationStarted',
      '2026-09-24T12:00:00Z RotationStarted',
      '2026-09-24T16:00:00Z RotationStarted',
    ]);
  });
});

describe('rules that are refused, before anything has changed', () => {
  it.each([
    [{ ScheduleExpression: 'cron(0 2-4 * * ? *)' }, 'at least 4 hours lie between two rotations, not 1'],
    [{ ScheduleExpression: 'cron(0 0,22 * * ? *)' }, 'at least 4 hours lie between two rotations, not 2'],
    [{ ScheduleExpression: 'cron(0 0 31 2 ? *)' }, 'no such day comes again'],
    [{ ScheduleExpression: 'cron(0 0 29 2 ? *)' }, 'at most 999 days lie between two rotations'],
    [{ ScheduleExpression: 'rate(3 hours)' }, 'a rate is at least 4 hours and at most 999 days'],
    [{ ScheduleExpression: 'cron(0 0 LW * ? *)' }, "day-of-month cannot be read: 'LW'"],
    [{ ScheduleExpression: 'rate(2 days)', Duration: '25h' }, 'Duration is 1 to 24 hours'],
    [{ AutomaticallyAfterDays: 2, Duration: '0h' }, 'Duration is 1 to 24 hours'],
    [
      { ScheduleExpression: 'cron(0 16 L * ? *)', Duration: '9h' },
      'a window of 9h from 16:00 reaches into the next UTC day',
    ],
    [{ ScheduleExpression: 'cron(0 8/8 * * ? *)', Duration: '9h' }, 'a window of 9h reaches into the next window'],
    [{ ScheduleExpression: 'rate(4 hours)', Duration: '5h' }, 'a window of 5h reaches into the next window'],
  ])('%j', async (RotationRules, why) => {
    const { $metadata, ...before } = await describeSecret();
    expect(await refusal(rotate({ RotationRules }))).toEqual({
      name: 'InvalidParameterException',
      message: `The schedule expression is not valid: ${why}`,
    });
    expect(await describeSecret()).toMatchObject(before);
    expect(await describeSecret()).not.toHaveProperty('RotationEnabled');
    expect(history()).toEqual([]);
  });

  it.each([
    { ScheduleExpression: 'rate(4 hours)', Duration: '4h' },
    { ScheduleExpression: 'cron(0 0/8 * * ? *)', Duration: '8h' },
    { ScheduleExpression: 'cron(0 16 L * ? *)', Duration: '8h' },
    { AutomaticallyAfterDays: 1, Duration: '24h' },
  ])('%j is just right', async (RotationRules) => {
    await rotated(RotationRules);
    expect(await describeSecret()).toMatchObject({ RotationEnabled: true, RotationRules });
  });
});
