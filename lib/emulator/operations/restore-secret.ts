import { refusals } from '../refusals.js';
import { touch } from '../secrets/secret.js';
import { secretId } from '../shapes/members.js';
import { existing, operation } from './operation.js';

/** Takes a deletion back while its window is open: labels and values are as they were [recorded-rotation G1]. */
export const restoreSecret = operation({
  name: 'RestoreSecret',
  subject: 'SecretId',
  changes: 'secret',
  input: { SecretId: secretId },
  run(request) {
    const { service } = request;
    const secret = existing(request);
    if (secret.deletion === undefined) {
      if (service.undocumented.restoreOfLiveSecret === 'refused') throw refusals.notDeleted();
      return { ARN: secret.arn, Name: secret.name };
    }
    // Nothing brings back what was deleted by force, though it is described for some seconds more.
    if (secret.deletion.forced) throw refusals.secretNotFound();
    delete secret.deletion;
    touch(secret, service.now());
    service.events.deletionCancelled(secret);
    return { ARN: secret.arn, Name: secret.name };
  },
});
