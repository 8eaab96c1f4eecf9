import { touch } from '../secrets/secret.js';
import { secretId } from '../shapes/members.js';
import { live, operation } from './operation.js';

/**
 * Turns rotation off, also where it never was on [recorded-rotation B4]. Labels stay as they are, a running function is not
 * killed, and the answer has no VersionId though documents promise one [D3 to D5].
 */
export const cancelRotateSecret = operation({
  name: 'CancelRotateSecret',
  subject: 'SecretId',
  changes: 'schedule',
  input: { SecretId: secretId },
  run(request) {
    const { service } = request;
    const secret = live(request);
    service.rotations.cancel(secret);
    secret.rotationEnabled = false;
    service.timetable.cancelled(secret);
    touch(secret, service.now());
    return { ARN: secret.arn, Name: secret.name };
  },
});
