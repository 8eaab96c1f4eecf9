/** A year of schedules, in seconds. */
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  ListSecretVersionIdsCommand,
  RotateSecretCommand,
  type RotateSecretCommandInput,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, describe, expect, it } from '@jest/globals';
import { authorization, functionArn, functionRole, useLocalAws } from '../local-aws.js';

const day = 86_400_000;
const aws = useLocalAws({ historyLimit: Number.POSITIVE_INFINITY });

const agent = new Agent({ keepAlive: true });
afterAll(() => agent.destroy());

function callLeanly(environment: Readonly<Record<string, string>>, operation: string, body: string) {
  const headers = {
    authorization: authorization(environment.AWS_ACCESS_KEY_ID ?? ''),
    'x-amz-security-token': environment.AWS_SESSION_TOKEN ?? '',
    'x-amz-target': `secretsmanager.${operation}`,
    'content-type': 'application/x-amz-json-1.1',
    'content-length': Buffer.byteLength(body),
  };
  return new Promise<{ readonly VersionId: string }>((resolve, reject) => {
    const sent = request(environment.AWS_ENDPOINT_URL ?? '', { method: 'POST', agent, headers }, (answer) => {
      text(answer).then(
        (said) => (answer.statusCode === 200 ? resolve(JSON.parse(said)) : reject(new Error(said))),
        reject,
      );
    });
    sent.on('error', reject).end(body);
  });
}

/** Without an SDK and as lean as a rotation function gets, since it runs thousands of times. */
function bind(outage: () => boolean = () => false): void {
  const current = new Map<string, string>();
  aws.emulator.bindFunction({
    functionArn,
    roleArn: functionRole,
    handler: (environment) => {
      const call = (operation: string, input: object) => callLeanly(environment, operation, JSON.stringify(input));
      return async ({ Step, SecretId, ClientRequestToken, RotationToken }) => {
        if (outage()) throw new Error('the database is away');
        if (Step === 'createSecret') {
          if (!current.has(SecretId)) current.set(SecretId, (await call('GetSecretValue', { SecretId })).VersionId);
          const VersionStages = ['AWSPENDING'];
          const SecretString = `made for ${ClientRequestToken}`;
          await call('PutSecretValue', { SecretId, ClientRequestToken, RotationToken, SecretString, VersionStages });
        }
        if (Step === 'finishSecret') {
          await call('UpdateSecretVersionStage', {
            SecretId,
            VersionStage: 'AWSCURRENT',
            MoveToVersionId: ClientRequestToken,
            RemoveFromVersionId: current.get(SecretId),
          });
          current.set(SecretId, ClientRequestToken);
        }
      };
    },
  });
}

/** A secret that rotated once, on the 24th of September 2026, a Thursday, at 06:11:41. */
async function scheduled(
  SecretId: string,
  RotationRules: NonNullable<RotateSecretCommandInput['RotationRules']>,
): Promise<string> {
  const { ARN = '' } = await aws.client.send(new CreateSecretCommand({ Name: SecretId, SecretString: 'one' }));
  await aws.client.send(new RotateSecretCommand({ SecretId, RotationLambdaARN: functionArn, RotationRules }));
  expect(await aws.emulator.rotationSettled(SecretId)).toMatchObject({ status: 'Succeeded' });
  return ARN;
}

/** When the scheduled rotations of a secret succeeded. */
const successes = (arn: string) =>
  aws.emulator.events
    .filter(({ eventName, additionalEventData }) => {
      return eventName === 'RotationSucceeded' && additionalEventData.SecretId === arn;
    })
    .slice(1)
    .map(({ eventTime }) => new Date(eventTime));

/** The current version is the last one that was made, the one before it is previous, and nothing waits. */
async function healthy(arn: string): Promise<void> {
  const started = aws.emulator.events.filter(
    ({ eventName, additionalEventData }) => eventName === 'RotationStarted' && additionalEventData.SecretId === arn,
  );
  const [previous, current] = [
    ...new Set(started.map(({ requestID }) => requestID.slice(`Rotation-${arn}-`.length))),
  ].slice(-2);
  const { VersionIdsToStages } = await aws.client.send(new DescribeSecretCommand({ SecretId: arn }));
  expect(VersionIdsToStages).toEqual({
    [previous ?? '']: ['AWSPREVIOUS'],
    [current ?? '']: ['AWSCURRENT', 'AWSPENDING'],
  });
}

describe('a simulated year', () => {
  it('of four schedules: every window, at its hour, without drifting, with healthy labels', async () => {
    bind();
    const weekly = await scheduled('weekly', { ScheduleExpression: 'cron(0 2 ? * SUN *)', Duration: '3h' });
    const hourly = await scheduled('hourly', { ScheduleExpression: 'rate(4 hours)' });
    const thirty = await scheduled('thirty', { AutomaticallyAfterDays: 30 });
    const monthly = await scheduled('monthly', { ScheduleExpression: 'cron(0 22 L * ? *)' });
    await aws.emulator.advance(365 * day);

    const sundays = successes(weekly);
    expect(sundays).toHaveLength(52);
    expect(sundays[0]).toEqual(new Date('2026-09-27T02:00:00Z'));
    expect(sundays[51]).toEqual(new Date('2027-09-19T02:00:00Z'));
    expect(sundays.every((date) => date.getUTCDay() === 0 && date.getUTCHours() === 2)).toBe(true);

    const fourHours = successes(hourly);
    expect(fourHours).toHaveLength(365 * 6);
    const first = Date.parse('2026-09-24T10:00:00Z');
    expect(fourHours.map(Number)).toEqual(fourHours.map((_, i) => first + (i * day) / 6));

    const thirtyDays = successes(thirty);
    expect(thirtyDays).toHaveLength(12);
    const midnight = Date.parse('2026-10-24T00:00:00Z');
    expect(thirtyDays.map(Number)).toEqual(thirtyDays.map((_, i) => midnight + i * 30 * day));

    expect(successes(monthly).map((date) => date.toISOString().slice(0, 16))).toEqual([
      '2026-09-30T22:00',
      '2026-10-31T22:00',
      '2026-11-30T22:00',
      '2026-12-31T22:00',
      '2027-01-31T22:00',
      '2027-02-28T22:00',
      '2027-03-31T22:00',
      '2027-04-30T22:00',
      '2027-05-31T22:00',
      '2027-06-30T22:00',
      '2027-07-31T22:00',
      '2027-08-31T22:00',
    ]);

    expect(aws.emulator.events.filter(({ eventName }) => eventName === 'RotationFailed')).toEqual([]);
    for (const arn of [weekly, hourly, thirty, monthly]) await healthy(arn);
    // What is over a hundred versions goes, and nobody notices.
    const { Versions = [] } = await aws.client.send(
      new ListSecretVersionIdsCommand({ SecretId: 'hourly', IncludeDeprecated: true, MaxResults: 100 }),
    );
    expect(Versions).toHaveLength(100);
    expect(await aws.client.send(new DescribeSecretCommand({ SecretId: 'weekly' }))).toMatchObject({
      LastRotatedDate: new Date('2027-09-19T02:00:00Z'),
      NextRotationDate: new Date('2027-09-26T04:59:59Z'),
      RotationRules: { AutomaticallyAfterDays: 7 },
    });
  });

  it('with a function that fails for hours, days and weeks, and recovers each time', async () => {
    const outages = [
      // The first attempts of one window.
      ['2026-11-01T01:00:00Z', '2026-11-01T02:05:00Z'],
      // A whole window.
      ['2027-01-10T00:00:00Z', '2027-01-11T00:00:00Z'],
      // Three windows in a row, and half of a fourth one.
      ['2027-05-01T00:00:00Z', '2027-05-23T02:20:00Z'],
    ].map(([from = '', to = '']) => [new Date(from), new Date(to)] as const);
    let away = false;
    bind(() => away);
    const arn = await scheduled('weekly', { ScheduleExpression: 'cron(0 2 ? * SUN *)', Duration: '1h' });
    let now = aws.clock.now().getTime();
    const until = async (time: Date) => {
      await aws.emulator.advance(time.getTime() - now);
      now = time.getTime();
    };
    const end = new Date(now + 365 * day);
    for (const [from, to] of outages) {
      await until(from);
      away = true;
      await until(to);
      away = false;
    }
    await until(end);

    const dates = successes(arn).map((date) => date.toISOString().slice(0, 16));
    // 52 Sundays but for the one that was lost and the three in May.
    expect(dates).toHaveLength(52 - 4);
    expect(dates.filter((date) => !date.endsWith('T02:00'))).toEqual(['2026-11-01T02:07', '2027-05-23T02:31']);
    expect(dates).not.toContain('2027-01-10T02:00');
    expect(dates).toContain('2027-01-17T02:00');
    // Whatever was pending was used in the end: as many versions as successes.
    const started = aws.emulator.events.filter(({ eventName }) => eventName === 'RotationStarted');
    expect(new Set(started.map(({ requestID }) => requestID)).size).toBe(1 + 48);
    expect(started.length).toBeGreaterThan(1 + 48 + 3 + 6 + 18);
    await healthy(arn);
  });
});
