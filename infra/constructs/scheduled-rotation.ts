import { Duration, Token } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct, Dependable, type IConstruct, type IDependable } from 'constructs';
import { type OverdueAlarmOptions, RotationOverdueAlarm } from './rotation-overdue-alarm.js';
import { RotationScheduleExpression } from './rotation-schedule-expression.js';
import type { RotationSpread } from './rotation-spread.js';
import { arnForPolicy, secretArn } from './secret-access.js';

/** When a secret is rotated. */
export interface ScheduleOptions {
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
   * the step testSecret. There is no default, since applications may hold the current value.
   */
  readonly rotateImmediately: boolean;
}

/** What every schedule of a secret is made of. */
export interface ScheduledRotationProps extends ScheduleOptions {
  /** The secret: as made here, attached to a database, or imported. */
  readonly secret: secretsmanager.ISecret;
}

/** That a secret is rotated, and how one notices that it wasn't. */
export abstract class ScheduledRotation extends Construct {
  /** The secret that is rotated. */
  public readonly secret: secretsmanager.ISecret;
  /** When, after `spread`. */
  public readonly schedule: RotationScheduleExpression;
  /** @internal */
  public _watched = false;

  readonly #windowHours: number | undefined;

  /** The schedule is checked here, and rendered by `_render`. */
  protected constructor(scope: Construct, id: string, props: ScheduledRotationProps) {
    super(scope, id);
    this.secret = props.secret;
    this.schedule = checkedSchedule(props);
    this.#windowHours = this.schedule._windowHours(props.window);
  }

  /**
   * An EventBridge rule for rotations of this secret that failed or were abandoned, and for tests of its rotation that failed. The events come by way of CloudTrail, so the
   * account needs a trail that logs management events.
   */
  public onRotationFailed(id: string, options: events.OnEventOptions = {}): events.Rule {
    this._watched = true;
    return this.#onEvents(id, ['RotationFailed', 'RotationAbandoned', 'TestRotationFailed'], options);
  }

  /** An EventBridge rule for rotations of this secret that succeeded. Needs a trail, as `onRotationFailed` does. */
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

  /**
   * The schedule itself.
   * @internal
   */
  protected _render(
    functionArn: string,
    props: ScheduledRotationProps,
    superuser: secretsmanager.ISecret | undefined,
  ): secretsmanager.CfnRotationSchedule {
    const resource = new secretsmanager.CfnRotationSchedule(this, 'Resource', {
      secretId: secretArn(props.secret),
      rotationLambdaArn: functionArn,
      rotationRules: {
        scheduleExpression: this.schedule.expressionString,
        ...(props.window && { duration: `${props.window.toHours()}h` }),
      },
      rotateImmediatelyOnUpdate: props.rotateImmediately,
    });
    this.node.defaultChild = resource;
    dependOnAttachments(resource, superuser ? [props.secret, superuser] : [props.secret]);
    return resource;
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
            SecretId: arn.endsWith('-??????') ? events.Match.prefix(`${secretArn(this.secret)}-`) : [arn],
          },
        },
      },
    });
    if (options.target) rule.addTarget(options.target);
    return rule;
  }
}

/** @throws Error naming the prop that Secrets Manager would refuse */
function checkedSchedule({ schedule, spread, window, secret }: ScheduledRotationProps): RotationScheduleExpression {
  const plain = schedule ?? RotationScheduleExpression.rate(Duration.days(30));
  if (window) plain._checkWindow(window);
  if (spread === undefined) return plain;
  // The window has to fit wherever in the span a secret comes to lie, not just where this one does.
  if (window) plain._latestIn(spread)._checkWindow(window);
  return plain._placedIn(spread, identity(secret));
}

/** What a secret is called from deployment to deployment: by its ARN if that is known, else by its place in the app. */
function identity(secret: secretsmanager.ISecret): string {
  return Token.isUnresolved(secret.secretArn) ? secret.node.path : secret.secretArn;
}

/** A secret that is attached to a database gets its host from the attachment, whichever of the two was given. */
function dependOnAttachments(resource: IConstruct, secrets: readonly secretsmanager.ISecret[]): void {
  const attachments: IDependable = {};
  Dependable.implement(attachments, {
    // Looked up late: a secret may be attached after its rotation was set up. The resources alone: rotations may be children of the constructs.
    get dependencyRoots() {
      return secrets
        .flatMap((secret) => [secret, secret.node.tryFindChild('Attachment')])
        .filter((each) => each instanceof secretsmanager.SecretTargetAttachment)
        .flatMap(({ node }) => node.defaultChild ?? []);
    },
  });
  resource.node.addDependency(attachments);
}
