/** How much the emulator remembers of what happened. */
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from '@jest/globals';
import { startEmulator } from '../../lib/emulator/index.js';
import { useLocalAws } from './local-aws.js';

describe('with a historyLimit', () => {
  const aws = useLocalAws({ historyLimit: 3 });

  it('the newest requests and decisions are kept, in the arrays that were handed out', async () => {
    const { requests, decisions } = aws.emulator;
    await aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one' }));
    await aws.client.send(new GetSecretValueCommand({ SecretId: 'db' }));
    expect(requests.map(({ operation }) => operation)).toEqual(['CreateSecret', 'GetSecretValue']);
    await aws.client.send(new DescribeSecretCommand({ SecretId: 'db' }));
    await aws.client.send(new GetSecretValueCommand({ SecretId: 'db' }));
    await aws.client.send(new DescribeSecretCommand({ SecretId: 'db' }));
    const newest = ['DescribeSecret', 'GetSecretValue', 'DescribeSecret'];
    expect(requests.map(({ operation }) => operation)).toEqual(newest);
    expect(decisions).toHaveLength(3);
    expect(decisions.at(-1)?.action).toBe('secretsmanager:DescribeSecret');
    expect(aws.emulator.requests).toBe(requests);
    expect(aws.emulator.decisions).toBe(decisions);
  });

  it('the newest events are kept', async () => {
    for (const Name of ['a', 'b']) {
      await aws.client.send(new CreateSecretCommand({ Name, SecretString: 'one' }));
      await aws.client.send(new DeleteSecretCommand({ SecretId: Name, ForceDeleteWithoutRecovery: true }));
    }
    aws.clock.pass({ days: 1 });
    await aws.client.send(new DescribeSecretCommand({ SecretId: 'a' })).catch(() => undefined);
    const about = aws.emulator.events.map(({ eventName, additionalEventData }) => [
      eventName,
      additionalEventData.Name,
    ]);
    expect(about).toEqual([
      ['EndSecretVersionDelete', 'a'],
      ['StartSecretVersionDelete', 'b'],
      ['EndSecretVersionDelete', 'b'],
    ]);
  });
});

describe('a historyLimit', () => {
  it('of Infinity or of 0 is one', async () => {
    for (const historyLimit of [0, Number.POSITIVE_INFINITY]) {
      await using emulator = await startEmulator({ historyLimit });
      await fetch(emulator.endpoint);
      expect(emulator.requests).toHaveLength(historyLimit === 0 ? 0 : 1);
    }
  });

  it.each([-1, 1.5, Number.NaN])('of %d is refused', async (historyLimit) => {
    await expect(startEmulator({ historyLimit })).rejects.toThrow(RangeError);
  });
});
