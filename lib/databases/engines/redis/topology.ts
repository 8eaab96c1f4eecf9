import type { Endpoint } from './connection.js';

/** What INFO says of a node and of those that it is connected to. @see https://redis.io/docs/latest/commands/info/ */
export interface NodeInfo {
  /** Of the process: the same under whatever address. */
  readonly runId: string;
  readonly cluster: boolean;
  readonly primary: Endpoint | undefined;
  readonly replicas: readonly Endpoint[];
}

export function parseInfo(text: string): NodeInfo {
  const fields = new Map(
    text.split(/\r?\n/).map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1)];
    }),
  );
  return {
    runId: fields.get('run_id') ?? '',
    cluster: fields.get('cluster_enabled') === '1',
    primary: endpoint(fields.get('master_host'), fields.get('master_port')),
    replicas: [...fields].flatMap(([name, value]) => (/^slave\d+$/.test(name) ? replica(value) : [])),
  };
}

/** `ip=10.0.0.2,port=6379,state=online,…`. One without a port takes no logins: a tool that reads along. */
function replica(value: string): Endpoint[] {
  const fields = new Map(value.split(',').map((field) => field.split('=', 2) as [string, string | undefined]));
  const found = endpoint(fields.get('ip'), fields.get('port'));
  return found === undefined ? [] : [found];
}

function endpoint(host: string | undefined, port: string | undefined): Endpoint | undefined {
  return host && Number(port) > 0 ? { host, port: Number(port) } : undefined;
}

/** A line of CLUSTER NODES. */
export interface ClusterNode {
  readonly id: string;
  /** It is the one that was asked. */
  readonly myself: boolean;
  /** Undefined where the cluster has lost it. */
  readonly endpoint: Endpoint | undefined;
}

/**
 * Reads CLUSTER NODES, which names every member, those included that are down; CLUSTER SLOTS leaves these out. Who is still being introduced is no member.
 *
 * @see https://redis.io/docs/latest/commands/cluster-nodes/
 */
export function parseClusterNodes(text: string): ClusterNode[] {
  return text.split('\n').flatMap((line) => {
    const [id, address, list] = line.split(' ');
    if (id === undefined || address === undefined || list === undefined) return [];
    const flags = list.split(',');
    if (flags.includes('handshake')) return [];
    return [
      { id, myself: flags.includes('myself'), endpoint: flags.includes('noaddr') ? undefined : announced(address) },
    ];
  });
}

/** `10.0.0.2:6379@16379,redis-2.example,shard-id=…`: a host name that is announced comes before the address, since certificates carry it. */
function announced(address: string): Endpoint | undefined {
  const [socket = '', hostname] = address.split(',');
  const [, ip, port] = /^(.*):(\d+)(?:@\d+)?$/.exec(socket) ?? [];
  return endpoint(hostname && hostname !== '?' ? hostname : ip, port);
}
