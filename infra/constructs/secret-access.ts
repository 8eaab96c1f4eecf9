import { ArnFormat, type IResolvable, Lazy, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { directoryArn, directoryStatements } from './directory-access.js';

/** What a rotation calls on its secret, no more. Versions are listed where AWSPENDING was lost half way: see docs/how-rotation-works.md. */
export const ROTATION_ACTIONS = [
  'secretsmanager:DescribeSecret',
  'secretsmanager:GetSecretValue',
  'secretsmanager:ListSecretVersionIds',
  'secretsmanager:PutSecretValue',
  'secretsmanager:UpdateSecretVersionStage',
];

/**
 * The secret's ARN for a policy. Where only the ARN without its six random characters is known, six `?` stand for them: a `*` would let `app-db` reach `app-db-admin`.
 */
export function arnForPolicy(secret: secretsmanager.ISecret): string {
  return secret.secretFullArn ?? withSuffix(secretArn(secret));
}

export function withSuffix(partialArn: string): string {
  return `${partialArn}-??????`;
}

/** An imported secret may know nothing but its name. */
export function secretArn(secret: secretsmanager.ISecret): string {
  if (Token.isUnresolved(secret.secretArn) || secret.secretArn.startsWith('arn:')) return secret.secretArn;
  return Stack.of(secret).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: secret.secretName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

/** Whether an ARN for a policy holds wildcards; a token never does by itself. */
function isPattern(arn: string): boolean {
  return /[*?]/.test(arn);
}

/** How a key is named in a policy. */
export interface KeyReference {
  readonly arn: string;
  /** For a key that is known by its alias alone: an alias is not a resource of a policy. */
  readonly aliasName?: string;
}

/** The customer key that a policy has to name; none for the default key, which needs no permission. */
export function customerKey(scope: Construct, key: kms.IKey | undefined): KeyReference | undefined {
  if (key === undefined) return undefined;
  // The alias of a key of this app: what is meant is the key.
  if (key instanceof kms.Alias) return { arn: key.aliasTargetKey.keyArn };
  if (!isAlias(key)) return { arn: key.keyArn };
  if (key.aliasName === 'alias/aws/secretsmanager') return undefined;
  return {
    arn: Stack.of(scope).formatArn({ service: 'kms', resource: 'key', resourceName: '*' }),
    aliasName: key.aliasName,
  };
}

function isAlias(key: kms.IKey): key is kms.IAlias {
  return 'aliasName' in key && typeof key.aliasName === 'string';
}

/** Which uses of a key are use by Secrets Manager for these secrets. */
export function keyConditions(
  scope: Construct,
  secretArns: readonly string[] | IResolvable,
  pattern: boolean,
  aliasName?: string,
): { [operator: string]: { [key: string]: unknown } } {
  const stack = Stack.of(scope);
  const viaService = { 'kms:ViaService': `secretsmanager.${stack.region}.${stack.urlSuffix}` };
  const context = { 'kms:EncryptionContext:SecretARN': secretArns };
  return {
    StringEquals: pattern ? viaService : { ...viaService, ...context },
    ...(pattern && { StringLike: context }),
    ...(aliasName !== undefined && { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': aliasName } }),
  };
}

/** Of a statement without its ARNs, and of an ARN with its quotes and comma, in characters. */
const STATEMENT = 300;
const USUAL_ARN = 100;

interface KeyUse {
  readonly key: KeyReference;
  readonly actions: string[];
  readonly secretArns: string[];
}

/**
 * The policy with which one role reaches secrets of one stack. It is a resource of its own that nothing but rotations depends on. So it may name the function, which depends
 * on the role but not on this, and it lies in the stack of the secrets, so that the function's stack need not know them.
 */
export class SecretAccess extends Construct {
  readonly policy: iam.Policy;
  readonly #rotated: string[] = [];
  readonly #read: string[] = [];
  readonly #directories: string[] = [];
  readonly #keyUses = new Map<string, KeyUse>();

  /** @param functionArn If given, only secrets whose configured rotation function it is. */
  constructor(scope: Construct, id: string, role: iam.IRole, functionArn: string | undefined) {
    super(scope, id);
    this.policy = new iam.Policy(this, 'Policy');
    // By way of the role, since a role may have been imported not to be changed.
    role.attachInlinePolicy(this.policy);
    this.node.defaultChild = this.policy;
    this.policy.addStatements(
      new iam.PolicyStatement({
        actions: ROTATION_ACTIONS,
        resources: Lazy.list({ produce: () => this.#rotated }),
        ...(functionArn !== undefined && {
          conditions: { ArnEquals: { 'secretsmanager:resource/AllowRotationLambdaArn': functionArn } },
        }),
      }),
    );
  }

  /** In characters, where ARNs are not known yet as long as they usually are. */
  get estimatedLength(): number {
    const uses = [...this.#keyUses.values()];
    const arns = [
      ...this.#rotated,
      ...this.#read,
      ...this.#directories,
      ...uses.flatMap(({ secretArns }) => secretArns),
    ];
    const ofArns = arns.reduce((sum, arn) => sum + (Token.isUnresolved(arn) ? USUAL_ARN : arn.length + 3), 0);
    return ofArns + STATEMENT * (2 + uses.length + (this.administersDirectory ? 2 : 0));
  }

  /** A secret that is rotated. */
  rotate(secret: secretsmanager.ISecret, key: kms.IKey | undefined): void {
    const arn = arnForPolicy(secret);
    this.#rotated.push(arn);
    this.#useKey(arn, key, ['kms:Decrypt', 'kms:GenerateDataKey']);
  }

  /** A secret that is only read: the superuser's. */
  read(secret: secretsmanager.ISecret, key: kms.IKey | undefined): void {
    const arn = arnForPolicy(secret);
    if (this.#read.includes(arn)) return;
    if (this.#read.length === 0) {
      this.policy.addStatements(
        new iam.PolicyStatement({
          actions: ['secretsmanager:GetSecretValue'],
          resources: Lazy.list({ produce: () => this.#read }),
        }),
      );
    }
    this.#read.push(arn);
    this.#useKey(arn, key, ['kms:Decrypt']);
  }

  get administersDirectory(): boolean {
    return this.#directories.length > 0;
  }

  /** A directory whose users' passwords are reset. */
  administer(directoryId: string): void {
    const arn = directoryArn(this, 'directoryId', directoryId);
    if (this.#directories.includes(arn)) return;
    if (!this.administersDirectory) {
      this.policy.addStatements(...directoryStatements(Lazy.list({ produce: () => this.#directories })));
    }
    this.#directories.push(arn);
  }

  #useKey(secretArn: string, key: kms.IKey | undefined, actions: string[]): void {
    const reference = customerKey(this, key);
    if (reference === undefined) return;
    const pattern = isPattern(secretArn);
    const id = JSON.stringify([reference, actions, pattern]);
    const known = this.#keyUses.get(id);
    if (known !== undefined) {
      known.secretArns.push(secretArn);
      return;
    }
    const use: KeyUse = { key: reference, actions, secretArns: [secretArn] };
    this.#keyUses.set(id, use);
    this.policy.addStatements(
      new iam.PolicyStatement({
        actions,
        resources: [reference.arn],
        conditions: keyConditions(this, Lazy.any({ produce: () => use.secretArns }), pattern, reference.aliasName),
      }),
    );
  }
}
