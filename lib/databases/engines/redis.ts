import type { DatabaseDriver, DualPasswordSession, SuperuserSession } from '../driver.js';
import { cloneUser, syncRules } from './redis/clone-user.js';
import { openNodes, together } from './redis/nodes.js';
import { changePassword, checkUsername, LONGEST_ARGUMENT, setPasswords, userExists } from './redis/passwords.js';

const DEFAULT_PORT = 6379;

/**
 * Redis 6 and later and Valkey, with users of their own (ACL), through the npm package `ioredis` (install it beside Keyturn). One server, a primary with replicas, or a cluster.
 *
 * Users may have two passwords, so `dualPassword` fits best. ACL SETUSER is a right over all users, and whoever has it can give himself every other: rather than to an application,
 * give it to a superuser, whom `masterarn` names. It needs `+info +acl|setuser +acl|save +acl|users`, in a cluster `+cluster|nodes` too, and for alternating users `+acl|list`. A user
 * who is to change his own password needs the same without `+acl|users`; who lacks that right is refused when he is to change somebody else's.
 *
 * Users are not replicated. Every change is made at every node, which INFO and CLUSTER NODES of the one that the secret names tell, and kept by ACL SAVE where there is an ACL file. A
 * login is tried at every node too, if the user may look for them, and otherwise at the one that the secret names. A node that is down stops the rotation.
 *
 * The clone of alternating users gets the rules of the original: commands, keys, channels and selectors; each rotation makes the two equal again.
 *
 * Passwords reach the server as SHA-256, which is what it keeps, and in AUTH; neither is in its slow log, in MONITOR or in its log.
 *
 * @see https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
 */
export function redis(): DatabaseDriver<SuperuserSession & DualPasswordSession> {
  return {
    engines: ['redis', 'valkey'],
    defaultPort: DEFAULT_PORT,
    maxUsernameLength: LONGEST_ARGUMENT,
    cloneSuffix: '_clone',
    settlesPasswords: true,
    async login({ host, port = DEFAULT_PORT, username, password }, connection) {
      checkUsername(username);
      const nodes = await openNodes({ host, port }, { username, password }, connection);
      return {
        async ping() {
          // Who may not even do this is logged in all the same.
          await together(nodes.found.map((node) => node.run('PING', [], /^NOPERM /)));
        },
        changePassword: (name, password) => changePassword(nodes, name, password),
        settlePasswords: (name, passwords) => setPasswords(nodes, name, passwords),
        addPassword: (name, password, current) => setPasswords(nodes, name, [current, password]),
        userExists: (name) => userExists(nodes, name),
        cloneUser: (source, clone, password) => cloneUser(nodes, source, clone, password),
        syncPrivileges: (source, target) => syncRules(nodes, source, target),
        [Symbol.asyncDispose]: () => nodes[Symbol.asyncDispose](),
      };
    },
  };
}
