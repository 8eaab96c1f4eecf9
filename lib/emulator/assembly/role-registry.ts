import type { NamedPolicy, PolicyDocument, PolicyStatement } from '../access/policy.js';
import type { RoleTable } from '../access/roles.js';
import { parseRoleArn } from '../arns.js';
import { awsManagedPolicy } from './aws-managed-policies.js';
import { DeployError, type Place } from './deploy-error.js';

/** What the role's own resource says. */
export interface RoleResource {
  readonly roleArn: string;
  readonly trustPolicy: PolicyDocument;
  readonly policies: readonly NamedPolicy[];
  readonly managedPolicyArns: readonly string[];
  readonly permissionsBoundaryArn: string | undefined;
  readonly maxSessionSeconds: number | undefined;
  readonly place: Place;
}

/** What another resource adds to a role. */
export type Attachment = NamedPolicy | { readonly managedPolicyArn: string };

interface Role {
  resource: RoleResource;
  /** By the resource that made them. */
  readonly attachments: Map<string, Attachment>;
  /** As the emulator was told last. */
  told: string;
  /** Set while a managed policy is unknown and no rotation is known to need it. */
  gap?: DeployError;
}

/** Roles are made of several resources, of several stacks maybe: here they come together. */
export class RoleRegistry {
  readonly #roles = new Map<string, Role>();
  readonly #managed = new Map<string, PolicyDocument>();
  readonly #table: RoleTable;
  #supplied: Readonly<Record<string, PolicyDocument>> = {};

  constructor(table: RoleTable) {
    this.#table = table;
  }

  /** What `DeployOptions.managedPolicies` has for this deploy. */
  supply(documents: Readonly<Record<string, PolicyDocument>>): void {
    this.#supplied = documents;
  }

  /** @param formerArn of the role that it takes the place of: what other resources gave that one is the new one's, too */
  put(resource: RoleResource, formerArn?: string): void {
    const role = this.#roles.get(resource.roleArn);
    const attachments = new Map(this.#roles.get(formerArn ?? '')?.attachments);
    if (role === undefined) this.#roles.set(resource.roleArn, { resource, attachments, told: '' });
    else role.resource = resource;
    this.#tell(resource.roleArn, resource.place);
  }

  delete(roleArn: string): void {
    this.#roles.delete(roleArn);
    this.#table.delete(roleArn);
  }

  /** Adds to the roles of these names what a resource has for them, and takes it from all others. */
  attach(key: string, accountId: string, roleNames: readonly string[], attachment: Attachment, place: Place): void {
    const arns = roleNames.map((name) => this.#arnOf(accountId, name, place));
    for (const [arn, role] of this.#roles) {
      if (arns.includes(arn)) role.attachments.set(key, attachment);
      else if (!role.attachments.delete(key)) continue;
      this.#tell(arn, place);
    }
  }

  detach(key: string): void {
    for (const [arn, role] of this.#roles) if (role.attachments.delete(key)) this.#tell(arn, role.resource.place);
  }

  putManagedPolicy(arn: string, document: PolicyDocument, place: Place): void {
    this.#managed.set(arn, document);
    for (const roleArn of this.#roles.keys()) this.#tell(roleArn, place);
  }

  deleteManagedPolicy(arn: string): void {
    this.#managed.delete(arn);
  }

  /** Why what the role may do is not known in full, if it is not. */
  gapOf(roleArn: string): DeployError | undefined {
    return this.#roles.get(roleArn)?.gap;
  }

  #arnOf(accountId: string, name: string, place: Place): string {
    const arn = [...this.#roles.keys()].find((each) => {
      const role = parseRoleArn(each);
      return role?.accountId === accountId && role.name === name;
    });
    if (arn === undefined) {
      throw new DeployError(
        `account ${accountId} has no role ${name} that a stack has made: deploy its stack, too`,
        place,
      );
    }
    return arn;
  }

  #tell(roleArn: string, place: Place): void {
    const role = this.#roles.get(roleArn);
    if (role === undefined) return;
    const { resource, attachments } = role;
    delete role.gap;
    const managed = [...resource.managedPolicyArns];
    const named: NamedPolicy[] = [...resource.policies];
    for (const attachment of attachments.values()) {
      if ('managedPolicyArn' in attachment) managed.push(attachment.managedPolicyArn);
      else named.push(attachment);
    }
    const found = [...new Set(managed)].flatMap((arn): NamedPolicy[] => {
      const policyDocument = this.#document(arn, role);
      return policyDocument === undefined ? [] : [{ policyName: arn, policyDocument }];
    });
    const { permissionsBoundaryArn, maxSessionSeconds } = resource;
    const permissionsBoundary = permissionsBoundaryArn && this.#document(permissionsBoundaryArn, role);
    const definition = {
      roleArn,
      trustPolicy: resource.trustPolicy,
      policies: [...named, ...found],
      ...(permissionsBoundary && { permissionsBoundary }),
      ...(maxSessionSeconds !== undefined && { maxSessionSeconds }),
    };
    const told = JSON.stringify(definition);
    if (told === role.told) return;
    try {
      this.#table.put(definition);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
      throw new DeployError(error.message, place, { cause: error });
    }
    role.told = told;
  }

  #document(arn: string, role: Role): PolicyDocument | undefined {
    const document = this.#managed.get(arn) ?? this.#supplied[arn] ?? awsManagedPolicy(arn);
    if (document !== undefined) return document;
    const gap = new DeployError(
      `the managed policy ${arn} is not known here: give its document in \`managedPolicies\``,
      { ...role.resource.place, property: 'ManagedPolicyArns' },
    );
    // A role that only services take is left with a gap, until a rotation turns out to run as it.
    if (trustsPrincipals(role.resource.trustPolicy)) throw gap;
    role.gap = gap;
    return undefined;
  }
}

function trustsPrincipals({ Statement }: PolicyDocument): boolean {
  const statements: readonly PolicyStatement[] = Array.isArray(Statement) ? Statement : [Statement as PolicyStatement];
  return statements.some(
    ({ Principal }) => Principal === '*' || Object.keys(Principal ?? {}).some((kind) => kind !== 'Service'),
  );
}
