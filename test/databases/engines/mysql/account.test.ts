import { describe, expect, it } from '@jest/globals';
import { attributeClauses, parseAccount } from '../../../../lib/databases/engines/mysql/account.js';
import { UnreadableError } from '../../../../lib/databases/engines/mysql/tokens.js';

const MYSQL_8 =
  "CREATE USER `app`@`%` IDENTIFIED WITH 'caching_sha2_password' AS '$A$005$4`9\\Z\\'e' DEFAULT ROLE `reader`@`%`,`writer`@`%` " +
  "REQUIRE ISSUER '/CN=it\\'s' SUBJECT 'x' WITH MAX_QUERIES_PER_HOUR 10 MAX_USER_CONNECTIONS 5 PASSWORD EXPIRE INTERVAL 90 DAY ACCOUNT LOCK PASSWORD HISTORY 5 " +
  'PASSWORD REUSE INTERVAL 30 DAY PASSWORD REQUIRE CURRENT OPTIONAL FAILED_LOGIN_ATTEMPTS 3 PASSWORD_LOCK_TIME UNBOUNDED ' +
  `ATTRIBUTE '{"team": "sales", "comment": "it\\'s"}'`;
const PLAIN_8 =
  "CREATE USER `app_clone`@`%` IDENTIFIED WITH 'caching_sha2_password' AS 0x244124303035 REQUIRE NONE PASSWORD EXPIRE DEFAULT ACCOUNT UNLOCK PASSWORD HISTORY DEFAULT " +
  'PASSWORD REUSE INTERVAL DEFAULT PASSWORD REQUIRE CURRENT DEFAULT';
const PLAIN_57 =
  "CREATE USER 'app'@'%' IDENTIFIED WITH 'mysql_native_password' AS '*6C89' REQUIRE NONE PASSWORD EXPIRE DEFAULT ACCOUNT UNLOCK";

const differences = (source: string, target: string) =>
  attributeClauses(parseAccount([source]), parseAccount([target]));

describe('what SHOW CREATE USER answers', () => {
  it('is read, of MySQL 8', () => {
    const account = parseAccount([MYSQL_8]);
    expect(account.authentications).toEqual([{ plugin: 'caching_sha2_password', hash: "$A$005$4`9\x1a'e" }]);
    expect(account.defaultRoles).toEqual(['`reader`@`%`', '`writer`@`%`']);
    expect(account.attribute).toEqual({ team: 'sales', comment: "it's" });
    expect(parseAccount([PLAIN_8]).authentications).toEqual([{ plugin: 'caching_sha2_password', hash: '$A$005' }]);
  });

  it('is read, of MySQL 5.7 and for a user who is shown no hash', () => {
    expect(parseAccount([PLAIN_57])).toMatchObject({
      authentications: [{ plugin: 'mysql_native_password', hash: '*6C89' }],
      attributes: new Map(),
    });
    const [own] = parseAccount(["CREATE USER `a`@`%` IDENTIFIED WITH 'sha256_password' AS '<secret>'"]).authentications;
    expect(own).toEqual({ plugin: 'sha256_password', hash: undefined });
  });

  it('is read, of MariaDB, with several plugins and an expired password', () => {
    const account = parseAccount([
      "CREATE USER `m`@`%` IDENTIFIED VIA ed25519 USING 'ZIgU' OR unix_socket REQUIRE SSL WITH MAX_STATEMENT_TIME 1.500000 ACCOUNT LOCK PASSWORD EXPIRE",
      'ALTER USER `m`@`%` PASSWORD EXPIRE INTERVAL 30 DAY',
    ]);
    expect(account.authentications).toEqual([
      { plugin: 'ed25519', hash: 'ZIgU' },
      { plugin: 'unix_socket', hash: undefined },
    ]);
    expect([...account.attributes]).toEqual([
      ['REQUIRE', 'REQUIRE SSL'],
      ['MAX_STATEMENT_TIME', 'MAX_STATEMENT_TIME 1.500000'],
      ['ACCOUNT', 'ACCOUNT LOCK'],
      ['PASSWORD EXPIRE', 'PASSWORD EXPIRE INTERVAL 30 DAY'],
    ]);
    expect(parseAccount(["CREATE USER `a`@`%` IDENTIFIED BY PASSWORD '*6C89'"]).authentications).toEqual([
      { plugin: 'mysql_native_password', hash: '*6C89' },
    ]);
  });

  it('has several factors in MySQL', () => {
    const { authentications } = parseAccount([
      "CREATE USER `a`@`%` IDENTIFIED WITH 'caching_sha2_password' AS 'x' AND IDENTIFIED WITH 'authentication_fido' REQUIRE NONE",
    ]);
    expect(authentications.map(({ plugin }) => plugin)).toEqual(['caching_sha2_password', 'authentication_fido']);
  });

  it('is not guessed at, and not shown, where it is unknown', () => {
    for (const line of [
      "CREATE USER `a`@`%` IDENTIFIED SOMEHOW AS '*6C89'",
      'CREATE USER `a`@`%` REQUIRE NONE SECOND 1',
      "CREATE USER 'a",
    ])
      expect(() => parseAccount([line])).toThrow(new UnreadableError(''));
  });
});

describe('what ALTER USER is told', () => {
  it('is nothing between equals', () => {
    expect(differences(MYSQL_8, MYSQL_8)).toBeUndefined();
    expect(differences(PLAIN_8, PLAIN_57)).toBeUndefined();
  });

  it('is everything, in the order of the grammar', () => {
    expect(differences(MYSQL_8, PLAIN_8)).toBe(
      "REQUIRE ISSUER '/CN=it''s' AND SUBJECT 'x' WITH MAX_QUERIES_PER_HOUR 10 MAX_USER_CONNECTIONS 5 PASSWORD EXPIRE INTERVAL 90 DAY ACCOUNT LOCK PASSWORD HISTORY 5 " +
        'PASSWORD REUSE INTERVAL 30 DAY PASSWORD REQUIRE CURRENT OPTIONAL FAILED_LOGIN_ATTEMPTS 3 PASSWORD_LOCK_TIME UNBOUNDED ' +
        `ATTRIBUTE '{"team":"sales","comment":"it''s"}'`,
    );
  });

  it('takes everything away again', () => {
    expect(differences(PLAIN_8, MYSQL_8)).toBe(
      'REQUIRE NONE WITH MAX_QUERIES_PER_HOUR 0 MAX_USER_CONNECTIONS 0 PASSWORD EXPIRE DEFAULT ACCOUNT UNLOCK PASSWORD HISTORY DEFAULT PASSWORD REUSE INTERVAL DEFAULT ' +
        `PASSWORD REQUIRE CURRENT DEFAULT FAILED_LOGIN_ATTEMPTS 0 PASSWORD_LOCK_TIME 0 ATTRIBUTE '{"team":null,"comment":null}'`,
    );
  });
});
