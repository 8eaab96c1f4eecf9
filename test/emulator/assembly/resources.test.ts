/** Each type of resource: what it becomes, and what it counts for. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { describe, expect, it } from '@jest/globals';
import { account, otherAccount, refusal, region, useLocalAws } from '../local-aws.js';
import {
  policy,
  rotationResources,
  rotationStack,
  rotationStatement,
  type StackSketch,
  write,
  writeAssembly,
} from './assembly-folder.js';

const aws = useLocalAws();

async function deploy(stack: StackSketch, options = {}) {
  const deployment = await aws.emulator.deploy(writeAssembly({ Stack: stack }), options);
  return deployment.stack('Stack');
}

async function readValue(SecretId: string): Promise<string> {
  const { SecretString } = await aws.client.send(new GetSecretValueCommand({ SecretId }));
  return SecretString ?? '';
}

const secret = (Properties: object, rest: object = {}) => ({
  Type: 'AWS::SecretsManager::Secret',
  Properties,
  ...rest,
});

describe('a secret', () => {
  it('has the name, description, tags and value of its template, and the tags of its stack', async () => {
    const Properties = {
      Name: 'app/db',
      Description: 'of the app',
      SecretString: '{"username":"app"}',
      Tags: [{ Key: 'own', Value: 'yes' }],
    };
    const stack = await deploy({ resources: { Secret: secret(Properties) }, tags: { stack: 'too', own: 'no' } });
    const described = await aws.client.send(new DescribeSecretCommand({ SecretId: 'app/db' }));
    expect(described).toMatchObject({ ARN: stack.secretArn('Secret'), Description: 'of the app' });
    expect(described.Tags).toEqual([
      { Key: 'stack', Value: 'too' },
      { Key: 'own', Value: 'yes' },
    ]);
    expect(await readValue('app/db')).toBe('{"username":"app"}');
    expect(stack.physicalIds.Secret).toBe(stack.secretArn('Secret'));
  });

  it('without a name is called after its logical id, the same in every emulator', async () => {
    const stack = await deploy({ resources: { Secret: secret({}) } });
    const name = `arn:aws:secretsmanager:${region}:${account}:secret:Secret-JP2PUK5ZU4C5-`;
    expect(stack.secretArn('Secret').slice(0, -6)).toBe(name);
    expect(await refusal(readValue(stack.secretArn('Secret')))).toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('is generated within a template, by every rule given', async () => {
    const GenerateSecretString = {
      SecretStringTemplate: '{"username":"app"}',
      GenerateStringKey: 'password',
      PasswordLength: '40',
      ExcludeCharacters: 'abcxyz',
      ExcludePunctuation: true,
      ExcludeNumbers: 'true',
      ExcludeUppercase: false,
      RequireEachIncludedType: true,
    };
    const { username, password } = JSON.parse(
      await deploy({ resources: { Secret: secret({ GenerateSecretString }) } }).then((stack) =>
        readValue(stack.secretArn('Secret')),
      ),
    );
    expect(username).toBe('app');
    expect(password).toMatch(/^[A-Zd-w]{40}$/);
  });

  it('is a password alone without a template', async () => {
    const GenerateSecretString = {
      ExcludeLowercase: true,
      ExcludePunctuation: true,
      PasswordLength: 20,
      IncludeSpace: false,
    };
    const stack = await deploy({ resources: { Secret: secret({ GenerateSecretString }) } });
    expect(await readValue(stack.secretArn('Secret'))).toMatch(/^[A-Z0-9]{20}$/);
  });

  it('has replicas in other Regions', async () => {
    const ReplicaRegions = [{ Region: 'eu-west-1' }];
    await deploy({ resources: { Secret: secret({ Name: 'far', SecretString: 'value', ReplicaRegions }) } });
    const far = aws.clientOf(aws.emulator.credentialsFor(account), 'eu-west-1');
    await aws.emulator.advance(5000);
    expect((await far.send(new GetSecretValueCommand({ SecretId: 'far' }))).SecretString).toBe('value');
  });
});

describe('a rotation schedule', () => {
  it('rotates at once, unless told otherwise, and the deploy waits for that', async () => {
    const deployment = await aws.emulator.deploy(writeAssembly({ Stack: rotationStack() }));
    expect(deployment.rotations).toEqual([
      {
        stackName: 'Stack',
        logicalId: 'Schedule',
        secretArn: deployment.stack('Stack').secretArn('Secret'),
        outcome: expect.objectContaining({ kind: 'Rotation', status: 'Succeeded' }),
      },
    ]);
    expect(JSON.parse(await readValue('app/key'))).toEqual({ made: 'by the first code' });
    const { RotationRules, RotationLambdaARN } = await aws.client.send(
      new DescribeSecretCommand({ SecretId: 'app/key' }),
    );
    expect(RotationRules).toMatchObject({ ScheduleExpression: 'rate(10 days)' });
    expect(RotationLambdaARN).toBe(deployment.stack('Stack').functionArn('Function'));
  });

  it('only tests the function when it is to start later', async () => {
    const stack = rotationStack({ schedule: { RotateImmediatelyOnUpdate: false } });
    const deployment = await aws.emulator.deploy(writeAssembly({ Stack: stack }));
    expect(deployment.rotations.map(({ outcome: { kind, status } }) => [kind, status])).toEqual([
      ['TestRotation', 'Succeeded'],
    ]);
    expect(await readValue('app/key')).toBe('{"made":"at deploy"}');
  });

  it('starts after beforeRotation, when everything else is there', async () => {
    const stack = rotationStack();
    const seen: string[] = [];
    await aws.emulator.deploy(writeAssembly({ Stack: stack }), {
      beforeRotation: async (deployment) => {
        expect(deployment.rotations).toEqual([]);
        seen.push(await readValue(deployment.stack('Stack').secretArn('Secret')));
      },
    });
    expect(seen).toEqual(['{"made":"at deploy"}']);
  });

  it('whose rotation fails does not fail the deploy, and says why', async () => {
    const resources = {
      ...rotationResources(),
      Policy: {
        Type: 'AWS::IAM::Policy',
        Properties: {
          PolicyName: 'p',
          PolicyDocument: policy({ ...rotationStatement, Action: 'secretsmanager:DescribeSecret' }),
          Roles: [{ Ref: 'Role' }],
        },
      },
    };
    const { rotations } = await aws.emulator.deploy(writeAssembly({ Stack: { ...rotationStack(), resources } }));
    expect(rotations[0]?.outcome).toMatchObject({
      status: 'Failed',
      steps: [{ error: expect.stringContaining('is not authorized to perform: secretsmanager:PutSecretValue') }],
    });
  });
});

describe('a function', () => {
  it('has the environment of its template, and that of the options', async () => {
    const stack = rotationStack({ function: { Environment: { Variables: { TOLD: { Ref: 'AWS::StackName' } } } } });
    await deploy(stack);
    expect(JSON.parse(await readValue('app/key')).told).toBe('Stack');
    await deploy(stack, { environment: { TOLD: 'by options' } });
    await aws.client.send(new RotateSecretCommand({ SecretId: 'app/key' }));
    await aws.emulator.rotationSettled('app/key');
    expect(JSON.parse(await readValue('app/key')).told).toBe('by options');
  });

  it('lets in whom its permissions name: not the secrets of other accounts', async () => {
    const resources = rotationResources();
    const { Permission, ...others } = resources;
    const foreign = { ...Permission, Properties: { ...Object(Permission).Properties, SourceAccount: otherAccount } };
    await expect(deploy({ ...rotationStack(), resources: { ...others, Permission: foreign } })).rejects.toThrow(
      /^Stack\/Schedule: RotateSecret was refused with AccessDeniedException: Secrets Manager cannot invoke the specified Lambda function/,
    );
  });

  it('can be named by name, and rotate under a version or an alias', async () => {
    const qualified = (arn: unknown, more: object) => ({
      ...rotationResources({ schedule: { RotationLambdaARN: arn } }),
      Version: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Function' } } },
      Alias: {
        Type: 'AWS::Lambda::Alias',
        Properties: {
          FunctionName: { Ref: 'Function' },
          FunctionVersion: { 'Fn::GetAtt': ['Version', 'Version'] },
          Name: 'live',
        },
      },
      Permission: {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          Action: 'lambda:InvokeFunction',
          Principal: 'secretsmanager.amazonaws.com',
          SourceAccount: account,
          ...more,
        },
      },
    });
    for (const id of ['Version', 'Alias']) {
      const resources = qualified({ Ref: id }, { FunctionName: { Ref: id } });
      const { rotations } = await aws.emulator.deploy(
        writeAssembly({
          [id]: { ...rotationStack(), resources: { ...resources, Secret: secret({ Name: id, SecretString: '{}' }) } },
        }),
      );
      expect(rotations.map(({ outcome }) => outcome.status)).toEqual(['Succeeded']);
      const { RotationLambdaARN } = await aws.client.send(new DescribeSecretCommand({ SecretId: id }));
      expect(RotationLambdaARN).toMatch(id === 'Version' ? /:1$/ : /:live$/);
    }
  });

  it('in a VPC runs once its role may do what Lambda does to put it there', async () => {
    const VpcConfig = { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] };
    const sketch = (role: object) => rotationStack({ role, function: { VpcConfig } });
    const ManagedPolicyArns = ['arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole'];
    const outcome = async (role: object) =>
      (await aws.emulator.deploy(writeAssembly({ Stack: sketch(role) }))).rotations[0]?.outcome.status;
    expect(await outcome({})).toBe('Failed');
    await aws.emulator.reset();
    expect(await outcome({ ManagedPolicyArns })).toBe('Succeeded');
  });

  it('can be replaced by a command, or anything else that a function can be', async () => {
    const stack = rotationStack({ function: { Runtime: 'python3.13' } });
    const command = [process.execPath, '--eval', 'process.exitCode = 3'] as const;
    const { rotations } = await aws.emulator.deploy(writeAssembly({ Stack: stack }), {
      functions: { 'Stack/Function': { command } },
    });
    expect(rotations[0]?.outcome).toMatchObject({ status: 'Failed', steps: [{ step: 'createSecret' }] });
  });

  it('that rotates nothing may be one that cannot be run here', async () => {
    const Properties = {
      Runtime: 'python3.13',
      Handler: 'a.b',
      Role: 'arn:aws:iam::111122223333:role/none',
      Code: { ZipFile: '' },
    };
    const stack = await deploy({ resources: { Other: { Type: 'AWS::Lambda::Function', Properties } } });
    expect(stack.notModelled).toEqual([
      {
        logicalId: 'Other',
        type: 'AWS::Lambda::Function',
        reason: expect.stringContaining('python3.13 is not run here'),
      },
    ]);
  });
});

describe('a role', () => {
  const rootTrust = policy({
    Effect: 'Allow',
    Principal: { AWS: { 'Fn::Sub': `arn:aws:iam::${account}:root` } },
    Action: 'sts:AssumeRole',
  });
  const read = (Resource: unknown = '*') =>
    policy({ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource });
  const role = (Properties: object) => ({
    Type: 'AWS::IAM::Role',
    Properties: { AssumeRolePolicyDocument: rootTrust, ...Properties },
  });

  /** What a session of the role gets when it reads the secret. */
  async function reading(roleArn: string, DurationSeconds = 900): Promise<string> {
    const sts = aws.stsOf(aws.emulator.credentialsFor(account));
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'test', DurationSeconds }),
    );
    const client = aws.clientOf({
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    });
    return (await refusal(client.send(new GetSecretValueCommand({ SecretId: 'read' })))).message;
  }
  const arnOf = async (resources: Record<string, object>, options = {}) => {
    const all = { Read: secret({ Name: 'read', SecretString: 'value' }), ...resources };
    const sections = {
      Outputs: {
        Arn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } },
        Id: { Value: { 'Fn::GetAtt': ['Role', 'RoleId'] } },
      },
    };
    return (await deploy({ resources: all, sections }, options)).outputs.Arn ?? '';
  };
  const allowed = 'the call succeeded';
  const silent = expect.stringContaining('because no identity-based policy allows');

  it('without a policy may do nothing', async () => {
    const arn = await arnOf({ Role: role({}) });
    expect(arn).toMatch(/^arn:aws:iam::111122223333:role\/Stack-Role-[A-Z2-7]{12}$/);
    expect(await reading(arn)).toEqual(silent);
  });

  it.each([
    ['its own policies', { Role: role({ Policies: [{ PolicyName: 'p', PolicyDocument: read() }] }) }],
    [
      'AWS::IAM::Policy',
      {
        Role: role({}),
        P: {
          Type: 'AWS::IAM::Policy',
          Properties: { PolicyName: 'p', PolicyDocument: read({ Ref: 'Read' }), Roles: [{ Ref: 'Role' }] },
        },
      },
    ],
    [
      'AWS::IAM::RolePolicy',
      {
        Role: role({}),
        P: {
          Type: 'AWS::IAM::RolePolicy',
          Properties: { PolicyName: 'p', PolicyDocument: read(), RoleName: { Ref: 'Role' } },
        },
      },
    ],
    [
      'AWS::IAM::ManagedPolicy that names it',
      {
        Role: role({}),
        P: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: read(), Roles: [{ Ref: 'Role' }] } },
      },
    ],
    [
      'AWS::IAM::ManagedPolicy that it names',
      {
        Role: role({ ManagedPolicyArns: [{ Ref: 'P' }] }),
        P: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: read() } },
      },
    ],
  ])('may do what %s allows', async (_, resources) => {
    expect(await reading(await arnOf(resources))).toBe(allowed);
  });

  it("knows AWS's policies for functions, and asks for those that it does not know", async () => {
    const managed = (name: string) =>
      role({ RoleName: 'named', Path: '/app/', ManagedPolicyArns: [`arn:aws:iam::aws:policy/${name}`] });
    const arn = await arnOf({ Role: managed('service-role/AWSLambdaVPCAccessExecutionRole') });
    expect(arn).toBe(`arn:aws:iam::${account}:role/app/named`);
    expect(await reading(arn)).toEqual(silent);
    await expect(arnOf({ Role: managed('SecretsManagerReadWrite') })).rejects.toThrow(
      'Stack/Role ManagedPolicyArns: the managed policy arn:aws:iam::aws:policy/SecretsManagerReadWrite is not known here: give its document in `managedPolicies`',
    );
    const managedPolicies = { 'arn:aws:iam::aws:policy/SecretsManagerReadWrite': read() };
    expect(await reading(await arnOf({ Role: managed('SecretsManagerReadWrite') }, { managedPolicies }))).toBe(allowed);
  });

  it('is confined by its boundary, and its sessions by their duration', async () => {
    const Boundary = {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: { PolicyDocument: policy({ Effect: 'Allow', Action: 'logs:*', Resource: '*' }) },
    };
    const Policies = [{ PolicyName: 'p', PolicyDocument: read() }];
    const arn = await arnOf({
      Boundary,
      Role: role({ Policies, PermissionsBoundary: { Ref: 'Boundary' }, MaxSessionDuration: 7200 }),
    });
    expect(await reading(arn, 7200)).toContain('because no permissions boundary allows');
    await expect(reading(arn, 7201)).rejects.toThrow('MaxSessionDuration');
  });

  it('of a service may have managed policies that are not known, so long as no rotation runs as it', async () => {
    const ManagedPolicyArns = ['arn:aws:iam::aws:policy/SecretsManagerReadWrite'];
    const service = (Service: string) => policy({ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' });
    await deploy({
      resources: { Role: role({ AssumeRolePolicyDocument: service('ec2.amazonaws.com'), ManagedPolicyArns }) },
    });
    await expect(deploy(rotationStack({ role: { ManagedPolicyArns } }))).rejects.toThrow(
      'Stack/Role ManagedPolicyArns: the managed policy arn:aws:iam::aws:policy/SecretsManagerReadWrite is not known here',
    );
  });
});

describe('a KMS key', () => {
  const keyPolicy = (...actions: string[]) =>
    policy({ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: actions, Resource: '*' });
  const resources = (key: object, KmsKeyId: unknown) => ({
    Key: { Type: 'AWS::KMS::Key', Properties: key },
    Alias: {
      Type: 'AWS::KMS::Alias',
      Properties: { AliasName: 'alias/app', TargetKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } },
    },
    Secret: secret({ Name: 'locked', SecretString: 'value', KmsKeyId }, { DependsOn: 'Alias' }),
  });

  it.each([
    ['by its ARN', { 'Fn::GetAtt': ['Key', 'Arn'] }],
    ['by its id', { Ref: 'Key' }],
    ['by its alias', { Ref: 'Alias' }],
  ])('encrypts secrets that name it %s', async (_, id) => {
    await deploy({ resources: resources({ KeyPolicy: keyPolicy('kms:*') }, id) });
    expect(await readValue('locked')).toBe('value');
  });

  it('lets nobody in whom its policy does not let in', async () => {
    const sketch = { resources: resources({ KeyPolicy: keyPolicy('kms:DescribeKey') }, { Ref: 'Key' }) };
    await expect(deploy(sketch)).rejects.toThrow(
      /^Stack\/Secret: CreateSecret was refused with AccessDeniedException: .*KMS/,
    );
  });

  it('can be disabled', async () => {
    const sketch = { resources: resources({ Enabled: false }, { Ref: 'Key' }) };
    await expect(deploy(sketch)).rejects.toThrow(/^Stack\/Secret: CreateSecret was refused/);
  });

  it('for something else than secrets is left alone', async () => {
    const stack = await deploy({
      resources: { Key: { Type: 'AWS::KMS::Key', Properties: { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' } } },
    });
    expect(stack.notModelled).toEqual([
      { logicalId: 'Key', type: 'AWS::KMS::Key', reason: 'no key for secrets: its KeySpec is RSA_2048' },
    ]);
  });
});

describe('a resource policy', () => {
  const resources = (BlockPublicPolicy: boolean, Principal: unknown) => ({
    Secret: secret({ Name: 'shared', SecretString: 'value' }),
    Policy: {
      Type: 'AWS::SecretsManager::ResourcePolicy',
      Properties: {
        SecretId: { Ref: 'Secret' },
        BlockPublicPolicy,
        ResourcePolicy: policy(
          { Effect: 'Deny', Principal, Action: 'secretsmanager:BatchGetSecretValue', Resource: '*' },
          { Effect: 'Allow', Principal, Action: 'secretsmanager:GetSecretValue', Resource: '*' },
        ),
      },
    },
  });

  it('is that of its secret', async () => {
    const stack = await deploy({ resources: resources(true, { AWS: `arn:aws:iam::${otherAccount}:root` }) });
    const { ResourcePolicy } = await aws.client.send(new GetResourcePolicyCommand({ SecretId: 'shared' }));
    expect(JSON.parse(ResourcePolicy ?? '').Statement).toHaveLength(2);
    expect(stack.physicalIds.Policy).toBe(stack.secretArn('Secret'));
  });

  it('is not put when it is public and that is not wanted', async () => {
    await expect(deploy({ resources: resources(true, '*') })).rejects.toThrow(
      /^Stack\/Policy: PutResourcePolicy was refused with PublicPolicyException/,
    );
  });
});

describe('a target attachment', () => {
  const attached = (database: object, target: object = {}): Record<string, object> => ({
    Secret: secret({ Name: 'db', SecretString: '{"username":"app","password":"canary-31","masterarn":"arn"}' }),
    Database: database,
    Attachment: {
      Type: 'AWS::SecretsManager::SecretTargetAttachment',
      Properties: {
        SecretId: { Ref: 'Secret' },
        TargetId: { Ref: 'Database' },
        TargetType: Object(database).Type,
        ...target,
      },
    },
  });
  const kept = { username: 'app', password: 'canary-31', masterarn: 'arn' };

  it.each([
    [
      'AWS::RDS::DBInstance',
      { Engine: 'postgres', DBName: 'app', DBInstanceIdentifier: 'Main', Port: '5433' },
      { engine: 'postgres', port: 5433, dbname: 'app', dbInstanceIdentifier: 'main' },
    ],
    [
      'AWS::RDS::DBInstance',
      { Engine: 'sqlserver-ex', DBInstanceIdentifier: 'main' },
      { engine: 'sqlserver', port: 1433, dbInstanceIdentifier: 'main' },
    ],
    [
      'AWS::RDS::DBCluster',
      { Engine: 'aurora-mysql', DatabaseName: 'app', DBClusterIdentifier: 'main' },
      { engine: 'mysql', port: 3306, dbname: 'app', dbClusterIdentifier: 'main' },
    ],
    [
      'AWS::DocDB::DBCluster',
      { DBClusterIdentifier: 'main' },
      { engine: 'mongo', port: 27017, dbClusterIdentifier: 'main' },
    ],
    [
      'AWS::Redshift::Cluster',
      { DBName: 'dev', ClusterIdentifier: 'main' },
      { engine: 'redshift', port: 5439, dbname: 'dev', dbClusterIdentifier: 'main' },
    ],
  ])('writes where %s is: %j', async (Type, Properties, expected) => {
    const stack = await deploy({ resources: attached({ Type, Properties }) });
    const { host, ...value } = JSON.parse(await readValue('db'));
    expect(value).toEqual({ ...kept, ...expected });
    // A name that leads nowhere.
    expect(host).toMatch(/^main\.[a-z2-7]{12}\.us-west-2\.\w+\.invalid$/);
    expect(stack.physicalIds.Attachment).toBe(stack.secretArn('Secret'));
  });

  it.each(['Stack/Database', 'Stack/Data/Base'])('writes where options say that %s is', async (name) => {
    const database = { Type: 'AWS::RDS::DBInstance', Properties: { Engine: 'mariadb', DBName: 'app' } };
    const resources = {
      ...attached(database),
      Host: {
        Type: 'AWS::SSM::Parameter',
        Properties: { Name: 'host', Value: { 'Fn::GetAtt': ['Database', 'Endpoint.Address'] } },
      },
    };
    const sections = {
      Outputs: {
        Host: { Value: { 'Fn::GetAtt': ['Host', 'Value'] } },
        Port: { Value: { 'Fn::GetAtt': ['Database', 'Endpoint.Port'] } },
      },
    };
    const stack = await deploy(
      { resources, sections, constructs: { 'Data/Base/Resource': 'Database' } },
      { targets: { [name]: { host: '127.0.0.1', port: 33_060 } } },
    );
    expect(JSON.parse(await readValue('db'))).toMatchObject({
      ...kept,
      engine: 'mariadb',
      host: '127.0.0.1',
      port: 33_060,
      dbname: 'app',
    });
    expect(stack.outputs).toEqual({ Host: '127.0.0.1', Port: '33060' });
  });

  it('needs a value that is JSON, and a database that is there', async () => {
    const database = { Type: 'AWS::RDS::DBInstance', Properties: {} };
    const plain = { ...attached(database), Secret: secret({ SecretString: 'canary-31' }) };
    await expect(deploy({ resources: plain })).rejects.toThrow(
      'Stack/Attachment: the value of the secret is not a JSON object',
    );
    await expect(deploy({ resources: attached(database, { TargetId: 'other' }) })).rejects.toThrow(
      'Stack/Attachment TargetId: no stack of this account and Region has this database',
    );
    await expect(
      deploy({ resources: attached(database, { TargetType: 'AWS::RedshiftServerless::Namespace' }) }),
    ).rejects.toThrow('Stack/Attachment TargetType: AWS::RedshiftServerless::Namespace is not understood');
  });
});

it('a nested stack is deployed with its parameters, and its outputs are attributes', async () => {
  const nested = {
    Parameters: { Given: { Type: 'String' } },
    Resources: {
      Inner: secret({ Name: 'inner', SecretString: { Ref: 'Given' } }),
      Bucket: { Type: 'AWS::S3::Bucket' },
    },
    Outputs: { Arn: { Value: { Ref: 'Inner' } } },
  };
  const folder = writeAssembly({
    Stack: {
      resources: {
        Nested: {
          Type: 'AWS::CloudFormation::Stack',
          Properties: {
            TemplateURL: 'https://s3/bucket/nested.json',
            Parameters: { Given: { Ref: 'AWS::StackName' } },
          },
          Metadata: { 'aws:asset:path': 'Nested.template.json' },
        },
      },
      sections: { Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Nested', 'Outputs.Arn'] } } } },
      constructs: { 'Nested/Inner/Resource': 'Inner' },
    },
    Nested: { resources: nested.Resources, sections: nested },
  });
  const { artifacts } = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
  delete artifacts.Nested;
  write(folder, 'manifest.json', { artifacts });
  const stack = (await aws.emulator.deploy(folder)).stack('Stack');
  expect(await readValue('inner')).toBe('Stack');
  expect(stack.outputs.Arn).toBe(stack.secretArn('Nested/Inner'));
  expect(stack.notModelled).toEqual([{ logicalId: 'Bucket', type: 'AWS::S3::Bucket' }]);
});

it('other resources are left alone, listed, and have names that others can refer to', async () => {
  const types = [
    'AWS::S3::Bucket',
    'AWS::SQS::Queue',
    'AWS::SNS::Topic',
    'AWS::Logs::LogGroup',
    'AWS::EC2::SecurityGroup',
    'AWS::Foo::Bar',
  ];
  const resources = Object.fromEntries(
    types.map((Type) => [Type.split('::').at(-1) ?? '', { Type, Properties: { Fancy: { 'Fn::Transform': {} } } }]),
  );
  const refs = Object.keys(resources).map((id) => [`${id}Ref`, { Value: { Ref: id } }] as const);
  const arns = Object.keys(resources).map((id) => [`${id}Arn`, { Value: { 'Fn::GetAtt': [id, 'Arn'] } }] as const);
  const more = {
    Group: { Value: { 'Fn::GetAtt': ['SecurityGroup', 'GroupId'] } },
    Other: { Value: { 'Fn::GetAtt': ['Bar', 'Some.Thing'] } },
  };
  const stack = await deploy({
    resources,
    sections: { Outputs: { ...Object.fromEntries([...refs, ...arns]), ...more } },
  });
  expect(stack.notModelled.map(({ type }) => type)).toEqual(types);
  const here = `${region}:${account}`;
  expect(stack.outputs).toMatchObject({
    BucketRef: expect.stringMatching(/^stack-bucket-[a-z2-7]{12}$/),
    BucketArn: expect.stringMatching(/^arn:aws:s3:::stack-bucket-/),
    QueueRef: expect.stringMatching(`^https://sqs.${region}.amazonaws.com/${account}/Stack-Queue-`),
    QueueArn: expect.stringMatching(`^arn:aws:sqs:${here}:Stack-Queue-`),
    TopicRef: expect.stringMatching(`^arn:aws:sns:${here}:Stack-Topic-`),
    LogGroupArn: expect.stringMatching(`^arn:aws:logs:${here}:log-group:Stack-LogGroup-.*:\\*$`),
    SecurityGroupRef: expect.stringMatching(/^sg-0[0-9a-f]{16}$/),
    BarArn: expect.stringMatching(`^arn:aws:foo:${here}:bar/Stack-Bar-`),
    Other: expect.stringMatching(/^Stack-Bar-.*-Some-Thing$/),
  });
  expect(stack.outputs.Group).toBe(stack.outputs.SecurityGroupRef);
});

it("everything is done as the root of the stack's account, in its Region", async () => {
  await deploy(rotationStack({ schedule: { RotateImmediatelyOnUpdate: false } }));
  const callers = aws.emulator.requests
    .filter(({ step }) => step === undefined)
    .map(({ callerArn, region: where }) => `${callerArn} ${where}`);
  expect([...new Set(callers)]).toEqual([`arn:aws:iam::${account}:root ${region}`]);
});
