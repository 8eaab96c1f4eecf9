/** What a function's template says of its network, its log and who may invoke it. */
import { expect, it } from '@jest/globals';
import { account, region, useLocalAws } from '../local-aws.js';
import { policy, rotationResources, rotationStack, writeAssembly } from './assembly-folder.js';

const aws = useLocalAws();
const deploy = (resources: Record<string, object>) =>
  aws.emulator.deploy(writeAssembly({ Stack: { ...rotationStack(), resources } }));

it('network and log group: what Lambda needs for them is asked of the role', async () => {
  const resources = rotationResources({
    function: {
      VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] },
      LoggingConfig: { LogGroup: 'mine' },
    },
  });
  const refused = await deploy(resources);
  expect(refused.rotations[0]?.outcome.steps[0]).toMatchObject({ errorType: 'EC2AccessDeniedException' });
  const trust = aws.emulator.decisions.filter(({ allowed }) => !allowed).map(({ action }) => action);
  expect(new Set(trust)).toContain('ec2:CreateNetworkInterface');
});

it('a log group of its own', async () => {
  await deploy(rotationResources({ function: { LoggingConfig: { LogGroup: 'mine' } } }));
  const [logged] = aws.emulator.decisions.filter(({ action }) => action === 'logs:PutLogEvents');
  expect(logged?.resource).toBe(`arn:aws:logs:${region}:${account}:log-group:mine:log-stream:[$LATEST]emulator`);
});

it('a resource policy written out takes the place of permissions, and goes with its resource', async () => {
  const { Permission: _, Schedule, ...rest } = rotationResources();
  const written = {
    ...rest,
    Invocations: {
      Type: 'AWS::Lambda::ResourcePolicy',
      Properties: {
        ResourceArn: { 'Fn::GetAtt': ['Function', 'Arn'] },
        PolicyDocument: policy({
          Sid: 'Own',
          Effect: 'Allow',
          Principal: { Service: 'secretsmanager.amazonaws.com' },
          Action: 'lambda:InvokeFunction',
          Resource: { 'Fn::GetAtt': ['Function', 'Arn'] },
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        }),
      },
    },
    Schedule: { ...Schedule, DependsOn: ['Invocations', 'Policy'] },
  };
  const { rotations, stacks } = await deploy(written);
  expect(rotations.map(({ outcome }) => outcome.status)).toEqual(['Succeeded']);
  const functionArn = stacks[0]?.functionArn('Function') ?? '';
  const invokes = () =>
    aws.emulator.simulatePrincipalPolicy({
      callerArn: 'secretsmanager.amazonaws.com',
      action: 'lambda:InvokeFunction',
      resourceArn: functionArn,
      context: { 'aws:SourceAccount': account },
    });
  expect(invokes()).toMatchObject({ allowed: true, statements: [{ kind: 'function', sid: 'Own' }] });
  await deploy(rest);
  expect(invokes()).toMatchObject({ allowed: false, missing: 'function' });
});
