/** Secrets end when their time comes, whatever their number and in whatever order they were deleted. */
import { CreateSecretCommand, DeleteSecretCommand, ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from '@jest/globals';
import { useLocalAws } from '../local-aws.js';

const aws = useLocalAws();

async function created(...names: string[]): Promise<void> {
  for (const Name of names) await aws.client.send(new CreateSecretCommand({ Name, SecretString: 'x' }));
}
const remove = (SecretId: string, how: { RecoveryWindowInDays: number } | { ForceDeleteWithoutRecovery: true }) =>
  aws.client.send(new DeleteSecretCommand({ SecretId, ...how }));
async function names(): Promise<unknown[]> {
  const { SecretList = [] } = await aws.client.send(new ListSecretsCommand({ IncludePlannedDeletion: true }));
  return SecretList.map(({ Name }) => Name);
}
const gone = () =>
  aws.emulator.events
    .filter(({ eventName }) => eventName === 'EndSecretVersionDelete')
    .map(({ additionalEventData }) => additionalEventData.Name);

describe('deleted secrets', () => {
  it('are gone in the order of their ends', async () => {
    await created('a', 'b', 'c', 'd', 'stays');
    await remove('a', { RecoveryWindowInDays: 30 });
    await remove('b', { RecoveryWindowInDays: 7 });
    await remove('c', { ForceDeleteWithoutRecovery: true });
    await remove('d', { RecoveryWindowInDays: 15 });
    aws.clock.pass({ seconds: 10 });
    expect(await names()).toEqual(['a', 'b', 'd', 'stays']);
    aws.clock.pass({ days: 10 });
    expect(await names()).toEqual(['a', 'd', 'stays']);
    aws.clock.pass({ days: 30 });
    expect(await names()).toEqual(['stays']);
    expect(gone()).toEqual(['c', 'b', 'd', 'a']);
  });

  it('end once, when their deletion was brought forward', async () => {
    await created('a');
    await remove('a', { RecoveryWindowInDays: 7 });
    await remove('a', { ForceDeleteWithoutRecovery: true });
    aws.clock.pass({ seconds: 10 });
    expect(await names()).toEqual([]);
    await created('a');
    aws.clock.pass({ days: 40 });
    expect(await names()).toEqual(['a']);
    expect(gone()).toEqual(['a']);
  });
});
