import { type Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { checkFunctionArn, checkRoleArn } from './identifiers.js';
import { dependOnAttachments, rotationRules } from './rotation.js';
import type { RotationScheduleExpression } from './rotation-schedule-expression.js';
import type { RotationSpread } from './rotation-spread.js';
import { customerKey, keyConditions, ROTATION_ACTIONS, secretArn } from './secret-access.js';

/** How a function of another account reaches the secrets of this one. */
export class RemoteAccess {
  /** It assumes a role of this account: see `SecretAccountRole`. Works with the default key too. */
  public static assumedRole(): RemoteAccess {
    return new RemoteAccess(false);
  }

  /**
   * By its own role: the secret's resource policy and its key's policy admit it. Needs a customer managed key, since AWS lets no other account use the default key. In the function's account:
   * `rotationFunction.accessDirectly(…)`.
   */
  public static direct(): RemoteAccess {
    return new RemoteAccess(true);
  }

  /** @internal */
  public readonly _direct: boolean;

  private constructor(direct: boolean) {
    this._direct = direct;
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
export interface RemoteRotateOptions {
  /**
   * When.
   * @default RotationScheduleExpression.rate(Duration.days(30))
   */
  readonly schedule?: RotationScheduleExpression;
  /**
   * How long a window stays open, in whole hours.
   * @default - until the end of the UTC day; an hour where there are several windows a day
   */
  readonly window?: Duration;
  /**
   * A time of its own for this secret.
   * @default - the schedule as it is
   */
  readonly spread?: RotationSpread;
  /** Whether the secret rotates when this is deployed, and again whenever its schedule is changed. */
  readonly rotateImmediately: boolean;
  /**
   * The superuser's secret: with direct access it admits the function too.
   * @default - none
   */
  readonly superuser?: secretsmanager.ISecret;
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

  readonly #access: RemoteAccess;

  private constructor(scope: Construct, id: string, attributes: RemoteRotationFunctionAttributes) {
    super(scope, id);
    checkFunctionArn('functionArn', attributes.functionArn, false);
    checkRoleArn('roleArn', attributes.roleArn, false);
    this.functionArn = attributes.functionArn;
    this.roleArn = attributes.roleArn;
    this.#access = attributes.access ?? RemoteAccess.assumedRole();
  }

  /**
   * Has a secret of this account rotated. With the default access, give the secret to a `SecretAccountRole` as well.
   * @throws Error with direct access, when the secret has the default key, or is imported so that its policies are out of reach
   */
  public rotate(secret: secretsmanager.ISecret, options: RemoteRotateOptions): secretsmanager.CfnRotationSchedule {
    const { superuser } = options;
    const schedule = new secretsmanager.CfnRotationSchedule(secret, 'RemoteRotation', {
      secretId: secretArn(secret),
      rotationLambdaArn: this.functionArn,
      rotationRules: rotationRules({ ...options, secret }).rules,
      rotateImmediatelyOnUpdate: options.rotateImmediately,
    });
    dependOnAttachments(schedule, superuser ? [secret, superuser] : [secret]);
    if (this.#access._direct) {
      this.#admit(schedule, 'secret', secret, ROTATION_ACTIONS, ['kms:Decrypt', 'kms:GenerateDataKey']);
      if (superuser) this.#admit(schedule, 'superuser', superuser, ['secretsmanager:GetSecretValue'], ['kms:Decrypt']);
    }
    return schedule;
  }

  #admit(
    schedule: secretsmanager.CfnRotationSchedule,
    prop: string,
    secret: secretsmanager.ISecret,
    actions: string[],
    keyActions: string[],
  ): void {
    const key: kms.IKey | undefined = secret.encryptionKey;
    if (key === undefined || customerKey(this, key) === undefined) {
      throw new Error(
        `\`${prop}\` has no customer managed key here, and AWS lets no other account use the default key. Give it an \`encryptionKey\`, or use \`RemoteAccess.assumedRole()\`.`,
      );
    }
    const principals = [new iam.ArnPrincipal(this.roleArn)];
    // In a secret's resource policy, * is the secret itself.
    const ofSecret = secret.addToResourcePolicy(new iam.PolicyStatement({ actions, principals, resources: ['*'] }));
    // In a key policy, * is the key itself. Naming the secret there would be a cycle, as the secret names the key: the account's own secrets are.
    const { partition, region, account } = Stack.of(this);
    const ofKey = key.addToResourcePolicy(
      new iam.PolicyStatement({
        actions: keyActions,
        principals,
        resources: ['*'],
        conditions: keyConditions(this, [`arn:${partition}:secretsmanager:${region}:${account}:secret:*`], true),
      }),
      true,
    );
    if (!ofSecret.statementAdded || !ofKey.statementAdded) {
      throw new Error(
        `\`${prop}\` or its key is imported, so its policy is out of reach: add the statements where it is made, or use \`RemoteAccess.assumedRole()\`.`,
      );
    }
    if (ofSecret.policyDependable) schedule.node.addDependency(ofSecret.policyDependable);
    if (ofKey.policyDependable) schedule.node.addDependency(ofKey.policyDependable);
  }
}
