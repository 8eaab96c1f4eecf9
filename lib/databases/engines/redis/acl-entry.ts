/** A line of ACL LIST: what the server itself writes to its file and reads again. */
export interface AclEntry {
  /** As ACL SETUSER takes them: `#` and the SHA-256. */
  readonly hashes: readonly string[];
  /** Flags, commands, key patterns, channels and selectors, as ACL SETUSER takes them after `reset`. */
  readonly rules: readonly string[];
}

/**
 * The entry of one user: `user app on #… ~app:* resetchannels -@all +get`. Selectors, in parentheses, fall into several rules, which ACL SETUSER puts together again.
 *
 * @returns undefined if there is no such user
 * @see https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
 */
export function aclEntry(list: readonly string[], username: string): AclEntry | undefined {
  for (const line of list) {
    const [, name, ...words] = line.split(' ');
    if (name !== username) continue;
    return {
      hashes: words.filter((word) => word.startsWith('#')),
      // Users that were never reset lack sanitize-payload, which is the same as having it. A password makes an end of nopass.
      rules: words.filter((word) => !/^(#.*|nopass|sanitize-payload|)$/.test(word)),
    };
  }
  return undefined;
}
