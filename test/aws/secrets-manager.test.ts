import { CreateSecretCommand, DescribeSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from '@jest/globals';
import { secretStore, secretsManagerClient } from '../../lib/aws/secrets-manager.js';
import { startEmulator } from '../../lib/emulator/index.js';
import { startDeadline } from '../../lib/rotation/deadline.js';

describe('listUnlabelled', () => {
  it('reads every page, and gives the newest version first', async () => {
    await using emulator = await startEmulator();
    using deadline = startDeadline(undefined);
    const client = secretsManagerClient({
      endpoint: emulator.endpoint,
      region: 'us-east-1',
      credentials: emulator.credentialsFor('111122223333'),
    });
    // Pages of two, so that there are several.
    client.middlewareStack.add(
      (next, { commandName }) =>
        (args) =>
          next(
            commandName === 'ListSecretVersionIdsCommand' ? { ...args, input: { ...args.input, MaxResults: 2 } } : args,
          ),
      { step: 'initialize' },
    );
    const { ARN: SecretId = '' } = await client.send(new CreateSecretCommand({ Name: 'app', SecretString: '0' }));
    const made: string[] = [];
    for (let version = 1; version <= 7; version += 1) {
      const put = await client.send(new PutSecretValueCommand({ SecretId, SecretString: String(version) }));
      made.push(put.VersionId ?? '');
    }
    const connecting = Promise.resolve(client);
    const clients = { forSecret: () => connecting, forReading: () => connecting, renew: async () => false };
    const event = { Step: 'setSecret', SecretId, ClientRequestToken: made[6] ?? '' } as const;
    const store = secretStore(clients, event, deadline);

    const unlabelled = await store.listUnlabelled();

    // The last two are AWSCURRENT and AWSPREVIOUS, and the first was made by CreateSecret.
    expect(unlabelled).toHaveLength(6);
    expect(unlabelled.slice(0, 5)).toEqual(made.slice(0, 5).reverse());
    const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }));
    for (const labelled of Object.keys(VersionIdsToStages)) expect(unlabelled).not.toContain(labelled);
    const pages = emulator.requests.filter(({ operation }) => operation === 'ListSecretVersionIds');
    expect(pages).toHaveLength(4);
    client.destroy();
  });
});
