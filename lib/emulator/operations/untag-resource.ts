import { refusals } from '../refusals.js';
import { withoutTags } from '../secrets/tags.js';
import { secretId } from '../shapes/members.js';
import { live, operation } from './operation.js';

/** As TagResource, but that LastChangedDate stays [recorded-rotation F1]. */
export const untagResource = operation({
  name: 'UntagResource',
  subject: 'SecretId',
  changes: 'secret',
  input: {
    SecretId: secretId,
    TagKeys: { kind: 'list', of: { kind: 'string', min: 1, max: 128 }, required: true },
  },
  run(request) {
    const { input, wouldForbid } = request;
    const secret = live(request);
    const left = withoutTags(secret, input.TagKeys);
    if (left === undefined) return {};
    if (wouldForbid('UntagResource', { ...secret, tags: left })) throw refusals.lockOut();
    secret.tags = left;
    return {};
  },
});
