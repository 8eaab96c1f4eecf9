import { describe, expect, it } from '@jest/globals';
import { aclEntry } from '../../../../lib/databases/engines/redis/acl-entry.js';

const HASH = `#${'a'.repeat(64)}`;
const OTHER = `#${'b'.repeat(64)}`;

describe('an entry of ACL LIST', () => {
  it('is of the user with exactly that name', () => {
    const list = [`user app_clone on ${OTHER} -@all`, `user app on ${HASH} ~* +@all`];
    expect(aclEntry(list, 'app')).toEqual({ hashes: [HASH], rules: ['on', '~*', '+@all'] });
    expect(aclEntry(list, 'APP')).toBeUndefined();
    expect(aclEntry(list, 'user')).toBeUndefined();
  });

  it('keeps passwords and rules apart, selectors and their order included', () => {
    const rules =
      'off skip-sanitize-payload ~a* %R~b* %W~#c* resetchannels &news:* -@all +get +client|list (%W~x* resetchannels -@all +set) (~y* +@read)';
    expect(aclEntry([`user app ${HASH} ${OTHER} ${rules}`], 'app')).toEqual({
      hashes: [HASH, OTHER],
      rules: rules.split(' '),
    });
  });

  it('is the same with sanitize-payload and without, and never without a password', () => {
    expect(aclEntry(['user app on nopass sanitize-payload  ~* +@all'], 'app')?.rules).toEqual(['on', '~*', '+@all']);
  });
});
