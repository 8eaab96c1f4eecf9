import { Stack, Token } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { RotationFunction } from './rotation-function.js';
import { ScheduledRotation, type ScheduleOptions } from './scheduled-rotation.js';

/** How a secret is rotated. */
export interface RotateOptions extends ScheduleOptions {
  /**
   * The secret of the superuser that makes and changes the users, for alternating users. (In the value of the rotated secret, `masterarn` is its ARN.)
   * @default - none: the user changes its own password
   */
  readonly superuser?: secretsmanager.ISecret;
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
  readonly rotationFunction: RotationFunction;
}

/** That a secret is rotated: `rotationFunction.rotate(secret, …)` makes one beside the secret; made by hand, it lies where you say. */
export class Rotation extends ScheduledRotation {
  public constructor(scope: Construct, id: string, props: RotationProps) {
    super(scope, id, props);
    const { secret, rotationFunction, superuser } = props;
    checkEnvironment(secret, rotationFunction);
    if (rotationFunction._needsSuperuser && superuser === undefined) {
      throw new Error(
        '`superuser` is needed by `RotationCode.alternatingUsers()`: the secret of the user that makes the second user.',
      );
    }

    const access = rotationFunction._accessIn(Stack.of(this));
    access.rotate(secret, props.encryptionKey ?? secret.encryptionKey);
    if (superuser) access.read(superuser, props.superuserKey ?? superuser.encryptionKey);

    const resource = this._render(rotationFunction.lambdaFunction.functionArn, props, superuser);
    // Secrets Manager invokes the function as soon as there is a schedule, so everything that the function needs has to be there before.
    resource.node.addDependency(access, ...rotationFunction._prerequisites(Stack.of(this)));
  }
}

/** Another account's function needs another way, and Secrets Manager knows no function of another Region. */
function checkEnvironment(secret: secretsmanager.ISecret, { lambdaFunction }: RotationFunction): void {
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
