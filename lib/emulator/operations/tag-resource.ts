import { refusals } from '../refusals.js';
import { touch } from '../secrets/secret.js';
import { withTags } from '../secrets/tags.js';
import { secretId, tags } from '../shapes/members.js';
import { live, operation } from './operation.js';

/** Nobody can tag away the very permission to do so [recorded-authority C12]. */
export const tagResource = operation({
  name: 'TagResource',
  subject: 'SecretId',
  changes: 'secret',
  input: { SecretId: secretId, Tags: { ...tags, required: true } },
  run(request) {
    const { input, service, wouldForbid } = request;
    const secret = live(request);
    const joined = withTags(secret.tags, input.Tags);
    if (wouldForbid('TagResource', { ...secret, tags: joined })) throw refusals.lockOut();
    secret.tags = joined;
    touch(secret, service.now());
    return {};
  },
});
