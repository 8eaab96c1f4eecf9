import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { postgres } from '../../lib/databases/engines/postgres.js';
import { alternatingUsers } from '../../lib/databases/strategies/alternating-users.js';
import { singleUser } from '../../lib/databases/strategies/single-user.js';
import { defineRotator, plainText } from '../../lib/index.js';
import { mayStandIn } from '../../lib/rotation/target.js';

const current = {
  engine: 'postgres',
  host: 'db.example.com',
  username: 'app',
  password: 'one',
  masterarn: 'arn:super',
};

describe.each([
  ['singleUser', singleUser(postgres()), { ...current, password: 'two' }],
  ['alternatingUsers', alternatingUsers(postgres()), { ...current, username: 'app_clone', password: 'two' }],
])('in place of AWSCURRENT, %s', (_name, rotator, pending) => {
  const fits = (changes: object) => mayStandIn(rotator, { current, pending }, { ...current, ...changes });

  it('takes another password of the same user', () => {
    expect(fits({ password: 'lost' })).toBe(true);
  });

  it.each([
    ['host', { host: 'evil.example.com' }],
    ['port', { port: 5433 }],
    ['database', { dbname: 'other' }],
    ['engine', { engine: 'aurora-postgresql' }],
    ['user', { username: 'postgres' }],
    ['user, the one whose turn it is', { username: 'app_clone' }],
    ['connection without TLS', { ssl: false }],
    ['superuser', { masterarn: 'arn:other' }],
  ])('does not take another %s', (_what, changes) => {
    expect(fits({ password: 'lost', ...changes })).toBe(false);
  });
});

describe('in place of AWSCURRENT, a rotator', () => {
  const secret = z.object({ url: z.string(), key: z.string(), region: z.object({ name: z.string() }).optional() });
  const rotator = defineRotator({ secret, createSecret: () => ({ key: 'two' }), testSecret: () => {} });
  const versions = {
    current: { url: 'https://a.example', key: 'one' },
    pending: { url: 'https://a.example', key: 'two' },
  };

  it('without a target takes what differs only in what this rotation changes', () => {
    expect(mayStandIn(rotator, versions, { url: 'https://a.example', key: 'lost' })).toBe(true);
    expect(mayStandIn(rotator, versions, { url: 'https://b.example', key: 'lost' })).toBe(false);
    expect(
      mayStandIn<z.infer<typeof secret>>(rotator, versions, {
        ...versions.current,
        key: 'lost',
        region: { name: 'x' },
      }),
    ).toBe(false);
  });

  it('compares members by value', () => {
    const region = () => ({ region: { name: 'x' } });
    const { current, pending } = versions;
    const both = { current: { ...current, ...region() }, pending: { ...pending, ...region() } };
    expect(mayStandIn(rotator, both, { ...current, key: 'lost', ...region() })).toBe(true);
  });

  it('of a text takes any, but for another target', () => {
    const text = defineRotator({ secret: plainText(), createSecret: () => 'two', testSecret: () => {} });
    expect(mayStandIn(text, { current: 'one', pending: 'two' }, 'lost')).toBe(true);
    const url = defineRotator({ ...text, target: (value: string) => ({ host: new URL(value).host }) });
    const urls = { current: 'https://one@a.example', pending: 'https://two@a.example' };
    expect(mayStandIn(url, urls, 'https://lost@a.example')).toBe(true);
    expect(mayStandIn(url, urls, 'https://lost@b.example')).toBe(false);
  });
});
