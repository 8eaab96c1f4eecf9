import { expect, it } from '@jest/globals';
import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import {
  type OverdueAlarmOptions,
  type RotateOptions,
  RotationScheduleExpression,
} from '../../../infra/constructs/index.js';
import { rotationFunction, statementsOn, template, theResource } from './synthesised.js';

function overdue(options: OverdueAlarmOptions = {}, rotate: Partial<RotateOptions> = {}) {
  const stack = new Stack();
  rotationFunction(stack)
    .rotate(new secretsmanager.Secret(stack, 'Secret'), { rotateImmediately: false, ...rotate })
    .addOverdueAlarm('Overdue', options);
  return stack;
}

const limit = (stack: Stack) =>
  Number(/ageInMillis > (\d+)/.exec(JSON.stringify(theResource(stack, 'AWS::StepFunctions::StateMachine')))?.[1]) /
  3_600_000;

it('looks once a day at when the current value was made, and alarms on what fails', () => {
  const stack = overdue();
  template(stack).hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 day)' });
  template(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
    Namespace: 'AWS/States',
    MetricName: 'ExecutionsFailed',
    Period: 86_400,
    EvaluationPeriods: 2,
    DatapointsToAlarm: 1,
    Threshold: 1,
    TreatMissingData: 'notBreaching',
  });
  const [rotating, ...looking] = statementsOn(stack, 'secretsmanager:ListSecretVersionIds');
  expect(rotating?.Action).toContain('secretsmanager:PutSecretValue');
  // Versions and their labels, and no value.
  expect(looking).toEqual([
    {
      Effect: 'Allow',
      Action: 'secretsmanager:ListSecretVersionIds',
      Resource: { Ref: expect.stringMatching('^Secret') },
    },
  ]);
  const { DefinitionString } = theResource(stack, 'AWS::StepFunctions::StateMachine').Properties;
  const text = JSON.stringify(DefinitionString);
  expect(text).toContain('aws-sdk:secretsmanager:listSecretVersionIds');
  expect(text).not.toContain('getSecretValue');
});

it.each([
  [undefined, undefined, (30 + 1 + 1) * 24],
  [RotationScheduleExpression.rate(Duration.hours(4)), undefined, 4 + 1 + 24],
  [RotationScheduleExpression.cron({ hour: '2', weekDay: 'SUN' }), Duration.hours(3), 7 * 24 + 3 + 24],
  [RotationScheduleExpression.cron({ hour: '2', day: '1' }), Duration.hours(3), 31 * 24 + 3 + 24],
])('waits for the longest gap, the window and a day', (schedule, window, hours) => {
  expect(limit(overdue({}, { schedule, window }))).toBe(hours);
});

it('may look more often and wait for as long as one likes', () => {
  const stack = overdue({ maximumAge: Duration.days(2), checkEvery: Duration.hours(1) });
  expect(limit(stack)).toBe(48);
  template(stack).hasResourceProperties('AWS::CloudWatch::Alarm', { Period: 3600 });
});

it('calls whom it is told to', () => {
  const stack = overdue({ actions: [{ bind: () => ({ alarmActionArn: 'arn:aws:sns:eu-west-1:444455556666:ops' }) }] });
  template(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmActions: ['arn:aws:sns:eu-west-1:444455556666:ops'],
  });
});

it('throws when it cannot tell how long to wait, or looks too seldom', () => {
  const schedule = RotationScheduleExpression.expression(Token.asString({ Ref: 'Schedule' }));
  expect(() => overdue({}, { schedule })).toThrow(/^`maximumAge` is needed/);
  expect(() => overdue({ checkEvery: Duration.days(2) })).toThrow(/^`checkEvery` is whole hours up to a day/);
  expect(() => overdue({ checkEvery: Duration.minutes(90) })).toThrow(/^`checkEvery`/);
});
