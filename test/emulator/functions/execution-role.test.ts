/** What Lambda itself does with the execution role of a function, and what its code's requests carry. */
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutResourcePolicyCommand,
  RotateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Decision, InProcessFunction, PolicyStatement } from '../../../lib/emulator/index.js';
import {
  account,
  clientIn,
  functionArn,
  functionRole,
  otherAccount,
  refusal,
  region,
  rotator,
  useLocalAws,
} from '../local-aws.js';

const aws = useLocalAws();
beforeEach(() => aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one' })));

const lambda: PolicyStatement = {
  Effect: 'Allow',
  Principal: { Service: 'lambda.amazonaws.com' },
  Action: 'sts:AssumeRole',
};
const secrets: PolicyStatement = { Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*' };
const vpc = { subnetIds: ['subnet-1'], securityGroupIds: ['sg-1'] };
const manage = [
  'CreateNetworkInterface',
  'DeleteNetworkInterface',
  'AssignPrivateIpAddresses',
  'UnassignPrivateIpAddresses',
];
const describing = ['DescribeNetworkInterfaces', 'DescribeSubnets'];
const network: readonly PolicyStatement[] = [
  { Effect: 'Allow', Action: describing.map((each) => `ec2:${each}`), Resource: '*' },
  { Effect: 'Allow', Action: manage.map((each) => `ec2:${each}`), Resource: `arn:aws:ec2:${region}:${account}:*/*` },
];

function role(Statement: readonly PolicyStatement[], trust: PolicyStatement = lambda): void {
  aws.emulator.createRole({
    roleArn: functionRole,
    trustPolicy: { Version: '2012-10-17', Statement: trust },
    policies: [{ Version: '2012-10-17', Statement }],
  });
}

async function test(definition?: Partial<InProcessFunction>) {
  if (definition) {
    aws.emulator.bindFunction({ functionArn, roleArn: functionRole, handler: () => () => undefined, ...definition });
  }
  await aws.client.send(
    new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN: functionArn, RotateImmediately: false }),
  );
  const { status, steps } = await aws.emulator.rotationSettled('db');
  return { status, ...steps[0] };
}

const decided = (fits: (decision: Decision) => boolean) => aws.emulator.decisions.filter(fits);
const succeeded = expect.objectContaining({ status: 'Succeeded' });

describe('Lambda assumes the role', () => {
  it('and cannot start a function whose role does not trust it', async () => {
    role([secrets], { ...lambda, Principal: { Service: 'ec2.amazonaws.com' } });
    expect(await test({})).toMatchObject({
      status: 'Failed',
      errorType: 'AccessDeniedException',
      error: 'The role defined for the function cannot be assumed by Lambda.',
    });
    expect(decided(({ action }) => action === 'sts:AssumeRole')).toMatchObject([
      { allowed: false, callerArn: 'lambda.amazonaws.com', resource: functionRole, missing: 'trust' },
    ]);
  });

  it('for a function and an account, which the trust policy may ask for', async () => {
    const Condition = { StringEquals: { 'aws:SourceAccount': account }, ArnEquals: { 'aws:SourceArn': functionArn } };
    role([secrets], { ...lambda, Condition });
    expect(await test({})).toEqual(succeeded);
  });

  it('once for each start: a function that is warm goes on', async () => {
    role([secrets]);
    await test({});
    role([secrets], { ...lambda, Principal: { Service: 'ec2.amazonaws.com' } });
    expect(await test()).toEqual(succeeded);
    expect(await test({})).toMatchObject({ status: 'Failed' });
  });
});

describe('a function in a VPC', () => {
  it.each([...manage, ...describing])('is not started without ec2:%s', async (missing) => {
    role([secrets, ...network, { Effect: 'Deny', Action: `ec2:${missing}`, Resource: '*' }]);
    expect(await test({ vpc })).toMatchObject({
      status: 'Failed',
      errorType: 'EC2AccessDeniedException',
      error: 'Need additional permissions to configure VPC settings.',
    });
    const refused = new Set(decided(({ allowed }) => !allowed).map(({ action, via }) => `${action} via ${via}`));
    expect([...refused]).toEqual([`ec2:${missing} via lambda.amazonaws.com`]);
  });

  it('needs them for its network interfaces alone: those that are there stay', async () => {
    role([secrets, ...network]);
    expect(await test({ vpc, timeoutSeconds: 0.05, handler: () => () => new Promise(() => {}) })).toMatchObject({
      errorType: 'Sandbox.Timedout',
    });
    role([secrets]);
    // A cold start all the same: the one before has timed out.
    expect(await test()).toMatchObject({ errorType: 'Sandbox.Timedout' });
    expect(decided(({ action }) => action === 'sts:AssumeRole')).toHaveLength(2);
    expect(await test({ vpc })).toMatchObject({ errorType: 'EC2AccessDeniedException' });
  });

  it('asks for subnets and security groups as well; elsewhere it asks for nothing', async () => {
    role([secrets, ...network]);
    await test({ vpc });
    const made = decided(({ action }) => action === 'ec2:CreateNetworkInterface').map(({ resource }) => resource);
    expect(made.map((arn) => arn.split(':').at(-1)?.split('/')[0])).toEqual([
      'network-interface',
      'subnet',
      'security-group',
    ]);
    role([secrets]);
    expect(await test({})).toEqual(succeeded);
  });
});

it('without permission for its log a function runs, and the refusals are recorded', async () => {
  role([secrets]);
  expect(await test({ logGroup: 'mine' })).toEqual(succeeded);
  const stream = `arn:aws:logs:${region}:${account}:log-group:mine:log-stream:[$LATEST]emulator`;
  expect(decided(({ allowed }) => !allowed)).toMatchObject(
    ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => ({
      action,
      resource: stream,
      via: 'lambda.amazonaws.com',
      missing: 'identity',
    })),
  );
});

describe('lambda:SourceFunctionArn', () => {
  const only = { ArnEquals: { 'lambda:SourceFunctionArn': functionArn } };

  it("is in the requests of a function's code, and in Lambda's for its log, not in those for its network", async () => {
    const everything = ['secretsmanager:*', 'logs:*', 'ec2:*'];
    role([
      ...network,
      { Effect: 'Allow', Action: everything, Resource: '*' },
      { Effect: 'Deny', Action: everything, Resource: '*', Condition: only },
    ]);
    const handler = rotator();
    expect(await test({ vpc, handler })).toMatchObject({ errorType: 'AccessDeniedException' });
    const refused = new Set(decided(({ allowed }) => !allowed).map(({ action }) => action));
    expect([...refused]).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents', 'secretsmanager:GetSecretValue']);
  });

  it('is not in the requests of a role that the code assumes', async () => {
    const roleArn = `arn:aws:iam::${otherAccount}:role/next`;
    const confined = { ...secrets, Condition: only };
    aws.emulator.createRole({
      roleArn,
      trustPolicy: { Statement: { Effect: 'Allow', Principal: { AWS: functionRole }, Action: 'sts:AssumeRole' } },
      policies: [{ Version: '2012-10-17', Statement: confined }],
    });
    role([confined, { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*', Condition: only }]);
    let answer: unknown;
    const handler: InProcessFunction['handler'] = (environment) => async (event) => {
      await clientIn(environment).send(new GetSecretValueCommand({ SecretId: event.SecretId }));
      const own = {
        accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
        secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
        sessionToken: environment.AWS_SESSION_TOKEN ?? '',
      };
      const { Credentials: c } = await aws
        .stsOf(own)
        .send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'next' }));
      const next = aws.clientOf({
        accessKeyId: c?.AccessKeyId ?? '',
        secretAccessKey: c?.SecretAccessKey ?? '',
        sessionToken: c?.SessionToken ?? '',
      });
      answer = await refusal(next.send(new GetSecretValueCommand({ SecretId: 'any' })));
    };
    expect(await test({ handler })).toEqual(succeeded);
    expect(answer).toMatchObject({ name: 'AccessDeniedException' });
  });

  it('is nothing that policies of resources can ask for', async () => {
    role([{ Effect: 'Allow', Action: 'logs:*', Resource: '*' }]);
    const document = {
      Version: '2012-10-17',
      Statement: { ...secrets, Principal: { AWS: functionRole }, Condition: only },
    };
    await aws.client.send(new PutResourcePolicyCommand({ SecretId: 'db', ResourcePolicy: JSON.stringify(document) }));
    expect(await test({ handler: rotator() })).toMatchObject({ errorType: 'AccessDeniedException' });
  });
});
