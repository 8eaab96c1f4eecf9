/** Texts as Redis 6.0, Redis 7.0 and Valkey 8.0 write them. */
import { describe, expect, it } from '@jest/globals';
import { parseClusterNodes, parseInfo } from '../../../../lib/databases/engines/redis/topology.js';

const info = (...lines: string[]) => parseInfo(['# Server', 'run_id:0d48e20a', ...lines, ''].join('\r\n'));

describe('INFO', () => {
  it('tells a server alone', () => {
    expect(info('role:master', 'connected_slaves:0', 'slave_expires_tracked_keys:0', 'cluster_enabled:0')).toEqual({
      runId: '0d48e20a',
      cluster: false,
      primary: undefined,
      replicas: [],
    });
  });

  it('tells the replicas of a primary, those that are not in sync yet included', () => {
    const { replicas } = info(
      'role:master',
      'slave0:ip=10.0.0.2,port=6379,state=online,offset=14,lag=0',
      'slave1:ip=2001:db8::7,port=6380,state=wait_bgsave,offset=0,lag=0',
      'slave2:ip=redis-3.example,port=6381,state=online,offset=14,lag=1,type=replica',
    );
    expect(replicas).toEqual([
      { host: '10.0.0.2', port: 6379 },
      { host: '2001:db8::7', port: 6380 },
      { host: 'redis-3.example', port: 6381 },
    ]);
  });

  it('leaves out who reads along without being a server', () => {
    expect(info('slave0:ip=10.0.0.9,port=0,state=online,offset=14,lag=0').replicas).toEqual([]);
  });

  it('tells the primary of a replica, and a cluster', () => {
    expect(info('role:slave', 'master_host:10.0.0.1', 'master_port:6379').primary).toEqual({
      host: '10.0.0.1',
      port: 6379,
    });
    expect(info('cluster_enabled:1').cluster).toBe(true);
  });
});

describe('CLUSTER NODES', () => {
  const ID = '07c37dfeb235213a872192d90877d0cd55635b91';
  const endpointOf = (address: string, flags = 'master') =>
    parseClusterNodes(`${ID} ${address} ${flags} - 0 1426238317239 4 connected 0-5460\n`)[0]?.endpoint;

  it('names each member, those that are down included', () => {
    const nodes = parseClusterNodes(
      [
        `${ID} 10.0.0.1:6379@16379 myself,master - 0 0 1 connected 0-5460`,
        `${ID} 10.0.0.2:6379@16379 slave,fail ${ID} 0 0 2 disconnected`,
        `${ID} 10.0.0.3:6379@16379 master,fail? - 0 0 3 connected 5461-16383`,
        `${ID} 10.0.0.4:6379@16379 handshake - 0 0 0 disconnected`,
        `${ID} :0@0 master,fail,noaddr - 0 0 0 disconnected`,
        '',
      ].join('\n'),
    );
    expect(nodes.map(({ endpoint, myself }) => [endpoint?.host, myself])).toEqual([
      ['10.0.0.1', true],
      ['10.0.0.2', false],
      ['10.0.0.3', false],
      [undefined, false],
    ]);
  });

  it.each([
    ['10.0.0.2:6379', '10.0.0.2', 6379],
    ['2001:db8::7:6379@16379', '2001:db8::7', 6379],
    ['10.0.0.2:6379@16379,', '10.0.0.2', 6379],
    ['10.0.0.2:6379@16379,,shard-id=69bc', '10.0.0.2', 6379],
    ['10.0.0.2:6379@16379,redis-2.example,tls-port=0,shard-id=69bc', 'redis-2.example', 6379],
    ['10.0.0.2:6379@16379,?', '10.0.0.2', 6379],
  ])('reads %s', (address, host, port) => {
    expect(endpointOf(address)).toEqual({ host, port });
  });
});
