import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct, type IDependable } from 'constructs';
import { checkFunctionArn, checkRoleArn } from './identifiers.js';
import { ScheduledRotation, type ScheduleOptions } from './scheduled-rotation.js';
import { customerKey, keyConditions, ROTATION_ACTIONS } from './secret-access.js';
import type { SecretAccountRole } from './secret-account-role.js';

/** How a function of another account reaches the secrets of this one. */
export class RemoteAccess {
  /**
   * It assumes a role of this account. Works with the default key too.
   * @param role If it is made in the same app: schedules then wait for it, since Secrets Manager invokes the function as soon as there is one. The role has to name the secrets.
   */
  public static assumedRole(role?: SecretAccountRole): RemoteAccess {
    return new RemoteAccess(false, role);
  }

  /**
   * By its own role: the secret's resource policy and its key's policy admit it. Needs a customer managed key, since AWS lets no other account use the default key. In the function's account:
   * `rotationFunction.accessDirectly(…)`.
   */
  public static direct(): RemoteAccess {
    return new RemoteAccess(true, undefined);
  }

  /** @internal */
  public readonly _direct: boolean;

  /** @internal */
  public readonly _role: SecretAccountRole | undefined;

  private constructor(direct: boolean, role: SecretAccountRole | undefined) {
    this._direct = direct;
    this._role = role;
  }
}

/** A rotation function of another account. */
export interface RemoteRotationFunctionAttributes {
  /** The function, without version or alias. */
  readonly functionArn: string;
  /** Its execution role. */
  readonly roleArn: string;
  /**
   * How it reaches the secrets.
   * @default RemoteAccess.assumedRole()
   */
  readonly access?: RemoteAccess;
}

/** How a secret is rotated by a function of another account. */
export interface RemoteRotateOptions extends ScheduleOptions {
  /**
   * The superuser's secret: with direct access it admits the function too.
   * @default - none
   */
  readonly superuser?: secretsmanager.ISecret;
}

/** What a rotation by a function of another account is made of. */
export interface RemoteRotationProps extends RemoteRotateOptions {
  /** The secret. */
  readonly secret: secretsmanager.ISecret;
  /** What rotates it. */
  readonly rotationFunction: RemoteRotationFunction;
}

/** That a secret is rotated by a function of another account. */
export class RemoteRotation extends ScheduledRotation {
  public constructor(scope: Construct, id: string, props: RemoteRotationProps) {
    super(scope, id, props);
    const { secret, superuser, rotationFunction } = props;
    const resource = this._render(rotationFunction.functionArn, props, superuser);
    const { _direct: direct, _role: role } = rotationFunction._access;
    if (role) resource.node.addDependency(role);
    if (!direct) return;
    const { roleArn } = rotationFunction;
    resource.node.addDependency(
      ...admit(this, roleArn, 'secret', secret, ROTATION_ACTIONS, ['kms:Decrypt', 'kms:GenerateDataKey']),
      ...(superuser
        ? admit(this, roleArn, 'superuser', superuser, ['secretsmanager:GetSecretValue'], ['kms:Decrypt'])
        : []),
    );
  }
}

/**
 * A rotation function of another account, for secrets of this one. Whoever deploys this needs `lambda:InvokeFunction` on the function besides
 * `secretsmanager:RotateSecret`, and the function must allow this account before: `rotationFunction.allowAccounts(…)`.
 */
export class RemoteRotationFunction extends Construct {
  /** The function, by its ARN and that of its role. */
  public static fromAttributes(
    scope: Construct,
    id: string,
    attributes: RemoteRotationFunctionAttributes,
  ): RemoteRotationFunction {
    return new RemoteRotationFunction(scope, id, attributes);
  }

  /** The function. */
  public readonly functionArn: string;
  /** Its execution role. */
  public readonly roleArn: string;

  /** @internal */
  public readonly _access: RemoteAccess;

  private constructor(scope: Construct, id: string, attributes: RemoteRotationFunctionAttributes) {
    super(scope, id);
    checkFunctionArn('functionArn', attributes.functionArn, false);
    checkRoleArn('roleArn', attributes.roleArn, false);
    this.functionArn = attributes.functionArn;
    this.roleArn = attributes.roleArn;
    this._access = attributes.access ?? RemoteAccess.assumedRole();
  }

  /**
   * Has a secret of this account rotated. With the default access, give the secret to a `SecretAccountRole` as well.
   * @throws Error with direct access, when the secret has the default key, or is imported so that its policies are out of reach
   */
  public rotate(secret: secretsmanager.ISecret, options: RemoteRotateOptions): RemoteRotation {
    return new RemoteRotation(secret, 'Rotation', { ...options, secret, rotationFunction: this });
  }
}

/** Lets a foreign role in, twice: by the secret's policy and by its key's. */
function admit(
  scope: Construct,
  roleArn: string,
  prop: string,
  secret: secretsmanager.ISecret,
  actions: string[],
  keyActions: string[],
): IDependable[] {
  const key = secret.encryptionKey;
  if (key === undefined || customerKey(scope, key) === undefined) {
    throw new Error(
      `\`${prop}\` has no customer managed key here, and AWS lets no other account use the default key. Give it an \`encryptionKey\`, or use \`RemoteAccess.assumedRole()\`.`,
    );
  }
  const principals = [new iam.ArnPrincipal(roleArn)];
  // In a secret's resource policy, * is the secret itself.
  const ofSecret = secret.addToResourcePolicy(new iam.PolicyStatement({ actions, principals, resources: ['*'] }));
  // In a key's policy, * is the key itself. It cannot name the secret, as the secret names the key: the account's secrets, then.
  const { partition, region, account } = Stack.of(scope);
  const ofKey = key.addToResourcePolicy(
    new iam.PolicyStatement({
      actions: keyActions,
      principals,
      resources: ['*'],
      conditions: keyConditions(scope, [`arn:${partition}:secretsmanager:${region}:${account}:secret:*`], true),
    }),
    true,
  );
  if (!ofSecret.statementAdded || !ofKey.statementAdded) {
    throw new Error(
      `\`${prop}\` or its key is imported, so its policy is out of reach: add the statements where it is made, or use \`RemoteAccess.assumedRole()\`.`,
    );
  }
  // The key's policy is part of the key.
  return [key, ...(ofSecret.policyDependable ? [ofSecret.policyDependable] : [])];
}
