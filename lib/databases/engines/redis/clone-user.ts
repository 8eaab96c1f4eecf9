import { StepFailedError } from '../../../rotation/errors.js';
import { type AclEntry, aclEntry } from './acl-entry.js';
import type { RedisConnection } from './connection.js';
import { atEveryNode, type RedisNodes, together } from './nodes.js';
import { checkUsername, passwordHash, save } from './passwords.js';

/**
 * Makes `clone` with the rules of `source` and a password, in one command at each node. A clone that some nodes have and others lack is one whose making was cut off: it is made
 * anew at all of them.
 * @throws StepFailedError if every node has the clone already, or one lacks the source
 */
export async function cloneUser(nodes: RedisNodes, source: string, clone: string, password: string): Promise<void> {
  checkUsername(clone);
  const hash = passwordHash(password);
  const pairs = await readPairs(nodes, source, clone);
  if ([...pairs.values()].every(({ target }) => target !== undefined)) {
    throw new StepFailedError(`User "${clone}" exists already. Nothing was changed.`);
  }
  await atEveryNode(nodes, async (node) => {
    await node.run('ACL SETUSER', [clone, 'reset', hash, ...(pairs.get(node)?.rules ?? [])]);
    await save(node);
  });
}

/** Gives `target` the rules of `source` and no others, at each node in one command that leaves its passwords as they are. Where they are equal, nothing is sent. */
export async function syncRules(nodes: RedisNodes, source: string, target: string): Promise<void> {
  const pairs = await readPairs(nodes, source, target);
  await atEveryNode(nodes, async (node) => {
    const pair = pairs.get(node);
    if (pair !== undefined && pair.rules.join(' ') !== pair.target?.rules.join(' ')) {
      await node.run('ACL SETUSER', [target, 'reset', ...(pair.target?.hashes ?? []), ...pair.rules]);
    }
    // Also where nothing was sent: an earlier run may have been cut off right before it.
    await save(node);
  });
}

interface Pair {
  /** What the target is to have. */
  readonly rules: readonly string[];
  /** Undefined where it is not there. */
  readonly target: AclEntry | undefined;
}

/** All before anything is changed. @throws StepFailedError if a node lacks the source */
async function readPairs(
  nodes: RedisNodes,
  source: string,
  target: string,
): Promise<ReadonlyMap<RedisConnection, Pair>> {
  const read = async (node: RedisConnection): Promise<[RedisConnection, Pair]> => {
    const list = (await node.run('ACL LIST')) as string[];
    const entry = aclEntry(list, source);
    if (entry !== undefined) return [node, { rules: entry.rules, target: aclEntry(list, target) }];
    throw new StepFailedError(
      `There is no user "${source}" at ${node.server}, of whom "${target}" is to be a copy. Nothing was changed. Users are not replicated: make the user there as it is elsewhere.`,
    );
  };
  return new Map(await together(nodes.all().map(read)));
}
