/** Which secret an id names: name, ARN, ARN without the suffix, and the pitfall of the last. */
import { CreateSecretCommand, DescribeSecretCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from '@jest/globals';
import { account, otherAccount, refusal, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();

const create = async (Name: string) => (await aws.client.send(new CreateSecretCommand({ Name }))).ARN ?? '';
const nameOf = async (SecretId: string, client: SecretsManagerClient = aws.client) =>
  (await client.send(new DescribeSecretCommand({ SecretId }))).Name;
const unknown = { name: 'ResourceNotFoundException', message: "Secrets Manager can't find the specified secret." };

describe('an id', () => {
  it('is a name, an ARN, or an ARN without its suffix', async () => {
    const arn = await create('app/db');
    for (const id of ['app/db', arn, arn.slice(0, -7)]) expect(await nameOf(id)).toBe('app/db');
  });

  it('with another suffix, in another Region or under another name names nothing', async () => {
    const arn = await create('app/db');
    const elsewhere = aws.clientOf(aws.emulator.credentialsFor(account), 'eu-west-1');
    expect(await refusal(nameOf(`${arn.slice(0, -6)}ZZZZZZ`))).toEqual(unknown);
    expect(await refusal(nameOf(arn, elsewhere))).toEqual(unknown);
    expect(await refusal(nameOf('app/db', elsewhere))).toEqual(unknown);
    expect(await refusal(nameOf(arn.replace('app/db', 'app/dbs')))).toEqual(unknown);
  });

  it('without its suffix reads as the full ARN of another, if the name ends in a hyphen and six characters', async () => {
    const arn = await create('prod-secret');
    expect(await nameOf('prod-secret')).toBe('prod-secret');
    expect(await nameOf(arn)).toBe('prod-secret');
    expect(await refusal(nameOf(arn.slice(0, -7)))).toEqual(unknown);
    await create('prod');
    expect(await refusal(nameOf(arn.slice(0, -7)))).toEqual(unknown);
  });

  it('so it may even name that other one', async () => {
    const arn = await create('prod');
    const [, suffix = ''] = /-(\w{6})$/.exec(arn) ?? [];
    const second = await create(`prod-${suffix}`);
    expect(await nameOf(second.slice(0, -7))).toBe('prod');
    expect(await nameOf(second)).toBe(`prod-${suffix}`);
  });

  it('of another account is a full ARN; its name means one of the own account', async () => {
    await create('app/db');
    const stranger = aws.clientOf(aws.emulator.credentialsFor(otherAccount));
    expect(await refusal(nameOf('app/db', stranger))).toEqual(unknown);
  });
});
