import { wrapCopy } from '../kms/secret-encryption.js';
import { refusals } from '../refusals.js';
import { reschedule } from '../rotation/reschedule.js';
import { parseSchedule } from '../rotation/schedule.js';
import { assertLabelRoom, attachLabels, CURRENT, PENDING } from '../secrets/labels.js';
import { type RotationRules, type Secret, touch } from '../secrets/secret.js';
import { addVersion } from '../secrets/versions.js';
import { clientRequestToken, flag, secretId } from '../shapes/members.js';
import { live, operation } from './operation.js';

/**
 * Configures rotation and starts one, without waiting for it. Everything that can be refused is refused first and leaves
 * no trace [recorded-rotation B1]; the order of the refusals among themselves is known for B2 alone.
 */
export const rotateSecret = operation({
  name: 'RotateSecret',
  subject: 'SecretId',
  conditionMembers: ['RotationLambdaARN', 'RotateImmediately', 'ExternalSecretRotationRoleArn'],
  input: {
    SecretId: secretId,
    ClientRequestToken: clientRequestToken,
    RotationLambdaARN: { kind: 'string', min: 0, max: 2048 },
    RotationRules: {
      kind: 'structure',
      members: {
        AutomaticallyAfterDays: { kind: 'integer', min: 1, max: 1000 },
        Duration: { kind: 'string', min: 2, max: 3, pattern: /^[0-9]+h$/ },
        ScheduleExpression: { kind: 'string', min: 1, max: 256, pattern: /^[0-9A-Za-z()#?*\-/, ]+$/ },
      },
    },
    ExternalSecretRotationMetadata: {
      kind: 'list',
      of: {
        kind: 'structure',
        members: { Key: { kind: 'string', min: 1, max: 256 }, Value: { kind: 'string', min: 1, max: 2048 } },
      },
    },
    ExternalSecretRotationRoleArn: { kind: 'string', min: 20, max: 2048 },
    RotateImmediately: flag,
  },
  run(request) {
    const { input, service } = request;
    if (input.ExternalSecretRotationMetadata ?? input.ExternalSecretRotationRoleArn) {
      throw refusals.notServed('managed external secrets');
    }
    const id = input.ClientRequestToken;
    if (id === undefined) throw refusals.rotationTokenMissing();
    const rules = rulesOf(input.RotationRules);
    const secret = live(request);
    const answer = { ARN: secret.arn, Name: secret.name, VersionId: id };
    // A token that is known already is a retry: it is answered alike and starts nothing (not recorded).
    if (secret.versions.has(id)) return answer;
    const functionArn = input.RotationLambdaARN || secret.rotationFunctionArn;
    if (functionArn === undefined) throw refusals.noRotationFunction();
    assertNothingPending(secret, service.rotations.inFlight(secret));
    if (!service.functions.invokableFor(functionArn, secret)) throw refusals.functionNotInvokable();
    assertLabelRoom(secret, [PENDING]);

    const now = service.now();
    const immediately = input.RotateImmediately ?? true;
    // A deferred test gets a version of its own, with a copy of the current value [C4]; a rotation an empty one.
    const current = immediately ? undefined : secret.versions.get(secret.labels.get(CURRENT) ?? '');
    const keyArns = current?.value && wrapCopy(request, secret, current, id);
    const version = addVersion(secret, { id, createdDate: now }, now);
    if (current?.value !== undefined) version.value = current.value;
    if (keyArns !== undefined) version.keyArns = keyArns;
    attachLabels(secret, id, [PENDING]);
    secret.rotationEnabled = true;
    secret.rotationFunctionArn = functionArn;
    if (rules !== undefined) secret.rotationRules = rules;
    reschedule(secret, now);
    touch(secret, service.now());
    void service.rotations.start(secret, id, functionArn, immediately ? 'Rotation' : 'TestRotation');
    return answer;
  },
});

/** An AWSPENDING that sits with AWSCURRENT is a rotation that succeeded [A14]; anywhere else it is one that did not [B3]. */
function assertNothingPending(secret: Secret, inFlight: string | undefined): void {
  const pending = secret.labels.get(PENDING);
  const unfinished = pending !== undefined && pending !== secret.labels.get(CURRENT);
  if (inFlight !== undefined || unfinished) throw refusals.rotationIncomplete();
}

/** New rules take the place of the old ones as a whole; none, or empty ones, keep them. */
function rulesOf(
  rules: { readonly [K in keyof RotationRules]?: RotationRules[K] } | undefined,
): RotationRules | undefined {
  if (rules === undefined || Object.keys(rules).length === 0) return undefined;
  const { AutomaticallyAfterDays, ScheduleExpression, Duration } = rules;
  if (AutomaticallyAfterDays !== undefined && ScheduleExpression !== undefined) throw refusals.daysAndExpression();
  const hours = Number.parseInt(Duration ?? '1h', 10);
  if (hours < 1 || hours > 24) throw refusals.badSchedule('Duration is 1 to 24 hours');
  if (ScheduleExpression !== undefined) assertSchedule(ScheduleExpression);
  return { ...rules };
}

function assertSchedule(expression: string): void {
  try {
    parseSchedule(expression);
  } catch (error) {
    throw error instanceof RangeError ? refusals.badSchedule(error.message) : error;
  }
}
