/** Requests that a statement is about: as its app makes them, and as a stranger would. */
import type { Decision, DeployedStack, PolicySimulation } from '../../../lib/emulator/index.js';
import { EXTERNAL_ID, REGION } from './apps.js';
import { probeOf } from './probes.js';
import { nameIn, nameOf, resolved, type Statement } from './statements.js';

/** Requests that a statement decides: those that were made, or else those that a simulation has to make. */
export function requestsOn(of: Statement, stack: DeployedStack, decisions: readonly Decision[]): PolicySimulation[] {
  if (probeOf(of) === 'simulation') return simulations(of, stack);
  const name = nameIn(stack, of);
  const made = decisions.filter(({ statements }) => statements.some((each) => nameOf(each) === name));
  const requests = made.map(({ callerArn, action, resource }) => {
    const callerRole = callerArn.replace(/^arn:aws:sts::(\d+):assumed-role\/([^/]+)\/.*$/, 'arn:aws:iam::$1:role/$2');
    return { callerArn: callerRole, action, ...(resource !== '*' && { resourceArn: resource }) };
  });
  return [...new Map(requests.map((request) => [JSON.stringify(request), request])).values()];
}

function simulations(
  { kind, actions, principal, on, resource, conditions, logicalId }: Statement,
  stack: DeployedStack,
): PolicySimulation[] {
  const roleArn = (id: string) => `arn:aws:iam::${stack.accountId}:role/${stack.physicalIds[id]}`;
  if (kind === 'trust') {
    const { Service } = principal as { Service: string };
    const context = { 'aws:SourceAccount': stack.accountId, 'aws:SourceArn': stateMachineArn(stack.accountId) };
    return [{ callerArn: Service, action: 'sts:AssumeRole', resourceArn: roleArn(logicalId), context }];
  }
  const [role] = (resource.Properties?.Roles ?? []) as { Ref: string }[];
  const source = conditions.ArnEquals?.['lambda:SourceFunctionArn'];
  const context: NonNullable<PolicySimulation['context']> =
    source === undefined ? {} : { 'lambda:SourceFunctionArn': resolved(stack, source) };
  return actions.map((action) => ({
    callerArn: roleArn(role?.Ref ?? ''),
    action,
    ...(/^(ec2|ds):Describe/.test(action)
      ? {}
      : { resourceArn: on === '*' ? networkInterface(stack) : resolved(stack, on) }),
    context,
  }));
}

function networkInterface({ region, accountId }: DeployedStack): string {
  return `arn:aws:ec2:${region}:${accountId}:network-interface/eni-0123456789abcdef0`;
}

function stateMachineArn(accountId: string): string {
  return `arn:aws:states:${REGION}:${accountId}:stateMachine:check`;
}

/** What requests have in them that a rotation makes, for each secret that it may be about. */
export function contextsIn(
  stacks: readonly DeployedStack[],
  { kind }: Statement,
  stack: DeployedStack,
): PolicySimulation['context'][] {
  const ids = stacks.flatMap(({ physicalIds }) => Object.values(physicalIds));
  const functions = stacks.flatMap(({ physicalIds, region, accountId }) =>
    Object.values(physicalIds).map((name) => `arn:aws:lambda:${region}:${accountId}:function:${name}`),
  );
  const secrets = [...new Set(ids.filter((id) => id.includes(':secret:')))];
  const rotators = kind === 'function' || kind === 'trust' ? [''] : functions;
  return secrets.flatMap((arn) =>
    rotators.map((rotator) => ({
      'aws:SourceAccount': kind === 'trust' ? stack.accountId : (arn.split(':')[4] ?? ''),
      'kms:EncryptionContext:SecretARN': arn,
      'kms:ResourceAliases': [`alias/${(arn.split(':')[6] ?? '').slice(0, -7)}`],
      'kms:ViaService': `secretsmanager.${REGION}.amazonaws.com`,
      'secretsmanager:resource/AllowRotationLambdaArn': rotator,
      'sts:ExternalId': EXTERNAL_ID,
    })),
  );
}

const foreign = '999900001111';

/** For each condition key that statements of ours have, somebody or something else. */
export const strangers: Readonly<Record<string, string | readonly string[]>> = {
  'aws:PrincipalArn': `arn:aws:iam::${foreign}:role/other`,
  'aws:PrincipalOrgID': 'o-otherother',
  'aws:ResourceOrgID': 'o-otherother',
  'aws:SourceAccount': foreign,
  'aws:SourceArn': stateMachineArn(foreign),
  'aws:SourceOrgID': 'o-otherother',
  'kms:EncryptionContext:SecretARN': `arn:aws:secretsmanager:${REGION}:${foreign}:secret:other-AbCdEf`,
  'kms:ResourceAliases': ['alias/other'],
  'kms:ViaService': `s3.${REGION}.amazonaws.com`,
  'lambda:SourceFunctionArn': `arn:aws:lambda:${REGION}:${foreign}:function:other`,
  'secretsmanager:resource/AllowRotationLambdaArn': `arn:aws:lambda:${REGION}:${foreign}:function:other`,
  'sts:ExternalId': 'other',
};
