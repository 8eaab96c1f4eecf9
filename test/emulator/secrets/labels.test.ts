/** Whatever is done to a secret's versions, its labels stay in order. */
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { token, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();
const ids = ['v1', 'v2', 'v3', 'v4'].map(token);
const id = fc.constantFrom(...ids);
const label = fc.constantFrom('AWSCURRENT', 'AWSPENDING', 'BLUE', 'GREEN');
const value = fc.constantFrom('x', 'y');

type Call = (client: SecretsManagerClient, SecretId: string) => Promise<unknown>;
const call: fc.Arbitrary<Call> = fc.oneof(
  fc
    .record({ id, value, stages: fc.option(fc.uniqueArray(label, { minLength: 1, maxLength: 3 }), { nil: undefined }) })
    .map(
      ({ id, value, stages }): Call =>
        (client, SecretId) =>
          client.send(
            new PutSecretValueCommand({ SecretId, ClientRequestToken: id, SecretString: value, VersionStages: stages }),
          ),
    ),
  fc.record({ id, value }).map(
    ({ id, value }): Call =>
      (client, SecretId) =>
        client.send(new UpdateSecretCommand({ SecretId, ClientRequestToken: id, SecretString: value })),
  ),
  fc.record({ label, to: fc.option(id, { nil: undefined }), from: fc.option(id, { nil: undefined }) }).map(
    ({ label, to, from }): Call =>
      (client, SecretId) =>
        client.send(
          new UpdateSecretVersionStageCommand({
            SecretId,
            VersionStage: label,
            MoveToVersionId: to,
            RemoveFromVersionId: from,
          }),
        ),
  ),
);

const holder = (stages: Readonly<Record<string, string[]>>, label: string) =>
  Object.keys(stages).filter((id) => stages[id]?.includes(label));

describe('the staging labels of a secret', () => {
  it('keep their rules through any series of calls', async () => {
    let number = 0;
    let refused = 0;
    let done = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 12 }), async (calls) => {
        const SecretId = `s${number++}`;
        await aws.client.send(new CreateSecretCommand({ Name: SecretId }));
        let before: Record<string, string[]> = {};
        for (const make of calls) {
          const succeeded = await make(aws.client, SecretId).then(
            () => true,
            () => false,
          );
          const { VersionIdsToStages: after = {} } = await aws.client.send(new DescribeSecretCommand({ SecretId }));
          if (succeeded) done++;
          else {
            refused++;
            // A call that is refused has done nothing.
            expect(after).toEqual(before);
          }
          const labels = Object.values(after).flat();
          expect(new Set(labels).size).toBe(labels.length);
          const [wasCurrent, isCurrent] = [holder(before, 'AWSCURRENT'), holder(after, 'AWSCURRENT')];
          if (Object.keys(before).length > 0) expect(isCurrent).toHaveLength(1);
          const [wasPrevious, isPrevious] = [holder(before, 'AWSPREVIOUS'), holder(after, 'AWSPREVIOUS')];
          const moved = wasCurrent.length > 0 && wasCurrent[0] !== isCurrent[0];
          expect(isPrevious).toEqual(moved ? wasCurrent : wasPrevious);
          if (isPrevious.length > 0) expect(isPrevious).not.toEqual(isCurrent);
          if (isCurrent.length > 0) await aws.client.send(new GetSecretValueCommand({ SecretId }));
          before = after;
        }
      }),
      { numRuns: 60, seed: 20260924 },
    );
    // The series must have been of both kinds to have shown anything.
    expect(done).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(50);
  });

  it('are never caught half-way by requests at the same time', async () => {
    await aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'first' }));
    const writes = Array.from({ length: 40 }, (_, i) =>
      aws.client.send(
        new PutSecretValueCommand({
          SecretId: 'db',
          SecretString: `value ${i}`,
          ...(i % 2 === 1 && { VersionStages: ['AWSPENDING'] }),
        }),
      ),
    );
    const looks = Array.from({ length: 40 }, () => aws.client.send(new DescribeSecretCommand({ SecretId: 'db' })));
    await Promise.all(writes);
    for (const { VersionIdsToStages = {} } of await Promise.all(looks)) {
      const labels = Object.values(VersionIdsToStages).flat();
      expect(new Set(labels).size).toBe(labels.length);
      expect(labels).toContain('AWSCURRENT');
    }
  });
});
