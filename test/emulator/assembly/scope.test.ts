/** What a template refers to: parameters, conditions, other stacks, other Regions, values read when it is deployed. */
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from '@jest/globals';
import { account, otherAccount, region, useLocalAws } from '../local-aws.js';
import { newFolder, type StackSketch, write, writeAssembly } from './assembly-folder.js';

const aws = useLocalAws();

/** A stack with nothing but outputs. */
function outputs(values: Readonly<Record<string, unknown>>, sections: object = {}): StackSketch {
  const Outputs = Object.fromEntries(Object.entries(values).map(([name, Value]) => [name, { Value }]));
  return { resources: {}, sections: { ...sections, Outputs } };
}

async function outputsOf(values: Readonly<Record<string, unknown>>, sections: object = {}, options = {}) {
  const folder = writeAssembly({ Stack: outputs(values, sections) });
  return (await aws.emulator.deploy(folder, options)).stack('Stack').outputs;
}

it('pseudo parameters are those of the stack', async () => {
  const names = ['AccountId', 'Region', 'Partition', 'URLSuffix', 'StackName', 'StackId'];
  const found = await outputsOf(Object.fromEntries(names.map((name) => [name, { Ref: `AWS::${name}` }])));
  expect(found).toEqual({
    AccountId: account,
    Region: region,
    Partition: 'aws',
    URLSuffix: 'amazonaws.com',
    StackName: 'Stack',
    StackId: expect.stringMatching(`^arn:aws:cloudformation:${region}:${account}:stack/Stack/[0-9a-f-]{36}$`),
  });
});

it.each([
  ['cn-north-1', 'aws-cn', 'amazonaws.com.cn'],
  ['us-gov-west-1', 'aws-us-gov', 'amazonaws.com'],
])('%s is in another partition', async (name, partition, suffix) => {
  const sketch = outputs({ partition: { Ref: 'AWS::Partition' }, suffix: { Ref: 'AWS::URLSuffix' } });
  const folder = writeAssembly({ Stack: { ...sketch, environment: `aws://${account}/${name}` } });
  expect((await aws.emulator.deploy(folder)).stack('Stack').outputs).toEqual({ partition, suffix });
});

describe('parameters', () => {
  const Parameters = {
    Plain: { Type: 'String', Default: 'by default' },
    Many: { Type: 'CommaDelimitedList', Default: 'a, b' },
    Needed: { Type: 'String' },
    Stored: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/app/size' },
    StoredList: { Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: '/app/zones' },
  };
  const values = {
    Plain: { Ref: 'Plain' },
    Many: { 'Fn::Join': ['+', { Ref: 'Many' }] },
    Needed: { Ref: 'Needed' },
    Stored: { Ref: 'Stored' },
    StoredList: { 'Fn::Select': [1, { Ref: 'StoredList' }] },
  };

  it('have values of options, of SSM, of their own', async () => {
    const options = {
      parameters: { Needed: 'for all', 'Stack/Needed': 'for this stack' },
      ssmParameters: { '/app/size': 'small', '/app/zones': 'x,y' },
    };
    expect(await outputsOf(values, { Parameters }, options)).toEqual({
      Plain: 'by default',
      Many: 'a+b',
      Needed: 'for this stack',
      Stored: 'small',
      StoredList: 'y',
    });
  });

  it('without a value are an error only where they are referred to', async () => {
    expect(await outputsOf({ Plain: { Ref: 'Plain' } }, { Parameters })).toEqual({ Plain: 'by default' });
    await expect(outputsOf({ Needed: { Ref: 'Needed' } }, { Parameters })).rejects.toThrow(
      'Stack output Needed: the parameter Needed has no value: give one in `parameters`',
    );
    await expect(outputsOf({ Stored: { Ref: 'Stored' } }, { Parameters })).rejects.toThrow(
      'the SSM parameter /app/size is not known here: give its value in `ssmParameters`',
    );
  });

  it('that no template has are a slip of the pen', async () => {
    await expect(outputsOf({}, { Parameters }, { parameters: { Plane: 'x' } })).rejects.toThrow(
      "`parameters` has 'Plane', which is not the name of a parameter",
    );
  });
});

it('conditions choose values, outputs and resources', async () => {
  const secret = (name: string, Condition: string) => ({
    Type: 'AWS::SecretsManager::Secret',
    Condition,
    Properties: { Name: name },
  });
  const folder = writeAssembly({
    Stack: {
      resources: { Made: secret('made', 'Here'), Left: secret('left', 'Elsewhere') },
      sections: {
        Conditions: {
          Here: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, region] },
          Elsewhere: { 'Fn::Not': [{ Condition: 'Here' }] },
        },
        Outputs: {
          Which: { Value: { 'Fn::If': ['Here', { Ref: 'Made' }, { Ref: 'Left' }] } },
          None: { Condition: 'Elsewhere', Value: { Ref: 'Left' } },
        },
      },
    },
  });
  const stack = (await aws.emulator.deploy(folder)).stack('Stack');
  expect(Object.keys(stack.physicalIds)).toEqual(['Made']);
  expect(stack.outputs).toEqual({ Which: stack.secretArn('Made') });
});

it('a condition that depends on itself, or does not exist, is an error', async () => {
  const Conditions = { A: { Condition: 'B' }, B: { 'Fn::Not': [{ Condition: 'A' }] } };
  await expect(outputsOf({ out: { 'Fn::If': ['A', 1, 2] } }, { Conditions })).rejects.toThrow(
    'the condition A depends on itself',
  );
  await expect(outputsOf({ out: { 'Fn::If': ['C', 1, 2] } }, { Conditions })).rejects.toThrow(
    'the template has no condition C',
  );
});

it('mappings are looked up', async () => {
  const Mappings = { Sizes: { [region]: { memory: 256 } } };
  const found = await outputsOf(
    { size: { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'memory'] } },
    { Mappings },
  );
  expect(found).toEqual({ size: '256' });
});

describe('several stacks', () => {
  const exporter: StackSketch = {
    resources: {},
    sections: { Outputs: { Out: { Value: 'exported', Export: { Name: { 'Fn::Sub': 'Exporter:Out' } } } } },
  };
  const importer = outputs({ imported: { 'Fn::ImportValue': 'Exporter:Out' } });

  it('import what others export, wherever they stand in the manifest', async () => {
    const folder = writeAssembly({ Importer: { ...importer, dependsOn: ['Exporter'] }, Exporter: exporter });
    const deployment = await aws.emulator.deploy(folder);
    expect(deployment.stacks.map(({ stackName }) => stackName)).toEqual(['Exporter', 'Importer']);
    expect(deployment.stack('Importer').outputs).toEqual({ imported: 'exported' });
  });

  it('do not import from other Regions', async () => {
    const elsewhere = { ...importer, environment: `aws://${account}/us-east-1`, dependsOn: ['Exporter'] };
    const folder = writeAssembly({ Exporter: exporter, Importer: elsewhere });
    await expect(aws.emulator.deploy(folder)).rejects.toThrow(
      `Importer output imported: no stack of ${account} in us-east-1 exports Exporter:Out`,
    );
  });

  it('read outputs of stacks in other Regions and accounts', async () => {
    const reader = outputs({
      read: {
        'Fn::GetStackOutput': {
          StackName: 'Exporter',
          OutputName: 'Out',
          Region: region,
          RoleArn: `arn:aws:iam::${account}:role/reader`,
        },
      },
    });
    const environment = `aws://${otherAccount}/eu-west-1`;
    const folder = writeAssembly({ Exporter: exporter, Reader: { ...reader, environment, dependsOn: ['Exporter'] } });
    expect((await aws.emulator.deploy(folder)).stack('Reader').outputs).toEqual({ read: 'exported' });
  });

  it('go where the options say when they say nothing themselves', async () => {
    const where = { account: { Ref: 'AWS::AccountId' }, region: { Ref: 'AWS::Region' } };
    const folder = writeAssembly({ Stack: { ...outputs(where), environment: 'aws://unknown-account/unknown-region' } });
    const options = { accountId: otherAccount, region: 'eu-north-1' };
    expect((await aws.emulator.deploy(folder)).stack('Stack').outputs).toEqual({
      account: '000000000000',
      region: aws.emulator.region,
    });
    expect((await aws.emulator.deploy(folder, options)).stack('Stack').outputs).toEqual({
      account: otherAccount,
      region: 'eu-north-1',
    });
  });

  it('of a stage are in an assembly of their own', async () => {
    const folder = newFolder();
    const inner = writeAssembly({ Exporter: exporter }, newFolder());
    write(folder, 'Outer.template.json', { Resources: {}, ...importer.sections });
    write(folder, 'manifest.json', {
      artifacts: {
        Outer: {
          type: 'aws:cloudformation:stack',
          environment: `aws://${account}/${region}`,
          properties: { templateFile: 'Outer.template.json', stackName: 'Renamed' },
          dependencies: ['assembly-Stage'],
        },
        'assembly-Stage': {
          type: 'cdk:cloud-assembly',
          properties: { directoryName: `../${inner.split('/').at(-1)}` },
        },
      },
    });
    const deployment = await aws.emulator.deploy(folder);
    expect(deployment.stacks.map(({ stackName }) => stackName)).toEqual(['Exporter', 'Renamed']);
    expect(deployment.stack('Renamed').outputs).toEqual({ imported: 'exported' });
  });
});

it('references from Region to Region go through the parameters that the CDK has written there', async () => {
  const writer: StackSketch = {
    environment: `aws://${account}/us-east-1`,
    resources: {
      Writer: {
        Type: 'Custom::CrossRegionExportWriter',
        Properties: { WriterProps: { region, prefix: 'Reader', exports: { '/cdk/exports/Reader/Name': 'from afar' } } },
      },
    },
  };
  const reader: StackSketch = {
    dependsOn: ['Writer'],
    resources: {
      Reader: {
        Type: 'Custom::CrossRegionExportReader',
        Properties: {
          ReaderProps: { imports: { '/cdk/exports/Reader/Name': '{{resolve:ssm:/cdk/exports/Reader/Name}}' } },
        },
      },
    },
    sections: { Outputs: { out: { Value: { 'Fn::GetAtt': ['Reader', '/cdk/exports/Reader/Name'] } } } },
  };
  const deployment = await aws.emulator.deploy(writeAssembly({ Reader: reader, Writer: writer }));
  expect(deployment.stack('Reader').outputs).toEqual({ out: 'from afar' });
});

it('values of secrets and SSM parameters are read when they are needed', async () => {
  const secret = (SecretString: unknown, Name: string) => ({
    Type: 'AWS::SecretsManager::Secret',
    Properties: { Name, SecretString },
  });
  const folder = writeAssembly({
    Stack: {
      resources: {
        Copy: secret(
          {
            'Fn::Join': [
              '',
              [
                '{{resolve:secretsmanager:',
                { Ref: 'Source' },
                ':SecretString:inner::}} and {{resolve:secretsmanager:source}} and {{resolve:ssm:stored:3}}',
              ],
            ],
          },
          'copy',
        ),
        Source: secret('{"inner":"deep"}', 'source'),
        Stored: { Type: 'AWS::SSM::Parameter', Properties: { Name: 'stored', Type: 'String', Value: 'kept' } },
        Wrong: {
          ...secret('{{resolve:secretsmanager:source:SecretString:outer}}', 'wrong'),
          DependsOn: ['Copy', 'Stored'],
        },
      },
    },
  });
  // Nothing says that the copy needs the parameter; the template says so of the wrong one alone.
  await expect(aws.emulator.deploy(folder, { ssmParameters: { stored: 'kept' } })).rejects.toThrow(
    'Stack/Wrong: the secret has no key outer in its JSON',
  );
  const { SecretString } = await aws.client.send(new GetSecretValueCommand({ SecretId: 'copy' }));
  expect(SecretString).toBe('deep and {"inner":"deep"} and kept');
});

it('a circle of dependencies is named, link by link', async () => {
  const role = (other: string) => ({
    Type: 'AWS::SecretsManager::Secret',
    Properties: { Description: { Ref: other } },
  });
  const folder = writeAssembly({ Stack: { resources: { A: role('B'), B: role('C'), C: { ...role('A') } } } });
  await expect(aws.emulator.deploy(folder)).rejects.toThrow('Stack: a circle of dependencies: A → B → C → A');
});

it('references to nothing are errors with their place', async () => {
  const secret = (Description: unknown) => ({ Type: 'AWS::SecretsManager::Secret', Properties: { Description } });
  const withResource = (Description: unknown, more: object = {}) =>
    aws.emulator.deploy(writeAssembly({ Stack: { resources: { One: secret(Description), ...more } } }));
  await expect(withResource({ Ref: 'Two' })).rejects.toThrow(
    'Stack/One Description: the template has no Two, which is referred to',
  );
  await expect(withResource({ 'Fn::GetAtt': ['Two', 'Name2'] }, { Two: secret('two') })).rejects.toThrow(
    'Stack/One Description: Two (AWS::SecretsManager::Secret) has no attribute Name2',
  );
});
