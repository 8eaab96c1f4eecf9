/** Every statement of every policy in the templates of a cloud assembly, and templates that lack one of them, or a part of it. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { DeployedStack, PolicyKind, StatementReference } from '../../../lib/emulator/index.js';
import type { SynthesizedApp } from '../synthesize.js';

type Json = { readonly [member: string]: unknown };
type Conditions = { [operator: string]: { [key: string]: unknown } };

interface StatementInTemplate {
  Effect: 'Allow' | 'Deny';
  Action: string | string[];
  Principal?: '*' | { Service?: string; AWS?: unknown };
  Resource?: unknown;
  Condition?: Conditions;
}

interface Resource {
  readonly Type: string;
  Properties?: { [name: string]: unknown };
  DependsOn?: string[];
}

interface Template {
  Resources: { [logicalId: string]: Resource };
}

/** A statement with its place. */
export interface Statement {
  readonly stackName: string;
  readonly logicalId: string;
  readonly resource: Resource;
  readonly kind: PolicyKind;
  /** In its policy, from 0. */
  readonly index: number;
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly principal: StatementInTemplate['Principal'];
  readonly on: unknown;
  readonly conditions: Conditions;
}

/** What is taken away: the statement, an action of several, or the test of a condition key. */
export interface Removal {
  readonly of: Statement;
  readonly action?: string;
  readonly condition?: { readonly operator: string; readonly key: string };
}

/** Where each type of resource keeps its policy. */
const documents: { readonly [type: string]: readonly [property: string, PolicyKind] } = {
  'AWS::IAM::Policy': ['PolicyDocument', 'identity'],
  'AWS::IAM::ManagedPolicy': ['PolicyDocument', 'permissions boundary'],
  'AWS::IAM::Role': ['AssumeRolePolicyDocument', 'trust'],
  'AWS::KMS::Key': ['KeyPolicy', 'key'],
  'AWS::Lambda::ResourcePolicy': ['PolicyDocument', 'function'],
  'AWS::SecretsManager::ResourcePolicy': ['ResourcePolicy', 'resource'],
};
const permission = 'AWS::Lambda::Permission';

/** @throws Error for a policy in a place that is not known here: nothing may be overlooked */
export function statementsOf({ folder, stackNames }: SynthesizedApp): Statement[] {
  return stackNames.flatMap((stackName) =>
    Object.entries(read(folder, stackName).Resources).flatMap(([logicalId, resource]) => {
      const found = statementsIn(resource).map(([kind, statement], index): Statement => {
        const { Effect, Action, Principal, Resource, Condition = {} } = statement;
        return {
          ...{ stackName, logicalId, resource, kind, index, effect: Effect, actions: [Action].flat() },
          ...{ principal: Principal, on: Resource, conditions: Condition },
        };
      });
      const written = JSON.stringify(resource.Properties ?? {}).split('"Effect":').length - 1;
      if (resource.Type !== permission && written !== found.length) {
        throw new Error(`${stackName}/${logicalId} (${resource.Type}) has statements that are not enumerated`);
      }
      return found;
    }),
  );
}

function statementsIn({ Type, Properties = {} }: Resource): [PolicyKind, StatementInTemplate][] {
  if (Type === permission) {
    const { Action, Principal, SourceAccount } = Properties;
    const condition: Conditions =
      SourceAccount === undefined ? {} : { StringEquals: { 'aws:SourceAccount': SourceAccount } };
    const statement = { Effect: 'Allow', Action: String(Action), Principal: { Service: String(Principal) } } as const;
    return [['function', { ...statement, Condition: condition }]];
  }
  const [property, kind] = documents[Type] ?? [];
  if (property === undefined || kind === undefined || Properties[property] === undefined) return [];
  return listIn(Properties, property).map((statement) => [kind, statement]);
}

function listIn(properties: { [name: string]: unknown }, property: string): StatementInTemplate[] {
  return (properties[property] as { Statement: StatementInTemplate[] }).Statement;
}

/** Writes the templates anew, without what is removed. */
export function writeWithout({ folder }: SynthesizedApp, { of, action, condition }: Removal): void {
  const template = read(folder, of.stackName);
  const resource = template.Resources[of.logicalId];
  if (resource === undefined) throw new Error(`no ${of.logicalId}`);
  const { Properties = {} } = resource;
  const statements = resource.Type === permission ? [] : listIn(Properties, (documents[resource.Type] ?? [''])[0]);
  const statement = statements[of.index];
  if (condition !== undefined) {
    if (statement === undefined) delete Properties.SourceAccount;
    else delete statement.Condition?.[condition.operator]?.[condition.key];
  } else if (action !== undefined && statement !== undefined) {
    statement.Action = [statement.Action].flat().filter((each) => each !== action);
  } else if (statements.length > 1) {
    statements.splice(of.index, 1);
  } else if (statement !== undefined && of.kind === 'trust') {
    // No role without a trust policy: this one trusts a service that has no use for it.
    statement.Principal = { Service: 'ec2.amazonaws.com' };
  } else {
    delete template.Resources[of.logicalId];
    for (const other of Object.values(template.Resources)) {
      if (other.DependsOn) other.DependsOn = other.DependsOn.filter((each) => each !== of.logicalId);
    }
  }
  write(folder, of.stackName, template);
}

/** The templates as they are now, to be written again. */
export function keep({ folder, stackNames }: SynthesizedApp): () => void {
  const originals = stackNames.map((stackName) => [stackName, read(folder, stackName)] as const);
  return () => {
    for (const [stackName, template] of originals) write(folder, stackName, template);
  };
}

function fileOf(folder: string, stackName: string): string {
  return path.join(folder, `${stackName}.template.json`);
}

function read(folder: string, stackName: string): Template {
  return JSON.parse(readFileSync(fileOf(folder, stackName), 'utf8'));
}

function write(folder: string, stackName: string, template: Template): void {
  writeFileSync(fileOf(folder, stackName), JSON.stringify(template));
}

/** How decisions name a statement of a template: as text, to be compared with that of a reference. */
export function nameIn(stack: DeployedStack, { kind, logicalId, index, resource }: Statement): string {
  const ref = stack.physicalIds[logicalId] ?? '';
  const here = (name: string, place: number | string = index) => [kind, stack.accountId, name, place].join(' ');
  if (kind === 'identity') return here(String(resource.Properties?.PolicyName));
  if (kind === 'function')
    return here(resource.Type === permission ? '' : 'document', resource.Type === permission ? ref : index);
  return here(ref.split(/[:/]/).at(-1) ?? '');
}

export function nameOf({ kind, of, policyName, index, sid }: StatementReference): string {
  const account = of.split(':')[4] ?? '';
  const name = (text: string, place: number | string = index) => [kind, account, text, place].join(' ');
  if (kind === 'identity') return name(policyName ?? '');
  if (kind === 'function')
    return sid !== undefined && /^(Accounts|Organizations)$/.test(sid) ? name('document') : name('', sid ?? index);
  return name(of.split(/[:/]/).at(-1) ?? '');
}

/** `Role` without CloudFormation's hash, and the statement by its effect and first action. */
export function titleOf({ of, action, condition }: Removal): string {
  const { logicalId, index, actions, effect, kind } = of;
  const more = actions.length > 1 ? ' …' : '';
  const statement = `${logicalId.replace(/[0-9A-F]{8}$/, '')} statement ${index} (${kind}: ${effect === 'Deny' ? 'Deny ' : ''}${actions[0]}${more})`;
  if (action !== undefined) return `${action} of ${statement}`;
  return condition === undefined ? statement : `${condition.key} of ${statement}`;
}

/** What `{ Ref }`, `{ 'Fn::GetAtt': [id, 'Arn'] }`, texts joined of them and lists of one are, in a deployed stack. */
export function resolved(stack: DeployedStack, value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.length === 1) return resolved(stack, value[0]);
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::FindInMap': map, 'Fn::Join': join } = value as Json;
  if (Ref === 'AWS::Partition') return 'aws';
  if (typeof Ref === 'string') return stack.physicalIds[Ref] ?? '';
  if (Array.isArray(join)) return (join[1] as unknown[]).map((part) => resolved(stack, part)).join(String(join[0]));
  if (Array.isArray(attribute)) return stack.functionArn(String(attribute[0]));
  throw new Error(`not resolved here: ${JSON.stringify(value ?? map)}`);
}
