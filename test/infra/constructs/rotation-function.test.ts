import { describe, expect, it } from '@jest/globals';
import { App, Duration, Size, Stack, Validations } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { AwsSolutionsChecks } from 'cdk-nag';
import { resources, rotationFunction, statements, statementsOn, template, theResource } from './synthesised.js';

describe('a rotation function', () => {
  it('has a current runtime, ARM64, its own log group and no managed policy', () => {
    // GIVEN
    const stack = new Stack();
    // WHEN
    rotationFunction(stack);
    // THEN
    const synthesised = template(stack);
    synthesised.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Timeout: 60,
      MemorySize: 256,
      LoggingConfig: { LogGroup: { Ref: Match.stringLikeRegexp('Logs') } },
      ReservedConcurrentExecutions: Match.absent(),
      Environment: Match.absent(),
    });
    synthesised.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
    synthesised.hasResourceProperties('AWS::IAM::Role', {
      ManagedPolicyArns: Match.absent(),
      RoleName: Match.absent(),
    });
    expect(statements(stack)).toEqual([
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: { 'Fn::GetAtt': [expect.stringMatching('Logs'), 'Arn'] },
      },
    ]);
  });

  it('takes what is asked for', () => {
    const stack = new Stack();
    rotationFunction(stack, {
      functionName: 'rotation',
      roleName: 'rotation-role',
      timeout: Duration.minutes(15),
      memorySize: Size.gibibytes(1),
      architecture: lambda.Architecture.X86_64,
      runtime: lambda.Runtime.NODEJS_22_X,
      reservedConcurrentExecutions: 10,
      tracing: lambda.Tracing.ACTIVE,
      logRetention: logs.RetentionDays.ONE_YEAR,
      environment: { TENANT: 'a' },
      secretsManagerEndpoint: 'https://vpce-1.secretsmanager.eu-west-1.vpce.amazonaws.com',
      description: 'Rotates',
      permissionsBoundary: iam.ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'boundary'),
    });
    const synthesised = template(stack);
    synthesised.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'rotation',
      Timeout: 900,
      MemorySize: 1024,
      Architectures: ['x86_64'],
      Runtime: 'nodejs22.x',
      ReservedConcurrentExecutions: 10,
      TracingConfig: { Mode: 'Active' },
      Description: 'Rotates',
      Environment: {
        Variables: {
          TENANT: 'a',
          SECRETS_MANAGER_ENDPOINT: 'https://vpce-1.secretsmanager.eu-west-1.vpce.amazonaws.com',
        },
      },
    });
    synthesised.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
    synthesised.hasResourceProperties('AWS::IAM::Role', {
      RoleName: 'rotation-role',
      PermissionsBoundary: Match.anyValue(),
    });
  });

  it('uses a role and a log group of one’s own', () => {
    const stack = new Stack();
    const role = new iam.Role(stack, 'Own', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    const rotation = rotationFunction(stack, { role, logGroup: new logs.LogGroup(stack, 'OwnLogs') });
    expect(rotation.role).toBe(role);
    expect(Object.keys(resources(stack, 'AWS::IAM::Role'))).toHaveLength(1);
    expect(Object.keys(resources(stack, 'AWS::Logs::LogGroup'))).toHaveLength(1);
  });

  it('is clean by the rules of AwsSolutions', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    rotationFunction(stack).rotate(new secretsmanager.Secret(stack, 'Secret'), { rotateImmediately: false });
    expect(() => app.synth()).not.toThrow();
  });

  it('has, in a VPC, the two exceptions that Lambda needs', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-12345678',
      availabilityZones: ['a'],
      privateSubnetIds: ['subnet-12345678'],
      privateSubnetRouteTableIds: ['rtb-12345678'],
    });
    const rotation = rotationFunction(stack, { vpc });
    Validations.of(rotation.role).acknowledge(
      { id: 'AwsSolutions::AwsSolutions-IAM5[Resource::*]', reason: 'ec2:Describe… knows no resources' },
      {
        id: 'AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ec2:<AWS::Region>:<AWS::AccountId>:*/*]',
        reason: 'Lambda attaches functions with no less',
      },
    );
    expect(() => app.synth()).not.toThrow();
  });

  it('has metrics', () => {
    const rotation = rotationFunction(new Stack());
    const metrics = [
      rotation.metric('IteratorAge'),
      rotation.metricErrors(),
      rotation.metricDuration(),
      rotation.metricInvocations(),
      rotation.metricThrottles(),
    ];
    expect(metrics.map(({ namespace, metricName }) => `${namespace} ${metricName}`)).toEqual([
      'AWS/Lambda IteratorAge',
      'AWS/Lambda Errors',
      'AWS/Lambda Duration',
      'AWS/Lambda Invocations',
      'AWS/Lambda Throttles',
    ]);
  });

  it('may call GetRandomPassword only if asked for', () => {
    const stack = new Stack();
    rotationFunction(stack, { allowGetRandomPassword: true });
    expect(statementsOn(stack, 'secretsmanager:GetRandomPassword')).toHaveLength(1);
  });

  it.each([
    [{ timeout: Duration.minutes(16) }, /^`timeout` is 1 second to 15 minutes/],
    [{ memorySize: Size.mebibytes(64) }, /^`memorySize` is 128 MiB/],
    [{ reservedConcurrentExecutions: 9 }, /^`reservedConcurrentExecutions` of 9 .*At least 10/],
    [{ runtime: lambda.Runtime.PYTHON_3_13 }, /^`runtime` is a Node.js runtime/],
    [{ environment: { PASSWORD_LENGTH: '8' } }, /^`environment` may not set PASSWORD_LENGTH/],
    [{ environment: { DATABASE_CA_FILE: 'x' } }, /^`environment` may not set DATABASE_CA_FILE/],
    [{ securityGroups: [] }, /need a `vpc`/],
    [{ secretsManagerEndpoint: 'http://x' }, /^`secretsManagerEndpoint` is an https URL/],
  ])('throws when %j', (props, why) => {
    expect(() => rotationFunction(new Stack(), props)).toThrow(why);
  });

  it('throws when a boundary or a retention is meant for something of one’s own', () => {
    const stack = new Stack();
    const role = iam.Role.fromRoleName(stack, 'Own', 'own');
    const permissionsBoundary = iam.ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'boundary');
    expect(() => rotationFunction(stack, { role, permissionsBoundary }, 'A')).toThrow(/^`permissionsBoundary`/);
    const logGroup = new logs.LogGroup(stack, 'OwnLogs');
    const logRetention = logs.RetentionDays.ONE_DAY;
    expect(() => rotationFunction(stack, { logGroup, logRetention }, 'B')).toThrow(/^`logRetention`/);
  });
});

describe('the password policy', () => {
  it('reaches the function as the variables that it reads', () => {
    const stack = new Stack();
    rotationFunction(stack, {
      passwordPolicy: {
        length: 24,
        excludeCharacters: '/@"',
        excludePunctuation: false,
        requireEachIncludedType: true,
      },
    });
    expect(theResource(stack, 'AWS::Lambda::Function').Properties.Environment).toEqual({
      Variables: {
        PASSWORD_LENGTH: '24',
        EXCLUDE_CHARACTERS: '/@"',
        EXCLUDE_PUNCTUATION: 'false',
        REQUIRE_EACH_INCLUDED_TYPE: 'true',
      },
    });
  });

  it.each([
    [{ length: 0 }, /^`passwordPolicy.length` must be a whole number from 1 to 4096/],
    [{ length: 12.5 }, /^`passwordPolicy.length`/],
    [{ length: 3 }, /at least 4 to hold one of each included type/],
    [{ excludeCharacters: '0123456789' }, /set `excludeNumbers` too/],
    [{ excludeCharacters: 'x'.repeat(4097) }, /at most 4096/],
    [{ excludeCharacters: 'x'.repeat(4000) }, /holds 4 KB/],
    [
      { excludeNumbers: true, excludeUppercase: true, excludeLowercase: true, excludePunctuation: true },
      /leaves no character/,
    ],
  ])('throws when no password could meet %j', (passwordPolicy, why) => {
    expect(() => rotationFunction(new Stack(), { passwordPolicy })).toThrow(why);
  });
});

describe('in a VPC', () => {
  it('is let in and out of a database in one call', () => {
    // GIVEN
    const stack = new Stack();
    const vpc = new ec2.Vpc(stack, 'Vpc');
    const group = new ec2.SecurityGroup(stack, 'Db', { vpc });
    const database = new ec2.Connections({ securityGroups: [group], defaultPort: ec2.Port.tcp(5432) });
    const rotation = rotationFunction(stack, { vpc });
    // WHEN
    rotation.connectTo({ connections: database });
    // THEN
    const synthesised = template(stack);
    synthesised.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { FromPort: 5432, ToPort: 5432 });
    synthesised.hasResourceProperties('AWS::EC2::SecurityGroupEgress', { FromPort: 5432, ToPort: 5432 });
    synthesised.hasResourceProperties('AWS::EC2::SecurityGroup', {
      GroupDescription: 'Rotation function',
      SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: 443, ToPort: 443 }],
    });
  });

  it('throws when the way is unknown, or there is no VPC', () => {
    const stack = new Stack();
    const vpc = new ec2.Vpc(stack, 'Vpc');
    const database = new ec2.Connections({ securityGroups: [new ec2.SecurityGroup(stack, 'Db', { vpc })] });
    expect(() => rotationFunction(stack, { vpc }, 'A').connectTo({ connections: database })).toThrow(/give the `port`/);
    expect(() => rotationFunction(stack, {}, 'B').connectTo({ connections: database })).toThrow(/with a `vpc`/);
  });

  it('keeps the network permissions, which are for Lambda, from the code', () => {
    const stack = new Stack();
    rotationFunction(stack, { vpc: new ec2.Vpc(stack, 'Vpc') });
    const [allowed, denied] = [...statementsOn(stack, 'ec2:CreateNetworkInterface')].sort((a, b) =>
      a.Effect.localeCompare(b.Effect),
    );
    expect(JSON.stringify(allowed?.Resource)).toMatch(/:ec2:.*:\*\/\*/);
    expect(denied).toMatchObject({
      Effect: 'Deny',
      Condition: {
        ArnEquals: { 'lambda:SourceFunctionArn': { 'Fn::GetAtt': [expect.stringMatching('Function'), 'Arn'] } },
      },
    });
    expect(Object.values(resources(stack, 'AWS::IAM::Role'))[0]?.Properties.ManagedPolicyArns).toBeUndefined();
  });
});

describe('for other accounts', () => {
  it('may be invoked for them, each by its number', () => {
    const stack = new Stack(undefined, 'Stack', { env: { account: '444455556666', region: 'eu-west-1' } });
    const rotation = rotationFunction(stack);
    rotation.allowAccounts('111122223333', '222233334444');
    rotation.allowAccounts('111122223333');
    const permissions = Object.values(resources(stack, 'AWS::Lambda::Permission'));
    expect(permissions.map(({ Properties }) => Properties.SourceAccount)).toEqual(['111122223333', '222233334444']);
    for (const { Properties } of permissions) {
      expect(Properties).toMatchObject({ Principal: 'secretsmanager.amazonaws.com', Action: 'lambda:InvokeFunction' });
    }
  });

  it('may not be invoked for its own account before a secret of it is rotated', () => {
    const unused = new Stack();
    rotationFunction(unused);
    expect(resources(unused, 'AWS::Lambda::Permission')).toEqual({});
    const stack = new Stack();
    rotationFunction(stack).rotate(new secretsmanager.Secret(stack, 'Secret'), { rotateImmediately: false });
    expect(theResource(stack, 'AWS::Lambda::Permission').Properties.SourceAccount).toEqual({ Ref: 'AWS::AccountId' });
  });

  it('may be invoked for an organization, by one policy and no permission beside it', () => {
    const stack = new Stack();
    const rotation = rotationFunction(stack);
    rotation.allowAccounts('111122223333');
    rotation.allowOrganization('o-abcdefghij');
    rotation.allowAccounts('222233334444');
    expect(resources(stack, 'AWS::Lambda::Permission')).toEqual({});
    expect(theResource(stack, 'AWS::Lambda::ResourcePolicy').Properties.PolicyDocument).toMatchObject({
      Statement: [
        {
          Principal: { Service: 'secretsmanager.amazonaws.com' },
          Condition: {
            StringEquals: { 'aws:SourceAccount': ['111122223333', '222233334444'] },
          },
        },
        { Condition: { StringEquals: { 'aws:SourceOrgID': ['o-abcdefghij'] } } },
      ],
    });
  });

  it('may assume the named roles and no others', () => {
    const stack = new Stack(undefined, 'Stack', { env: { account: '444455556666', region: 'cn-north-1' } });
    const rotation = rotationFunction(stack);
    rotation.assume({ accountIds: ['111122223333'], externalId: 'rotation' });
    rotation.assume({ organizationId: 'o-abcdefghij', externalId: 'rotation' });
    expect(statementsOn(stack, 'sts:AssumeRole')).toEqual([
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::111122223333:role/SecretRotation']] },
      },
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::*:role/SecretRotation']] },
        Condition: { StringEquals: { 'aws:ResourceOrgID': 'o-abcdefghij' } },
      },
    ]);
    expect(theResource(stack, 'AWS::Lambda::Function').Properties.Environment).toEqual({
      Variables: { ROTATION_ROLE_NAME: 'SecretRotation', ROTATION_EXTERNAL_ID: 'rotation' },
    });
  });

  it('may reach a secret directly, and then assumes no role', () => {
    const stack = new Stack();
    const rotation = rotationFunction(stack);
    const secretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/db';
    rotation.accessDirectly({
      secretArn,
      keyArn: 'arn:aws:kms:eu-west-1:111122223333:key/1',
      superuserArn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:app/superuser-AbCdEf',
    });
    expect(statementsOn(stack, 'secretsmanager:PutSecretValue')).toMatchObject([{ Resource: `${secretArn}-??????` }]);
    expect(statementsOn(stack, 'kms:Decrypt')).toMatchObject([
      {
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: 'arn:aws:kms:eu-west-1:111122223333:key/1',
        Condition: { StringLike: { 'kms:EncryptionContext:SecretARN': [`${secretArn}-??????`] } },
      },
      { Action: 'kms:Decrypt' },
    ]);
    template(stack).hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { ROTATION_ACCESS: 'direct' } },
    });
    expect(() => rotation.assume({ accountIds: ['111122223333'] })).toThrow(/not both/);
  });

  it('throws when an account, role or external id cannot be one', () => {
    const rotation = rotationFunction(new Stack());
    expect(() => rotation.allowAccounts('1111')).toThrow(/^`allowAccounts` is an account id/);
    expect(() => rotation.allowOrganization('acme')).toThrow(/^`allowOrganization`/);
    expect(() => rotation.assume({})).toThrow(/^`assume` needs `accountIds` or an `organizationId`/);
    expect(() => rotation.assume({ accountIds: ['*'] })).toThrow(/^`assume: accountIds`/);
    expect(() => rotation.assume({ accountIds: ['111122223333'], roleName: '*' })).toThrow(/^`assume: roleName`/);
    expect(() => rotation.assume({ accountIds: ['111122223333'], externalId: 'x' })).toThrow(/^`assume: externalId`/);
    rotation.assume({ accountIds: ['111122223333'] });
    expect(() => rotation.assume({ accountIds: ['222233334444'], roleName: 'Other' })).toThrow(/one `roleName`/);
    const alias = { secretArn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:a', keyArn: 'alias/x' };
    expect(() => rotationFunction(new Stack()).accessDirectly(alias)).toThrow(/the ARN of a KMS key/);
  });
});
