import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { arnForPolicy, secretArn } from './secret-access.js';

/** When a secret is overdue, and who hears of it. */
export interface OverdueAlarmOptions {
  /**
   * How old the current value may become.
   * @default - the longest time between two windows, the window, and a day for Secrets Manager to try again
   */
  readonly maximumAge?: Duration;
  /**
   * How often the age is looked at, from an hour to a day.
   * @default Duration.days(1)
   */
  readonly checkEvery?: Duration;
  /**
   * What the alarm sets off: `new cloudwatch_actions.SnsAction(topic)`.
   * @default - nothing
   */
  readonly actions?: cloudwatch.IAlarmAction[];
}

/** What an alarm for an overdue secret is made of. */
export interface RotationOverdueAlarmProps extends OverdueAlarmOptions {
  /** The secret that is watched. */
  readonly secret: secretsmanager.ISecret;
}

/**
 * An alarm for a secret whose current value is older than it may be, whatever the reason.
 *
 * AWS publishes no metric of a secret's age, and an alarm looks back seven days at most, so the absence of a rotation that is due every month cannot be an alarm by itself. Here a
 * state machine of two steps looks at the secret once a day, and fails when the value is overdue; the alarm is on its failures. It reads when the versions of the secret were made, never a value. No
 * function, no custom metric; less than one US cent a month for the state machine and ten for the alarm.
 */
export class RotationOverdueAlarm extends Construct {
  /** The alarm. */
  public readonly alarm: cloudwatch.Alarm;
  /** What looks at the secret. */
  public readonly stateMachine: sfn.StateMachine;

  public constructor(scope: Construct, id: string, props: RotationOverdueAlarmProps) {
    super(scope, id);
    const { secret, maximumAge, checkEvery = Duration.days(1) } = props;
    if (maximumAge === undefined) throw new Error('`maximumAge` is needed.');
    if (checkEvery.toMinutes() < 60 || checkEvery.toMinutes() > 24 * 60 || checkEvery.toMinutes() % 60 !== 0) {
      throw new Error(`\`checkEvery\` is whole hours up to a day, and ${checkEvery.toHumanString()} is not.`);
    }

    this.stateMachine = new sfn.StateMachine(this, 'Check', {
      comment: 'Fails when the current value of a secret is older than it may be',
      definitionBody: sfn.DefinitionBody.fromString(Stack.of(this).toJsonString(this.#definition(secret, maximumAge))),
      timeout: Duration.minutes(5),
    });
    this.stateMachine.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['secretsmanager:ListSecretVersionIds'],
        resources: [arnForPolicy(secret)],
      }),
    );
    new events.Rule(this, 'Schedule', {
      schedule: events.Schedule.rate(checkEvery),
      targets: [new targets.SfnStateMachine(this.stateMachine)],
    });
    this.alarm = this.stateMachine
      .metricFailed({ period: checkEvery, statistic: cloudwatch.Stats.SUM })
      .createAlarm(this, 'Alarm', {
        alarmDescription: `The current value of a secret is older than ${maximumAge.toHumanString()}, or its age cannot be told: its rotation fails, was cancelled, or never began`,
        threshold: 1,
        // Two looks, so that the alarm stays on between one failure and the next.
        evaluationPeriods: 2,
        datapointsToAlarm: 1,
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      });
    this.alarm.addAlarmAction(...(props.actions ?? []));
    this.node.defaultChild = this.alarm;
  }

  #definition(secret: secretsmanager.ISecret, maximumAge: Duration): object {
    return {
      QueryLanguage: 'JSONata',
      StartAt: 'Versions',
      States: {
        Versions: {
          Type: 'Task',
          Resource: Stack.of(this).formatArn({
            service: 'states',
            region: '',
            account: '',
            resource: 'aws-sdk:secretsmanager',
            resourceName: 'listSecretVersionIds',
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
          Arguments: { SecretId: secretArn(secret), MaxResults: 100 },
          Output: {
            ageInMillis:
              "{% $millis() - $toMillis($states.result.Versions['AWSCURRENT' in VersionStages].CreatedDate) %}",
          },
          Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 10, MaxAttempts: 3, BackoffRate: 2 }],
          Next: 'Overdue?',
        },
        'Overdue?': {
          Type: 'Choice',
          Choices: [{ Condition: `{% $states.input.ageInMillis > ${maximumAge.toMilliseconds()} %}`, Next: 'Overdue' }],
          Default: 'In time',
        },
        Overdue: {
          Type: 'Fail',
          Error: 'RotationOverdue',
          Cause: `The current value is older than ${maximumAge.toHumanString()}`,
        },
        'In time': { Type: 'Succeed' },
      },
    };
  }
}
