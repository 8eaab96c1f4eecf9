import { describe, expect, it } from '@jest/globals';
import { passwordPlugin } from '../../../../lib/databases/engines/mysql/password-hash.js';
import { sha256Crypt } from '../../../../lib/databases/engines/mysql/sha256-crypt.js';

const plugin = (name: string) => {
  const found = passwordPlugin(name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};

describe('SHA-crypt with SHA-256', () => {
  // The vectors of its specification. @see https://www.akkadia.org/drepper/SHA-crypt.txt
  it.each([
    ['Hello world!', 'saltstring', 5_000, '5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5'],
    ['Hello world!', 'saltstringsaltst', 10_000, '3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA'],
    ['This is just a test', 'toolongsaltstrin', 5_000, 'Un/5jzAHMgOGZ5.mWJpuVolil07guHPvOW8mGRcvxa5'],
    [
      'a very much longer text to encrypt.  This one even stretches over morethan one line.',
      'anotherlongsalts',
      1_400,
      'Rx.j8H.h8HjEDGomFU8bDkXm3XIUnzyxf12oP84Bnq1',
    ],
  ])('of %j with salt %j and %i rounds', (password, salt, rounds, digest) => {
    expect(sha256Crypt(password, Buffer.from(salt), rounds)).toBe(digest);
  });
});

describe('what a server stores', () => {
  it('for mysql_native_password', async () => {
    // What PASSWORD('mypass') answers in MySQL's manual of 5.7.
    const hash = '*6C8989366EAF75BB670AD8EA7A7FC1176A95CEF4';
    expect(await plugin('mysql_native_password').hash('mypass')).toBe(hash);
    expect(await plugin('mysql_native_password').matches(hash, 'mypass')).toBe(true);
    expect(await plugin('mysql_native_password').matches(hash, 'mypasS')).toBe(false);
  });

  it('for ed25519', async () => {
    // The example of MariaDB's documentation: PASSWORD('secret').
    const hash = 'ZIgUREUg5PVgQ6LskhXmO+eZLS0nC8be6HPjYWR4YJY';
    expect(await plugin('ed25519').hash('secret')).toBe(hash);
    expect(await plugin('ed25519').matches(hash, 'secre')).toBe(false);
  });

  it('for caching_sha2_password', async () => {
    // The example of SHOW CREATE USER in MySQL's manual, whose password is `secret`: the salt holds what no letter is.
    const hash = Buffer.from(
      '244124303035240C7745603626313D613C4C10633E0A104B1E14135A544A7871567245614F4872344643546336546F624F6C7861326932752F45622F4F473273597557627139',
      'hex',
    ).toString();
    expect(await plugin('caching_sha2_password').matches(hash, 'secret')).toBe(true);
    expect(await plugin('caching_sha2_password').matches(hash, 'Secret')).toBe(false);
    const made = await plugin('caching_sha2_password').hash('secret');
    expect(made).toMatch(/^\$A\$005\$[./0-9A-Za-z]{63}$/);
    expect(made).not.toBe(await plugin('caching_sha2_password').hash('secret'));
    expect(await plugin('caching_sha2_password').matches(made, 'secret')).toBe(true);
  });

  it('for sha256_password', async () => {
    const made = await plugin('sha256_password').hash('secret');
    expect(made).toMatch(/^\$5\$[./0-9A-Za-z]{20}\$[./0-9A-Za-z]{43}$/);
    expect(await plugin('sha256_password').matches(made, 'secret')).toBe(true);
    expect(await plugin('sha256_password').matches(made, 'secrets')).toBe(false);
    expect(await plugin('sha256_password').matches('', '')).toBe(false);
  });

  it('knows no plugin whose passwords the server does not keep', () => {
    for (const name of ['unix_socket', 'auth_pam', 'awsauthenticationplugin', 'constructor', ''])
      expect(passwordPlugin(name)).toBeUndefined();
  });
});
