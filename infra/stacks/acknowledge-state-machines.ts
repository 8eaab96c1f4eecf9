import { Validations } from 'aws-cdk-lib';
import type { RotationOverdueAlarm } from '../constructs/index.js';

/** Tells cdk-nag why the checks behind the alarms are not logged and traced. */
export function acknowledgeStateMachines(...alarms: readonly RotationOverdueAlarm[]): void {
  for (const { stateMachine } of alarms) {
    Validations.of(stateMachine).acknowledge(
      { id: 'AwsSolutions-SF1', reason: 'Two steps a day, whose history Step Functions keeps for 90 days.' },
      { id: 'AwsSolutions-SF2', reason: 'One call to one service: there is nothing to trace.' },
    );
  }
}
