import { invocationBy } from '../access/rotation-caller.js';
import { wrapCopy } from '../kms/secret-encryption.js';
import { refusals } from '../refusals.js';
import { incompleteVersion, registerVersion } from '../rotation/register-version.js';
import { assertLabelRoom, CURRENT, PENDING } from '../secrets/labels.js';
import { type Secret, touch } from '../secrets/secret.js';
import { clientRequestToken, flag, secretId } from '../shapes/members.js';
import { live, operation } from './operation.js';
import { configureElsewhere, forgetElsewhere, isRotatedElsewhere } from './rotated-elsewhere.js';

/**
 * Configures rotation and starts one, without waiting for it. Everything that can be refused is refused first and leaves
 * no trace [recorded-rotation B1]; the order of the refusals among themselves is known for B2 alone.
 */
export const rotateSecret = operation({
  name: 'RotateSecret',
  subject: 'SecretId',
  changes: 'schedule',
  conditionMembers: ['RotationLambdaARN', 'RotationRules', 'RotateImmediately', 'ExternalSecretRotationRoleArn'],
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
    const id = input.ClientRequestToken;
    if (id === undefined) throw refusals.rotationTokenMissing();
    // New rules take the place of the old ones as a whole; none, or empty ones, keep them.
    const rules =
      input.RotationRules && Object.keys(input.RotationRules).length > 0 ? { ...input.RotationRules } : undefined;
    if (rules !== undefined) service.rotationRules.check(rules);
    const secret = live(request);
    if (isRotatedElsewhere(secret, input)) {
      configureElsewhere(request, secret, rules);
      return { ARN: secret.arn, Name: secret.name };
    }
    const answer = { ARN: secret.arn, Name: secret.name, VersionId: id };
    if (secret.versions.has(id)) {
      if (service.undocumented.rotateWithKnownToken === 'refused') throw refusals.rotationTokenInUse(id, secret.arn);
      return answer;
    }
    const functionArn = input.RotationLambdaARN || secret.rotationFunctionArn;
    if (functionArn === undefined) throw refusals.noRotationFunction();
    assertNothingPending(secret, service.rotations.inFlight(secret));
    const { rotateAcrossAccounts } = service.undocumented;
    const invocation = invocationBy(request, functionArn, service.functions, rotateAcrossAccounts);
    if (invocation !== undefined) service.access.authorize(invocation);
    if (!service.functions.invokableFor(functionArn, secret, request.decisions)) throw refusals.functionNotInvokable();
    assertLabelRoom(secret, [PENDING]);

    const immediately = input.RotateImmediately ?? true;
    // A deferred test gets a version of its own, with a copy of the current value [C4]; a rotation an empty one.
    const current = immediately ? undefined : secret.versions.get(secret.labels.get(CURRENT) ?? '');
    const keyArns = current?.value && wrapCopy(request, secret, current, id);
    const version = registerVersion(secret, id, service.now(), service.events);
    if (current?.value !== undefined) version.value = current.value;
    if (keyArns !== undefined) version.keyArns = keyArns;
    secret.rotationEnabled = true;
    secret.rotationFunctionArn = functionArn;
    forgetElsewhere(secret);
    if (rules !== undefined) secret.rotationRules = rules;
    service.timetable.configured(secret);
    touch(secret, service.now());
    void service.rotations.start(secret, id, functionArn, immediately ? 'Rotation' : 'TestRotation');
    return answer;
  },
});

/** An AWSPENDING that sits with AWSCURRENT is a rotation that succeeded [A14]; anywhere else it is one that did not [B3]. */
function assertNothingPending(secret: Secret, inFlight: string | undefined): void {
  if (inFlight !== undefined || incompleteVersion(secret) !== undefined) throw refusals.rotationIncomplete();
}
