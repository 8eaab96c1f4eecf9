import { parseRoleArn } from '../arns.js';
import type { RoleDefinition } from '../emulator.js';
import type { Randomness } from '../random.js';
import type { PlacedPolicy } from './evaluate.js';
import { assertPolicy } from './policy-check.js';

export interface Role extends Omit<RoleDefinition, 'policies'> {
  readonly accountId: string;
  readonly name: string;
  /** `AROA` and 17 more: the first half of a session's user id. */
  readonly id: string;
  readonly identityPolicies: readonly PlacedPolicy[];
}

/** The roles of every account, by ARN. */
export class RoleTable {
  readonly #roles = new Map<string, Role>();
  readonly #random: Randomness;

  constructor(random: Randomness) {
    this.#random = random;
  }

  /** @throws TypeError for what IAM would refuse */
  put(definition: RoleDefinition): Role {
    const arn = parseRoleArn(definition.roleArn);
    if (arn === undefined) throw new TypeError(`not the ARN of a role: ${definition.roleArn}`);
    assertPolicy(definition.trustPolicy, 'trust', `trust policy of ${definition.roleArn}`);
    const { policies = [], ...rest } = definition;
    const identityPolicies = policies.map((policy): PlacedPolicy => {
      const named = 'policyName' in policy ? policy : { policyDocument: policy };
      assertPolicy(named.policyDocument, 'identity', `policy of ${definition.roleArn}`);
      return {
        kind: 'identity',
        of: definition.roleArn,
        document: named.policyDocument,
        ...('policyName' in named && { policyName: named.policyName }),
      };
    });
    const boundary = definition.permissionsBoundary;
    if (boundary !== undefined) assertPolicy(boundary, 'identity', `permissions boundary of ${definition.roleArn}`);
    const id = this.get(definition.roleArn)?.id ?? `AROA${this.#random.characters(keyAlphabet, 17)}`;
    const role: Role = { ...rest, ...arn, id, identityPolicies };
    this.#roles.set(definition.roleArn, role);
    return role;
  }

  get(roleArn: string): Role | undefined {
    return this.#roles.get(roleArn);
  }

  delete(roleArn: string): boolean {
    return this.#roles.delete(roleArn);
  }
}

/** The characters of AWS's ids and access keys: base 32. */
export const keyAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
