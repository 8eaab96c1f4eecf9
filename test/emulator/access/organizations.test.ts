import { CreateSecretCommand, RotateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { expect, it } from '@jest/globals';
import type { PolicyStatement } from '../../../lib/emulator/index.js';
import { account, functionArn, functionRole, otherAccount, refusal, region, useLocalAws } from '../local-aws.js';

const organization = 'o-abcdefghij';
const aws = useLocalAws({ organizations: { [account]: organization } });

it("Secrets Manager's call for a secret has the organization of its account, a caller's and a resource's theirs", async () => {
  const members = (keys: Record<string, string>): PolicyStatement => ({
    Effect: 'Allow',
    Principal: { Service: 'secretsmanager.amazonaws.com' },
    Action: 'lambda:InvokeFunction',
    Resource: functionArn,
    Condition: { StringEquals: keys },
  });
  const resourcePolicy = { Version: '2012-10-17', Statement: members({ 'aws:SourceOrgID': organization }) } as const;
  aws.emulator.bindFunction({ functionArn, roleArn: functionRole, resourcePolicy, handler: () => () => undefined });
  const rotate = { SecretId: 'db', RotationLambdaARN: functionArn, RotateImmediately: false };
  await aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one' }));
  await aws.client.send(new RotateSecretCommand(rotate));
  expect(await aws.emulator.rotationSettled('db')).toMatchObject({ status: 'Succeeded' });

  const outsider = aws.clientOf(aws.emulator.credentialsFor(otherAccount));
  await outsider.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one' }));
  expect(await refusal(outsider.send(new RotateSecretCommand(rotate)))).toMatchObject({
    name: 'AccessDeniedException',
  });

  for (const [accountId, expected] of [
    [account, true],
    [otherAccount, false],
  ] as const) {
    const roleArn = `arn:aws:iam::${accountId}:role/member`;
    const confined = (key: string): PolicyStatement => ({
      Effect: 'Allow',
      Action: key,
      Resource: '*',
      Condition: { StringEquals: { [key]: organization } },
    });
    aws.emulator.createRole({
      roleArn,
      trustPolicy: { Statement: { Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' } },
      policies: [{ Version: '2012-10-17', Statement: ['aws:PrincipalOrgID', 'aws:ResourceOrgID'].map(confined) }],
    });
    const resourceArn = `arn:aws:secretsmanager:${region}:${accountId}:secret:none-abcdef`;
    const allows = (key: string) =>
      aws.emulator.simulatePrincipalPolicy({ callerArn: roleArn, action: key, resourceArn }).allowed;
    expect([allows('aws:PrincipalOrgID'), allows('aws:ResourceOrgID')]).toEqual([expected, expected]);
  }
});
