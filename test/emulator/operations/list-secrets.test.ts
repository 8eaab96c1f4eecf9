/** ListSecrets: E13 of the recordings, and every filter and order that its documents know. */
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  type Filter,
  GetSecretValueCommand,
  ListSecretsCommand,
  type ListSecretsCommandInput,
  ReplicateSecretToRegionsCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { account, refusal, region, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();

beforeEach(async () => {
  const secrets = [
    { Name: 'prod/orders', Description: 'Orders Database', Tags: [{ Key: 'team', Value: 'Shop' }] },
    { Name: 'prod/users', Description: 'user directory', Tags: [{ Key: 'Team', Value: 'accounts' }] },
    { Name: 'dev/orders', Tags: [{ Key: 'stage', Value: 'dev' }] },
  ];
  for (const secret of secrets) {
    aws.clock.pass({ seconds: 1 });
    await aws.client.send(new CreateSecretCommand({ SecretString: 'x', ...secret }));
  }
});

const list = async (input: ListSecretsCommandInput = {}) => aws.client.send(new ListSecretsCommand(input));
const names = async (input: ListSecretsCommandInput = {}) => (await list(input)).SecretList?.map(({ Name }) => Name);
const found = (...Filters: [Filter['Key'], ...string[]][]) =>
  names({ Filters: Filters.map(([Key, ...Values]) => ({ Key, Values })) });

describe('ListSecrets', () => {
  it('E13: the oldest first; SecretVersionsToStages only of what has versions', async () => {
    await aws.client.send(new CreateSecretCommand({ Name: 'empty' }));
    expect(await names()).toEqual(['prod/orders', 'prod/users', 'dev/orders', 'empty']);
    const { SecretList = [] } = await list();
    expect(SecretList.map((entry) => 'SecretVersionsToStages' in entry)).toEqual([true, true, true, false]);
    expect(SecretList.every((entry) => !('KmsKeyId' in entry) && !('VersionIdsToStages' in entry))).toBe(true);
  });

  it.each<[string, Parameters<typeof found>, string[]]>([
    ['name: a prefix', [['name', 'prod/']], ['prod/orders', 'prod/users']],
    ['name: with regard to case', [['name', 'PROD']], []],
    ['name: one of several', [['name', 'dev', 'prod/u']], ['prod/users', 'dev/orders']],
    ['description: a prefix, without regard to case', [['description', 'ORDERS']], ['prod/orders']],
    ['description: not in the middle', [['description', 'Database']], []],
    ['tag-key: with regard to case', [['tag-key', 'te']], ['prod/orders']],
    ['tag-value', [['tag-value', 'dev']], ['dev/orders']],
    ['tag-value: with regard to case', [['tag-value', 'shop']], []],
    ['owning-service', [['owning-service', 'rds']], []],
    ['primary-region', [['primary-region', 'us']], []],
    ['all: words of every attribute', [['all', 'shop']], ['prod/orders']],
    ['all: every word, each anywhere', [['all', 'orders dev']], ['dev/orders']],
    ['all: without regard to case', [['all', 'DIRECTORY']], ['prod/users']],
    [
      'several filters: all of them',
      [
        ['name', 'prod'],
        ['tag-key', 'Team'],
      ],
      ['prod/users'],
    ],
    ['negation', [['name', '!prod']], ['dev/orders']],
    ['negation beside a prefix', [['name', 'prod', '!prod/u']], ['prod/orders']],
    ['negation of a tag', [['tag-key', '!team', '!stage']], ['prod/users']],
    ['negation of what nobody has', [['owning-service', '!rds']], ['prod/orders', 'prod/users', 'dev/orders']],
  ])('%s', async (_, filters, expected) => {
    expect(await found(...filters)).toEqual(expected);
  });

  it('primary-region and owning-service', async () => {
    aws.emulator.createManagedSecret({
      accountId: account,
      region,
      owningService: 'rds',
      name: 'rds!cluster-1',
      secretString: '{}',
    });
    await aws.client.send(
      new ReplicateSecretToRegionsCommand({ SecretId: 'dev/orders', AddReplicaRegions: [{ Region: 'eu-west-1' }] }),
    );
    expect(await found(['owning-service', 'rd'])).toEqual(['rds!cluster-1']);
    expect(await found(['primary-region', 'us-west-2'])).toEqual(['dev/orders']);
    expect(await found(['primary-region', '!us-west-2'])).toEqual(['prod/orders', 'prod/users', 'rds!cluster-1']);
  });

  it('every order, both ways', async () => {
    aws.clock.pass({ days: 1 });
    await aws.client.send(new GetSecretValueCommand({ SecretId: 'prod/users' }));
    aws.clock.pass({ days: 1 });
    await aws.client.send(new GetSecretValueCommand({ SecretId: 'prod/orders' }));
    await aws.client.send(new UpdateSecretCommand({ SecretId: 'prod/orders', Description: 'changed last' }));
    const orders = {
      name: ['dev/orders', 'prod/orders', 'prod/users'],
      'created-date': ['prod/orders', 'prod/users', 'dev/orders'],
      'last-accessed-date': ['dev/orders', 'prod/users', 'prod/orders'],
      'last-changed-date': ['prod/users', 'dev/orders', 'prod/orders'],
    } as const;
    for (const [SortBy, expected] of Object.entries(orders) as [keyof typeof orders, readonly string[]][]) {
      expect({ SortBy, names: await names({ SortBy }) }).toEqual({ SortBy, names: expected });
      expect(await names({ SortBy, SortOrder: 'asc' })).toEqual(expected);
      expect(await names({ SortBy, SortOrder: 'desc' })).toEqual([...expected].reverse());
    }
    expect(await names({ SortOrder: 'desc' })).toEqual(['dev/orders', 'prod/users', 'prod/orders']);
  });

  it('E13: ten a page unless told otherwise', async () => {
    for (let i = 0; i < 9; i++) await aws.client.send(new CreateSecretCommand({ Name: `more-${i}` }));
    const first = await list();
    expect(first.SecretList).toHaveLength(10);
    const second = await list({ NextToken: first.NextToken });
    expect(second.SecretList?.map(({ Name }) => Name)).toEqual(['more-7', 'more-8']);
    expect(second.NextToken).toBeUndefined();
    expect((await list({ MaxResults: 100 })).SecretList).toHaveLength(12);
  });

  it('pages of a filtered, sorted list lose nothing and repeat nothing, whatever comes or goes meanwhile', async () => {
    const pages = { Filters: [{ Key: 'all' as const, Values: ['orders'] }], SortBy: 'name' as const, MaxResults: 1 };
    const first = await list(pages);
    await aws.client.send(new CreateSecretCommand({ Name: 'a-orders' }));
    const { SecretList } = await list({ ...pages, NextToken: first.NextToken });
    expect([first.SecretList?.[0]?.Name, SecretList?.[0]?.Name]).toEqual(['dev/orders', 'prod/orders']);
    await aws.client.send(new DeleteSecretCommand({ SecretId: 'dev/orders', ForceDeleteWithoutRecovery: true }));
    const after = await list({ MaxResults: 1 });
    await aws.client.send(new DeleteSecretCommand({ SecretId: 'prod/orders', ForceDeleteWithoutRecovery: true }));
    expect(await names({ NextToken: after.NextToken })).toEqual(['prod/users', 'a-orders']);
  });

  it.each<[string, ListSecretsCommandInput, string]>([
    ['no results a page', { MaxResults: 0 }, 'ValidationException'],
    ['101 results a page', { MaxResults: 101 }, 'ValidationException'],
    ['an unknown order', { SortBy: 'size' as 'name' }, 'ValidationException'],
    ['eleven filters', { Filters: Array<Filter>(11).fill({ Key: 'name', Values: ['a'] }) }, 'ValidationException'],
    ['eleven values', { Filters: [{ Key: 'name', Values: Array<string>(11).fill('a') }] }, 'ValidationException'],
    ['a value of other characters', { Filters: [{ Key: 'name', Values: ['a*'] }] }, 'ValidationException'],
    ['a filter without a key', { Filters: [{ Values: ['a'] }] }, 'InvalidParameterException'],
    ['a token of nobody', { NextToken: 'invented' }, 'InvalidNextTokenException'],
  ])('refused: %s', async (_, input, name) => {
    expect(await refusal(list(input))).toMatchObject({ name });
  });
});
