import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct, type IDependable } from 'constructs';
import type { Use } from './rotation-code.js';
import { ScheduledRotation, type ScheduleOptions } from './scheduled-rotation.js';
import { SecretAccess } from './secret-access.js';

/** How a secret is rotated. */
export interface RotateOptions extends ScheduleOptions {
  /**
   * The secret of the superuser that makes and changes the users, for alternating users; or that sets or recovers passwords. (In the value of the rotated secret, `masterarn` is its ARN.)
   * @default - none: the user changes its own password
   */
  readonly superuser?: secretsmanager.ISecret;
  /**
   * The directory of AWS Directory Service that the user belongs to, `d-…`, for `RotationCode.managedDirectory`; of the secret's account and Region. Lets the function reset the password of **any** user of
   * it: IAM knows no narrower permission.
   * @default - none
   */
  readonly directoryId?: string;
  /**
   * The customer managed key of the secret, where the secret was imported without it.
   * @default - what the secret says; else the default key, which needs no permission
   */
  readonly encryptionKey?: kms.IKey;
  /**
   * The customer managed key of the superuser's secret, where that was imported without it.
   * @default - what the superuser's secret says; else the default key
   */
  readonly superuserKey?: kms.IKey;
}

/** What a rotation is made of. */
export interface RotationProps extends RotateOptions {
  /** The secret: as made here, attached to a database, or imported. */
  readonly secret: secretsmanager.ISecret;
  /** What rotates it. */
  readonly rotationFunction: RotationFunctionBase;
}

/** That a secret is rotated: `rotationFunction.rotate(secret, …)` makes one beside the secret; made by hand, it lies where you say. */
export class Rotation extends ScheduledRotation {
  public constructor(scope: Construct, id: string, props: RotationProps) {
    super(scope, id, props);
    const { secret, rotationFunction, superuser, directoryId } = props;
    checkEnvironment(secret, rotationFunction);
    checkUse(
      'superuser',
      'the secret of the user that makes or changes others',
      rotationFunction._superuser,
      superuser,
    );
    checkUse('directoryId', 'the directory that the user belongs to', rotationFunction._directory, directoryId);

    const access = rotationFunction._accessIn(Stack.of(this));
    access.rotate(secret, props.encryptionKey ?? secret.encryptionKey);
    if (superuser) access.read(superuser, props.superuserKey ?? superuser.encryptionKey);
    if (directoryId !== undefined) access.administer(directoryId);
    rotationFunction._checkPolicySize();

    const resource = this._render(rotationFunction.lambdaFunction.functionArn, props, superuser);
    // Secrets Manager invokes the function as soon as there is a schedule, so everything that the function needs has to be there before.
    resource.node.addDependency(access, ...rotationFunction._prerequisites(Stack.of(this)));
  }
}

/** All inline policies of a role together hold this many characters. */
const INLINE_POLICIES = 10_240;

/** A rotation function, made here or imported. */
export abstract class RotationFunctionBase extends Construct implements iam.IGrantable {
  /** The function itself. */
  public abstract readonly lambdaFunction: lambda.IFunction;
  /** Its execution role. */
  public abstract readonly role: iam.IRole;
  /** Its role, as a grantee. */
  public abstract readonly grantPrincipal: iam.IPrincipal;

  readonly #accesses = new Map<Stack, SecretAccess>();

  /**
   * Has a secret of the function's own account and Region rotated: the schedule, the permission to be invoked, and what the role needs on the secret, its key and the
   * superuser's secret. All of it lies beside the secret; in another stack than the function's too.
   * @throws Error naming the option that Secrets Manager would refuse
   */
  public rotate(secret: secretsmanager.ISecret, options: RotateOptions): Rotation {
    const beside = this._leansOn(Stack.of(secret)) ? this : secret;
    const id = beside === this ? `Rotation${secret.node.addr}` : 'Rotation';
    return new Rotation(beside, id, { ...options, secret, rotationFunction: this });
  }

  /**
   * Of the superuser's secret, by the code.
   * @internal
   */
  public abstract get _superuser(): Use;

  /**
   * Of the API of a directory, by the code.
   * @internal
   */
  public abstract get _directory(): Use;

  /**
   * Whether some rotation goes by the API of a directory.
   * @internal
   */
  public get _administersDirectory(): boolean {
    return [...this.#accesses.values()].some((access) => access.administersDirectory);
  }

  /**
   * Whether the role reaches only secrets that are configured to be rotated by this function.
   * @internal
   */
  public abstract get _confined(): boolean;

  /**
   * Whether the function needs something of the stack, so that nothing there may need the function.
   * @internal
   */
  public abstract _leansOn(stack: Stack): boolean;

  /**
   * What a rotation in a stack needs to be there before its schedule: Secrets Manager invokes the function as soon as there is one, so the permission for the function's
   * own account is among it, and is made here if there is none yet.
   * @internal
   */
  public abstract _prerequisites(stack: Stack): IDependable[];

  /**
   * The policy that lets the role reach secrets, in the stack of a rotation.
   * @internal
   */
  public _accessIn(stack: Stack): SecretAccess {
    let access = this.#accesses.get(stack);
    if (access === undefined) {
      const own = Stack.of(this) === stack;
      const functionArn = this._confined ? this.lambdaFunction.functionArn : undefined;
      access = new SecretAccess(
        own ? this : stack,
        own ? 'Secrets' : `SecretsOf${this.node.addr}`,
        this.role,
        functionArn,
      );
      this.#accesses.set(stack, access);
    }
    return access;
  }

  /** @internal */
  public _checkPolicySize(): void {
    const characters = [...this.#accesses.values()].reduce((sum, access) => sum + access.estimatedLength, 0);
    if (characters <= INLINE_POLICIES) return;
    Annotations.of(this).addWarningV2(
      'keyturn:manySecrets',
      `The policies that let this function reach its secrets take about ${characters} characters, and IAM gives a role ${INLINE_POLICIES}. Share the secrets out among several rotation functions.`,
    );
  }
}

/** What the code cannot do without is given, and what it never uses is not: a function reaches nothing that it does not need. */
function checkUse(option: string, what: string, use: Use, given: unknown): void {
  if (use === 'needed' && given === undefined)
    throw new Error(`\`${option}\` is needed by this function's code: ${what}.`);
  if (use === 'none' && given !== undefined) {
    throw new Error(`\`${option}\` is of no use to this function's code, so the function is not given access to it.`);
  }
}

/** Another account's function needs another way, and Secrets Manager knows no function of another Region. */
function checkEnvironment(secret: secretsmanager.ISecret, { lambdaFunction }: RotationFunctionBase): void {
  const differs = (one: string, other: string) =>
    !Token.isUnresolved(one) && !Token.isUnresolved(other) && one !== other;
  if (differs(secret.env.account, lambdaFunction.env.account)) {
    throw new Error(
      `\`secret\` is in account ${secret.env.account} and the function in ${lambdaFunction.env.account}. In the secret's account, use \`RemoteRotationFunction\`; here, \`allowAccounts\` and \`assume\`.`,
    );
  }
  if (differs(secret.env.region, lambdaFunction.env.region)) {
    throw new Error(
      `\`secret\` is in ${secret.env.region} and the function in ${lambdaFunction.env.region}: Secrets Manager knows only functions of the secret's own Region.`,
    );
  }
}
