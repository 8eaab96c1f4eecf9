/** The intrinsic functions of CloudFormation. What they refer to is the scope's business. */
import { cidrBlocks } from './cidr.js';
import { TemplateFault } from './deploy-error.js';
import { isList, isObject, type Json, type JsonObject } from './template.js';

export interface Scope {
  readonly region: string;
  /** `Ref` of a parameter, a pseudo parameter or a resource. `absent` for AWS::NoValue. */
  reference(name: string): Json | typeof absent;
  /** `Fn::GetAtt` */
  attribute(logicalId: string, attribute: string): Json;
  condition(name: string): boolean;
  mapping(map: string, topKey: string, secondKey: string): Json | undefined;
  /** `Fn::ImportValue` */
  importValue(name: string): Json;
  /** `Fn::GetStackOutput` */
  stackOutput(output: {
    readonly stackName: string;
    readonly outputName: string;
    readonly region?: string;
    readonly roleArn?: string;
  }): Json;
}

/** What `AWS::NoValue` leaves of a property: nothing. */
export const absent: unique symbol = Symbol('AWS::NoValue');

/** @returns the value with its functions carried out. @throws TemplateFault for what CloudFormation would refuse */
export function resolve(value: Json, scope: Scope): Json | typeof absent {
  if (isList(value)) return value.map((item) => resolve(item, scope)).filter((item) => item !== absent);
  if (!isObject(value)) return value;
  const [name, argument] = onlyEntry(value) ?? [];
  if (name === 'Ref' && typeof argument === 'string') return scope.reference(argument);
  if (name?.startsWith('Fn::') && argument !== undefined) return carryOut(name, argument, scope);
  const members = Object.entries(value).map(([key, member]) => [key, resolve(member, scope)] as const);
  return Object.fromEntries(members.filter((entry): entry is readonly [string, Json] => entry[1] !== absent));
}

/** A condition of the template, or one of the functions that make conditions. */
export function evaluateCondition(value: Json, scope: Scope): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  const [name, argument] = (isObject(value) ? onlyEntry(value) : undefined) ?? [];
  const parts = isList(argument) ? argument : [];
  switch (name) {
    case 'Condition':
      return scope.condition(String(argument));
    case 'Fn::Equals':
      return text(part(parts, 0, name), scope, name) === text(part(parts, 1, name), scope, name);
    case 'Fn::Not':
      return !evaluateCondition(part(parts, 0, name), scope);
    case 'Fn::And':
      return parts.every((each) => evaluateCondition(each, scope));
    case 'Fn::Or':
      return parts.some((each) => evaluateCondition(each, scope));
    default:
      throw new TemplateFault(`not a condition: ${name ?? typeof value}`);
  }
}

function carryOut(name: string, argument: Json, scope: Scope): Json | typeof absent {
  const parts = isList(argument) ? argument : [];
  switch (name) {
    case 'Fn::GetAtt': {
      const [logicalId = '', ...names] = typeof argument === 'string' ? argument.split(/\.(.*)/s, 2) : parts;
      return scope.attribute(text(logicalId, scope, name), names.map((each) => text(each, scope, name)).join('.'));
    }
    case 'Fn::Join': {
      const separator = text(part(parts, 0, name), scope, name);
      return list(part(parts, 1, name), scope, name)
        .map((item) => text(item, scope, name))
        .join(separator);
    }
    case 'Fn::Sub':
      return typeof argument === 'string'
        ? substitute(argument, {}, scope)
        : substitute(String(part(parts, 0, name)), isObject(parts[1]) ? parts[1] : {}, scope);
    case 'Fn::Select': {
      const index = Number(text(part(parts, 0, name), scope, name));
      const items = list(part(parts, 1, name), scope, name);
      const item = items[index];
      if (item === undefined) throw new TemplateFault(`Fn::Select: there is no item ${index} among ${items.length}`);
      return item;
    }
    case 'Fn::Split':
      return text(part(parts, 1, name), scope, name).split(text(part(parts, 0, name), scope, name));
    case 'Fn::If':
      return resolve(part(parts, scope.condition(String(parts[0])) ? 1 : 2, name), scope);
    case 'Fn::FindInMap':
      return findInMap(parts, scope);
    case 'Fn::ImportValue':
      return scope.importValue(text(argument, scope, name));
    case 'Fn::GetStackOutput':
      return stackOutput(argument, scope);
    case 'Fn::Base64':
      return Buffer.from(text(argument, scope, name)).toString('base64');
    case 'Fn::GetAZs': {
      const region = text(argument, scope, name) || scope.region;
      return ['a', 'b', 'c'].map((zone) => `${region}${zone}`);
    }
    case 'Fn::Cidr': {
      const numberAt = (index: number, otherwise: number) =>
        parts[index] === undefined ? otherwise : Number(text(parts[index], scope, name));
      return cidrBlocks(text(part(parts, 0, name), scope, name), numberAt(1, Number.NaN), numberAt(2, 8));
    }
    case 'Fn::Length':
      return list(argument, scope, name).length;
    case 'Fn::ToJsonString':
      return JSON.stringify(resolved(argument, scope, name));
    case 'Fn::Equals':
    case 'Fn::Not':
    case 'Fn::And':
    case 'Fn::Or':
      return evaluateCondition({ [name]: argument }, scope);
    default:
      throw new TemplateFault(`${name} is not understood`);
  }
}

function substitute(template: string, variables: JsonObject, scope: Scope): string {
  return template.replace(/\$\{(!?)([^}]*)\}/g, (_, literal: string, written: string) => {
    if (literal) return `\${${written}}`;
    const name = written.trim();
    const variable = variables[name];
    if (variable !== undefined) return text(variable, scope, 'Fn::Sub');
    const [logicalId = '', attribute] = name.split(/\.(.*)/s, 2);
    return text(attribute === undefined ? { Ref: name } : { 'Fn::GetAtt': [logicalId, attribute] }, scope, 'Fn::Sub');
  });
}

function findInMap(parts: readonly Json[], scope: Scope): Json | typeof absent {
  const [map = '', top = '', second = ''] = [0, 1, 2].map((index) =>
    text(part(parts, index, 'Fn::FindInMap'), scope, 'Fn::FindInMap'),
  );
  const found = scope.mapping(map, top, second);
  if (found !== undefined) return found;
  const otherwise = isObject(parts[3]) ? parts[3].DefaultValue : undefined;
  if (otherwise === undefined) throw new TemplateFault(`Fn::FindInMap: the mapping ${map} has no ${top}, ${second}`);
  return resolve(otherwise, scope);
}

function stackOutput(argument: Json, scope: Scope): Json {
  const { StackName = '', OutputName = '', Region, RoleArn } = isObject(argument) ? argument : {};
  const resolveText = (value: Json) => text(value, scope, 'Fn::GetStackOutput');
  return scope.stackOutput({
    stackName: resolveText(StackName),
    outputName: resolveText(OutputName),
    ...(Region !== undefined && { region: resolveText(Region) }),
    ...(RoleArn !== undefined && { roleArn: resolveText(RoleArn) }),
  });
}

function onlyEntry(value: JsonObject): readonly [string, Json] | undefined {
  const entries = Object.entries(value);
  return entries.length === 1 ? entries[0] : undefined;
}

function part(parts: readonly Json[], index: number, name: string): Json {
  const found = parts[index];
  if (found === undefined) throw new TemplateFault(`${name} lacks its argument ${index + 1}`);
  return found;
}

function resolved(value: Json, scope: Scope, name: string): Json {
  const answer = resolve(value, scope);
  if (answer === absent) throw new TemplateFault(`${name} of AWS::NoValue`);
  return answer;
}

function text(value: Json, scope: Scope, name: string): string {
  const answer = resolved(value, scope, name);
  if (typeof answer === 'string') return answer;
  if (typeof answer === 'number' || typeof answer === 'boolean') return String(answer);
  throw new TemplateFault(`${name} of something that is not a text`);
}

function list(value: Json, scope: Scope, name: string): readonly Json[] {
  const answer = resolved(value, scope, name);
  if (!isList(answer)) throw new TemplateFault(`${name} of something that is not a list`);
  return answer;
}
