import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Construct } from 'constructs';
import { RotationCode, RotationFunction, type RotationFunctionProps } from '../../../infra/constructs/index.js';

/** A folder with a handler, as a build leaves it. */
export const ROTATOR = join(__dirname, '..', 'fixtures', 'rotator');

export function rotationFunction(
  scope: Construct,
  props: Partial<RotationFunctionProps> = {},
  id = 'Rotation',
): RotationFunction {
  return new RotationFunction(scope, id, { code: RotationCode.asset(ROTATOR), ...props });
}

export interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: { readonly [operator: string]: { readonly [key: string]: unknown } };
}

interface Resource {
  readonly Type: string;
  readonly DependsOn?: string[];
  readonly Properties: { readonly [name: string]: unknown };
}

const templates = new WeakMap<Stack, Template>();

/** Synthesised once: a stack may not change afterwards. */
export function template(stack: Stack): Template {
  const known = templates.get(stack) ?? Template.fromStack(stack);
  templates.set(stack, known);
  return known;
}

/** The resources of a type, by logical id. */
export function resources(stack: Stack, type: string): { readonly [id: string]: Resource } {
  return template(stack).findResources(type) as { readonly [id: string]: Resource };
}

/** The one resource of a type. */
export function theResource(stack: Stack, type: string): Resource {
  const [first, ...others] = Object.values(resources(stack, type));
  if (first === undefined || others.length > 0) throw new Error(`not one ${type}`);
  return first;
}

/** All statements of the inline policies of a stack. */
export function statements(stack: Stack): Statement[] {
  return Object.values(resources(stack, 'AWS::IAM::Policy')).flatMap(
    ({ Properties }) => (Properties.PolicyDocument as { readonly Statement: Statement[] }).Statement,
  );
}

/** The statements that name an action. */
export function statementsOn(stack: Stack, action: string): Statement[] {
  return statements(stack).filter(({ Action }) => [Action].flat().includes(action));
}
