import { CfnResource, Reference, Token, Tokenization } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The resource of this app that a string is a reference to; within a stack or across stacks. */
export function referenced(value: string): IConstruct | undefined {
  if (!Token.isUnresolved(value)) return undefined;
  const { tokens } = Tokenization.reverseString(value);
  const target = tokens.find(Reference.isReference)?.target;
  return CfnResource.isCfnResource(target) ? target : undefined;
}

/** Whether two strings are the same, or references to the same. */
export function sameValue(one: string, other: string): boolean {
  const target = referenced(one);
  return target === undefined ? one === other : target === referenced(other);
}
