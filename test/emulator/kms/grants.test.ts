import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutResourcePolicyCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { refusal, token, useLocalAws } from '../local-aws.js';
import {
  allOfSecretsManager,
  allow,
  deny,
  keyArn,
  kmsDecisions,
  kmsNotAllowed,
  otherAccount,
  policy,
  region,
  user,
} from './key-users.js';

const aws = useLocalAws();
const versionId = token('first');
let arn: string;

beforeEach(async () => {
  aws.emulator.createKey({ keyArn });
  const made = await aws.client.send(
    new CreateSecretCommand({ Name: 'app/db', SecretString: 'one', ClientRequestToken: versionId, KmsKeyId: keyArn }),
  );
  arn = made.ARN ?? '';
});

const get = (client: SecretsManagerClient) => client.send(new GetSecretValueCommand({ SecretId: arn }));
const decrypt = ['Decrypt'] as const;
const onlySecrets = policy(allOfSecretsManager);

describe('a grant', () => {
  it('C3b: to a session: a silent session policy and a silent boundary do not matter', async () => {
    for (const confinement of [{ sessionPolicy: onlySecrets }, { permissionsBoundary: onlySecrets }]) {
      const { client, sessionArn } = await user(aws, [allOfSecretsManager], confinement);
      expect(await refusal(get(client))).toEqual(kmsNotAllowed);
      const grantId = aws.emulator.createGrant({ keyArn, granteePrincipal: sessionArn, operations: decrypt });
      expect(await get(client)).toMatchObject({ SecretString: 'one' });
      const [decision] = kmsDecisions(aws);
      expect(decision?.statements).toContainEqual({ kind: 'grant', of: keyArn, policyName: grantId, index: 0 });
    }
  });

  it('C3b: to a role: it needs no identity policy, but session policy and boundary limit it', async () => {
    const grantTo = (granteePrincipal: string) =>
      aws.emulator.createGrant({ keyArn, granteePrincipal, operations: decrypt });
    const plain = await user(aws, [allOfSecretsManager]);
    grantTo(plain.roleArn);
    expect(await get(plain.client)).toMatchObject({ SecretString: 'one' });
    const confined = await user(aws, [allOfSecretsManager], { sessionPolicy: onlySecrets });
    grantTo(confined.roleArn);
    expect(await refusal(get(confined.client))).toEqual(kmsNotAllowed);
    expect(kmsDecisions(aws)).toMatchObject([{ allowed: false, missing: 'session' }]);
  });

  it('B6: a silent boundary is told as such, in the record that stands behind the refusal', async () => {
    const bounded = await user(aws, [allOfSecretsManager], { permissionsBoundary: onlySecrets });
    aws.emulator.createGrant({ keyArn, granteePrincipal: bounded.roleArn, operations: decrypt });
    expect(await refusal(get(bounded.client))).toEqual(kmsNotAllowed);
    expect(kmsDecisions(aws)).toMatchObject([{ allowed: false, missing: 'permissions boundary', resource: keyArn }]);
  });

  it('C3b: an explicit deny of the session wins over both', async () => {
    const sessionPolicy = policy(allow('*'), deny('kms:Decrypt'));
    const { client, roleArn, sessionArn } = await user(aws, [allOfSecretsManager], { sessionPolicy });
    for (const granteePrincipal of [roleArn, sessionArn]) {
      aws.emulator.createGrant({ keyArn, granteePrincipal, operations: decrypt });
      expect(await refusal(get(client))).toEqual(kmsNotAllowed);
      expect(kmsDecisions(aws)).toMatchObject([{ allowed: false, statements: [{ kind: 'session' }] }]);
    }
  });

  it('is for its operations alone, and ends when it is revoked', async () => {
    const { client, roleArn } = await user(aws, [allOfSecretsManager]);
    const grant = { keyArn, granteePrincipal: roleArn };
    aws.emulator.createGrant({ ...grant, operations: ['GenerateDataKey', 'Encrypt'] });
    expect(await refusal(get(client))).toEqual(kmsNotAllowed);
    const grantId = aws.emulator.createGrant({ ...grant, operations: decrypt });
    await get(client);
    aws.emulator.revokeGrant(keyArn, grantId);
    aws.emulator.revokeGrant(keyArn, grantId);
    expect(await refusal(get(client))).toEqual(kmsNotAllowed);
  });

  it('is held to its constraints: a part of the encryption context, or the whole of it', async () => {
    const { client, roleArn } = await user(aws, [allOfSecretsManager]);
    const readable = async (constraints: object) => {
      const grantId = aws.emulator.createGrant({
        keyArn,
        granteePrincipal: roleArn,
        operations: decrypt,
        constraints,
      });
      const outcome = await refusal(get(client));
      aws.emulator.revokeGrant(keyArn, grantId);
      return outcome.name === 'none';
    };
    const whole = { SecretARN: arn, SecretVersionId: versionId };
    expect(await readable({ encryptionContextSubset: { SecretARN: arn } })).toBe(true);
    expect(await readable({ encryptionContextSubset: { SecretARN: `${arn}x` } })).toBe(false);
    expect(await readable({ encryptionContextEquals: whole })).toBe(true);
    expect(await readable({ encryptionContextEquals: { SecretARN: arn } })).toBe(false);
    expect(await readable({ encryptionContextEquals: { ...whole, SecretVersionId: token('other') } })).toBe(false);
  });

  it('reaches a role of another account, whose own policies must allow it too', async () => {
    const able = await user(aws, [allOfSecretsManager, allow('kms:Decrypt')], { accountId: otherAccount });
    const unable = await user(aws, [allOfSecretsManager], { accountId: otherAccount });
    const Principal = { AWS: [able.roleArn, unable.roleArn] };
    const ResourcePolicy = JSON.stringify(policy(allow('secretsmanager:*', { Principal })));
    await aws.client.send(new PutResourcePolicyCommand({ SecretId: arn, ResourcePolicy }));
    expect(await refusal(get(able.client))).toEqual(kmsNotAllowed);
    expect(kmsDecisions(aws)).toMatchObject([{ missing: 'key' }]);
    for (const { roleArn } of [able, unable]) {
      aws.emulator.createGrant({ keyArn, granteePrincipal: roleArn, operations: decrypt });
    }
    expect(await get(able.client)).toMatchObject({ SecretString: 'one' });
    expect(await refusal(get(unable.client))).toEqual(kmsNotAllowed);
    expect(kmsDecisions(aws)).toMatchObject([{ missing: 'identity' }]);
  });

  it('is refused for what is no principal and for a key that is not there', () => {
    const grant = { keyArn, granteePrincipal: 'somebody', operations: decrypt };
    expect(() => aws.emulator.createGrant(grant)).toThrow(TypeError);
    const pathInSession = `arn:aws:sts::${otherAccount}:assumed-role/path/role/session`;
    expect(() => aws.emulator.createGrant({ ...grant, granteePrincipal: pathInSession })).toThrow(TypeError);
    const unknown = `arn:aws:kms:${region}:${otherAccount}:key/none`;
    const root = `arn:aws:iam::${otherAccount}:root`;
    expect(() => aws.emulator.createGrant({ ...grant, keyArn: unknown, granteePrincipal: root })).toThrow(TypeError);
  });
});
