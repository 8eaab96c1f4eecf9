import { HostUnreachableError, LoginRejectedError, PermissionMissingError } from '../../../rotation/errors.js';
import type { Connection } from '../../driver.js';
import { type Credentials, connect, type Endpoint, type RedisConnection } from './connection.js';
import { parseClusterNodes, parseInfo } from './topology.js';

/** A session with each node of a deployment: of a cluster, of a primary and its replicas, or one alone. */
export interface RedisNodes extends AsyncDisposable {
  /** Who is logged in. */
  readonly username: string;
  /** All that the user could find: at least the one that the secret names. */
  readonly found: readonly RedisConnection[];
  /** All that there are, the one that the secret names last. @throws PermissionMissingError if the user may not look for them */
  all(): readonly RedisConnection[];
}

/**
 * Logs in at the node that the secret names, and at all others where the user may look for them: users are not replicated, so a password that works at one may be refused
 * by another. A user who may not is logged in at that one only.
 *
 * @throws as DatabaseDriver.login
 */
export async function openNodes(named: Endpoint, credentials: Credentials, options: Connection): Promise<RedisNodes> {
  const { username } = credentials;
  const first = await connect(named, credentials, options);
  const others: RedisConnection[] = [];
  let lacking: PermissionMissingError | undefined;

  const open = (endpoint: Endpoint) => connect(endpoint, credentials, options, first.server);

  async function findReplication(): Promise<'done' | 'is a cluster'> {
    const seen = new Set<string>();
    /** @returns undefined where the node is one that was seen under another address. */
    async function look(node: RedisConnection, comingFrom?: 'primary') {
      const info = parseInfo(String(await node.run('INFO')));
      if (seen.has(info.runId)) return undefined;
      seen.add(info.runId);
      if (info.cluster) return info;
      const upwards = info.primary !== undefined && comingFrom === undefined ? [info.primary] : [];
      await together([
        ...upwards.map((endpoint) => visit(endpoint)),
        ...info.replicas.map((endpoint) => visit(endpoint, 'primary')),
      ]);
      return info;
    }
    async function visit(endpoint: Endpoint, comingFrom?: 'primary'): Promise<void> {
      const node = await open(endpoint);
      others.push(node);
      if ((await look(node, comingFrom)) !== undefined) return;
      others.splice(others.indexOf(node), 1);
      await node[Symbol.asyncDispose]();
    }
    return (await look(first))?.cluster === true ? 'is a cluster' : 'done';
  }

  async function findCluster(): Promise<void> {
    const members = parseClusterNodes(String(await first.run('CLUSTER NODES'))).filter(({ myself }) => !myself);
    const lost = members.find(({ endpoint }) => endpoint === undefined);
    if (lost !== undefined) {
      throw new HostUnreachableError(
        'not found',
        `The cluster of Redis at ${first.server} has a node without an address, ${lost.id}. Start it again, or take it out: CLUSTER FORGET.`,
      );
    }
    await together(
      members.map(async ({ endpoint }) => {
        if (endpoint !== undefined) others.push(await open(endpoint));
      }),
    );
  }

  const close = async () => {
    await Promise.all([first, ...others].map((node) => node[Symbol.asyncDispose]()));
  };
  try {
    if ((await findReplication()) === 'is a cluster') await findCluster();
  } catch (error) {
    if (!(error instanceof PermissionMissingError)) {
      await close();
      throw error;
    }
    lacking = error;
  }
  return {
    username,
    found: [...others, first],
    all() {
      if (lacking !== undefined) {
        throw new PermissionMissingError(
          `Nothing was changed: users are not replicated, so a change has to be made at every node, and user "${username}" may not look for the others. ${lacking.message}`,
        );
      }
      return [...others, first];
    },
    [Symbol.asyncDispose]: close,
  };
}

/** The same at every node: at all others first, then at the one that the secret names. So what works there works everywhere, wherever this is cut off. */
export async function atEveryNode(nodes: RedisNodes, work: (node: RedisConnection) => Promise<unknown>): Promise<void> {
  const all = nodes.all();
  await together(all.slice(0, -1).map(work));
  await together(all.slice(-1).map(work));
}

/**
 * Waits for all, whether or not one fails: nothing goes on behind the caller's back. A refused login, after which another password is tried, is thrown only where every node
 * could be asked; a right that lacks only where nothing else went wrong.
 */
export async function together<T>(works: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(works);
  const errors: unknown[] = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (errors.length > 0) throw errors.sort((a, b) => rank(a) - rank(b))[0];
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

function rank(error: unknown): number {
  if (error instanceof PermissionMissingError) return 2;
  return error instanceof LoginRejectedError ? 1 : 0;
}
