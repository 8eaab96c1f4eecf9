import type { PolicyDocument } from '../access/policy.js';

/**
 * A policy as the service prints it, whatever its author's layout: Jackson's, with ` : ` between name and value, objects
 * indented by two spaces and lists on one line [recorded-authority H6].
 */
export function printPolicy(policy: PolicyDocument): string {
  return print(policy, '\n');
}

function print(value: unknown, line: string): string {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return items.length === 0 ? '[ ]' : `[ ${items.map((item) => print(item, line)).join(', ')} ]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${line}  `;
  const members = Object.entries(value).map(
    ([name, member]) => `${inner}${JSON.stringify(name)} : ${print(member, inner)}`,
  );
  return members.length === 0 ? '{ }' : `{${members.join(',')}${line}}`;
}
