import type { Model, ResourceRequest } from './model.js';

/**
 * AWS::SecretsManager::RotationSchedule: a RotateSecret, once everything else is there. Its rotation goes on by itself; a
 * stack does not fail with it.
 */
export const rotationSchedule: Model = {
  type: 'AWS::SecretsManager::RotationSchedule',
  put(request) {
    const { properties, stack, estate, place } = request;
    if (properties.all.HostedRotationLambda !== undefined) {
      const message =
        'functions that AWS hosts are not understood: bind one of your own under RotationLambdaARN, with `functions` or emulator.bindFunction';
      throw properties.wrong('HostedRotationLambda', message);
    }
    properties.onlyKnows(
      'SecretId',
      'RotationLambdaARN',
      'RotationRules',
      'RotateImmediatelyOnUpdate',
      'ExternalSecretRotationMetadata',
      'ExternalSecretRotationRoleArn',
    );
    const input = inputOf(request);
    stack.schedule(() => {
      assertRunnable(request);
      const { ARN, VersionId } = estate.call(stack.record, 'RotateSecret', input, place);
      return VersionId === undefined ? undefined : { secretArn: String(ARN) };
    });
    const { ARN } = estate.call(stack.record, 'DescribeSecret', { SecretId: input.SecretId }, place);
    return { ref: String(ARN), attributes: { Id: String(ARN) } };
  },
  remove({ identity }, { estate, stack, place }) {
    estate.call(stack, 'CancelRotateSecret', { SecretId: identity }, place);
  },
};

function inputOf({ properties }: ResourceRequest) {
  const rules = properties
    .object('RotationRules')
    ?.onlyKnows('AutomaticallyAfterDays', 'Duration', 'ScheduleExpression');
  const metadata = properties.objects('ExternalSecretRotationMetadata').map((entry) => ({
    Key: entry.requiredText('Key'),
    Value: entry.requiredText('Value'),
  }));
  const members = {
    RotationLambdaARN: properties.text('RotationLambdaARN'),
    RotateImmediately: properties.flag('RotateImmediatelyOnUpdate'),
    ExternalSecretRotationRoleArn: properties.text('ExternalSecretRotationRoleArn'),
    ExternalSecretRotationMetadata: metadata.length > 0 ? metadata : undefined,
    RotationRules: rules && {
      AutomaticallyAfterDays: rules.number('AutomaticallyAfterDays'),
      Duration: rules.text('Duration'),
      ScheduleExpression: rules.text('ScheduleExpression'),
    },
  };
  return { SecretId: properties.requiredText('SecretId'), ...members };
}

/** @throws DeployError for a function of this assembly that cannot be run, or runs as a role that is not known in full */
function assertRunnable({ properties, estate }: ResourceRequest): void {
  const functionArn = properties.text('RotationLambdaARN');
  if (functionArn === undefined) return;
  const bound = estate.functions.get(functionArn);
  if (bound === undefined) {
    if (estate.hasFunction(functionArn)) return;
    const message = `no function is bound under ${functionArn}: deploy its stack, too, or call emulator.bindFunction before`;
    throw properties.wrong('RotationLambdaARN', message);
  }
  if ('problem' in bound) throw bound.problem;
  const gap = estate.roles.gapOf(bound.definition.roleArn);
  if (gap !== undefined) throw gap;
}
