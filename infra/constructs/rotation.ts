import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct, Dependable, type IConstruct, type IDependable } from 'constructs';
import type { RotationFunction } from './rotation-function.js';
import { type OverdueAlarmOptions, RotationOverdueAlarm } from './rotation-overdue-alarm.js';
import { RotationScheduleExpression } from './rotation-schedule-expression.js';
import type { RotationSpread } from './rotation-spread.js';
import { arnForPolicy, secretArn } from './secret-access.js';

/** How a secret is rotated. */
export interface RotateOptions {
  /**
   * When.
   * @default RotationScheduleExpression.rate(Duration.days(30))
   */
  readonly schedule?: RotationScheduleExpression;
  /**
   * How long a window stays open, in whole hours; Secrets Manager rotates at some moment in it. Not into the next window, nor, with one window a day, into the next UTC day.
   * @default - until the end of the UTC day; an hour where there are several windows a day
   */
  readonly window?: Duration;
  /**
   * A time of its own for this secret, so that a fleet doesn't rotate at once.
   * @default - the schedule as it is
   */
  readonly spread?: RotationSpread;
  /**
   * Whether the secret rotates when this is deployed, and again whenever its schedule is changed. False: the first rotation waits for its window; Secrets Manager then only runs
   * the step testSecret, on the current value. There is no default, since applications may hold the current value.
   */
  readonly rotateImmediately: boolean;
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
export class Rotation extends Construct {
  /** The secret that is rotated. */
  public readonly secret: secretsmanager.ISecret;
  /** When, after `spread`. */
  public readonly schedule: RotationScheduleExpression;
  /** @internal */
  public _watched = false;

  readonly #windowHours: number | undefined;

  public constructor(scope: Construct, id: string, props: RotationProps) {
    super(scope, id);
    const { secret, rotationFunction, superuser } = props;
    this.secret = secret;
    checkEnvironment(secret, rotationFunction);
    const { schedule, rules } = rotationRules(props);
    this.schedule = schedule;
    this.#windowHours = schedule._windowHours(props.window);

    const access = rotationFunction._accessIn(Stack.of(this));
    access.rotate(secret, props.encryptionKey ?? secret.encryptionKey);
    if (superuser) access.read(superuser, props.superuserKey ?? superuser.encryptionKey);

    const resource = new secretsmanager.CfnRotationSchedule(this, 'Resource', {
      secretId: secretArn(secret),
      rotationLambdaArn: rotationFunction.lambdaFunction.functionArn,
      rotationRules: rules,
      rotateImmediatelyOnUpdate: props.rotateImmediately,
    });
    this.node.defaultChild = resource;
    // Secrets Manager invokes the function as soon as there is a schedule, so everything that the function needs has to be there before.
    resource.node.addDependency(access, ...rotationFunction._prerequisites(Stack.of(this)));
    dependOnAttachments(resource, superuser ? [secret, superuser] : [secret]);
  }

  /**
   * An EventBridge rule for rotations of this secret that failed or were abandoned, and for tests of its rotation that failed. The events come by way of CloudTrail, so the account needs a
   * trail that logs management events.
   */
  public onRotationFailed(id: string, options: events.OnEventOptions = {}): events.Rule {
    this._watched = true;
    return this.#onEvents(id, ['RotationFailed', 'RotationAbandoned', 'TestRotationFailed'], options);
  }

  /** An EventBridge rule for rotations of this secret that succeeded. */
  public onRotationSucceeded(id: string, options: events.OnEventOptions = {}): events.Rule {
    return this.#onEvents(id, ['RotationSucceeded'], options);
  }

  /**
   * An alarm for a secret that has not rotated in time, whatever the reason: it failed, was cancelled, or never began. See `RotationOverdueAlarm`.
   * @throws Error when `maximumAge` is not given and the schedule is not known at synth
   */
  public addOverdueAlarm(id: string, options: OverdueAlarmOptions = {}): RotationOverdueAlarm {
    this._watched = true;
    return new RotationOverdueAlarm(this, id, {
      ...options,
      secret: this.secret,
      maximumAge: options.maximumAge ?? this.#longestAge(),
    });
  }

  /** From one window's start to the end of the next, and a day for Secrets Manager to try again. */
  #longestAge(): Duration {
    const gap = this.schedule._longestGapHours;
    if (gap === undefined || this.#windowHours === undefined) {
      throw new Error('`maximumAge` is needed: the schedule is not known at synth.');
    }
    return Duration.hours(gap + this.#windowHours + 24);
  }

  #onEvents(id: string, eventNames: string[], options: events.OnEventOptions): events.Rule {
    const arn = arnForPolicy(this.secret);
    const rule = new events.Rule(this, id, {
      description: options.description ?? `${eventNames.join(', ')} of a secret`,
      ...(options.ruleName !== undefined && { ruleName: options.ruleName }),
      ...(options.crossStackScope && { crossStackScope: options.crossStackScope }),
      eventPattern: {
        ...options.eventPattern,
        source: ['aws.secretsmanager'],
        detailType: ['AWS Service Event via CloudTrail'],
        detail: {
          ...options.eventPattern?.detail,
          eventName: eventNames,
          additionalEventData: {
            SecretId: arn.endsWith('-??????') ? events.Match.wildcard(`${secretArn(this.secret)}-*`) : [arn],
          },
        },
      },
    });
    if (options.target) rule.addTarget(options.target);
    return rule;
  }
}

/** The rules of a schedule, checked. */
export function rotationRules(options: {
  readonly schedule?: RotationScheduleExpression;
  readonly window?: Duration;
  readonly spread?: RotationSpread;
  readonly secret: secretsmanager.ISecret;
}): {
  readonly schedule: RotationScheduleExpression;
  readonly rules: secretsmanager.CfnRotationSchedule.RotationRulesProperty;
} {
  const { secret, window, spread } = options;
  let schedule = options.schedule ?? RotationScheduleExpression.rate(Duration.days(30));
  if (spread) schedule = schedule._spread(spread, identity(secret));
  if (window) schedule._checkWindow(window);
  return {
    schedule,
    rules: {
      scheduleExpression: schedule.expressionString,
      ...(window && { duration: `${window.toHours()}h` }),
    },
  };
}

/** What a secret is called from deployment to deployment: by its ARN if that is known, else by its place in the app. */
function identity(secret: secretsmanager.ISecret): string {
  return Token.isUnresolved(secret.secretArn) ? secret.node.path : secret.secretArn;
}

/** A secret that is attached to a database gets its host from the attachment, whichever of the two was given. */
export function dependOnAttachments(resource: IConstruct, secrets: readonly secretsmanager.ISecret[]): void {
  const attachments: IDependable = {};
  Dependable.implement(attachments, {
    // Looked up late: the secret may be attached after its rotation was set up. The resource alone: rotations may be its children.
    get dependencyRoots() {
      return secrets
        .flatMap((secret) => [secret, secret.node.tryFindChild('Attachment')])
        .filter((each) => each instanceof secretsmanager.SecretTargetAttachment)
        .flatMap(({ node }) => node.defaultChild ?? []);
    },
  });
  resource.node.addDependency(attachments);
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
