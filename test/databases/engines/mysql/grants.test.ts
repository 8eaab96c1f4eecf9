import { describe, expect, it } from '@jest/globals';
import {
  ACCOUNT,
  additions,
  restrictionsOnlyIn,
  revocations,
} from '../../../../lib/databases/engines/mysql/grant-changes.js';
import { parseGrants } from '../../../../lib/databases/engines/mysql/grants.js';
import { UnreadableError } from '../../../../lib/databases/engines/mysql/tokens.js';

const statements = (changes: readonly { readonly sql: string }[]) =>
  changes.map(({ sql }) => sql.replace(ACCOUNT, 'x'));
const changes = (source: readonly string[], target: readonly string[]) => ({
  revoked: statements(revocations(parseGrants(source), parseGrants(target))),
  granted: statements(additions(parseGrants(source), parseGrants(target))),
});

/** As MySQL 8.0 writes them. */
const MYSQL = [
  'GRANT SELECT, INSERT, CREATE USER ON *.* TO `app`@`%` WITH GRANT OPTION',
  'GRANT BACKUP_ADMIN,XA_RECOVER_ADMIN ON *.* TO `app`@`%` WITH GRANT OPTION',
  'GRANT APPLICATION_PASSWORD_ADMIN ON *.* TO `app`@`%`',
  'REVOKE INSERT, SELECT ON `mysql`.* FROM `app`@`%`',
  'GRANT ALL PRIVILEGES ON `a TO b``c`.* TO `app`@`%`',
  'GRANT SELECT ON `shop\\_%`.* TO `app`@`%`',
  'GRANT SELECT (`a`, `b TO c`), INSERT (`a`), DELETE ON `shop`.`t` TO `app`@`%` WITH GRANT OPTION',
  'GRANT EXECUTE, ALTER ROUTINE ON PROCEDURE `shop`.`p` TO `app`@`%`',
  'GRANT PROXY ON `other`@`%` TO `app`@`%` WITH GRANT OPTION',
  'GRANT `reader`@`%`,`writer`@`10.%` TO `app`@`%`',
  'GRANT `boss`@`%` TO `app`@`%` WITH ADMIN OPTION',
];
const USAGE = ['GRANT USAGE ON *.* TO `app_clone`@`%`'];

describe('what SHOW GRANTS answers', () => {
  it('is read whole, of MySQL', () => {
    const grants = parseGrants(MYSQL);
    expect([...grants.levels.keys()]).toEqual([
      '*.*',
      '`a TO b``c`.*',
      '`shop\\_%`.*',
      '`shop`.`t`',
      'PROCEDURE `shop`.`p`',
    ]);
    expect(grants.levels.get('*.*')).toEqual({
      privileges: new Set(['SELECT', 'INSERT', 'CREATE USER']),
      grantOption: true,
    });
    expect(grants.levels.get('`shop`.`t`')).toEqual({
      privileges: new Set(['SELECT (`a`)', 'SELECT (`b TO c`)', 'INSERT (`a`)', 'DELETE']),
      grantOption: true,
    });
    expect(grants.levels.get('`a TO b``c`.*')).toEqual({ privileges: new Set(['ALL PRIVILEGES']), grantOption: false });
    expect([...grants.dynamic]).toEqual([
      ['BACKUP_ADMIN', true],
      ['XA_RECOVER_ADMIN', true],
      ['APPLICATION_PASSWORD_ADMIN', false],
    ]);
    expect([...grants.roles]).toEqual([
      ['`reader`@`%`', false],
      ['`writer`@`10.%`', false],
      ['`boss`@`%`', true],
    ]);
    expect([...grants.proxies]).toEqual([['`other`@`%`', true]]);
    expect([...grants.restrictions]).toEqual([['`mysql`.*', new Set(['INSERT', 'SELECT'])]]);
  });

  it('is read of MySQL 5.7, which quotes accounts, and of MariaDB, which repeats attributes', () => {
    expect(parseGrants(["GRANT SELECT ON `shop`.* TO 'a''b'@'%' WITH GRANT OPTION"]).levels.get('`shop`.*')).toEqual({
      privileges: new Set(['SELECT']),
      grantOption: true,
    });
    const grants = parseGrants([
      'GRANT `readers` TO `g`@`%` WITH ADMIN OPTION',
      "GRANT PROCESS, BINLOG MONITOR ON *.* TO `g`@`%` IDENTIFIED BY PASSWORD '*B69027D44F6E5EDC07F1AEAD1477967B16F28227' REQUIRE ISSUER 'WITH GRANT OPTION' SUBJECT 'su' WITH MAX_USER_CONNECTIONS 5 MAX_STATEMENT_TIME 1.500000",
      'SET DEFAULT ROLE `readers` FOR `g`@`%`',
    ]);
    expect(grants.levels.get('*.*')).toEqual({
      privileges: new Set(['PROCESS', 'BINLOG MONITOR']),
      grantOption: false,
    });
    expect(grants.defaultRole).toBe('`readers`');
    expect([...grants.roles]).toEqual([['`readers`', true]]);
  });

  it('is not guessed at, and not shown, where it is unknown', () => {
    for (const line of [
      'GRANT SELECT ON `shop`.* FOR `a`@`%`',
      "CALL secret('*B69027')",
      "GRANT SELECT ON `shop`.* TO `a`@`%` IDENTIFIED BY PASSWORD '*B69027",
      'GRANT ON `shop`.* TO `a`@`%`',
      '',
    ])
      expect(() => parseGrants([line])).toThrow(new UnreadableError(''));
  });
});

describe('what is changed', () => {
  it('is nothing between equals', () => {
    expect(changes(MYSQL, MYSQL)).toEqual({ revoked: [], granted: [] });
  });

  it('is everything for a new user', () => {
    expect(changes(MYSQL, USAGE)).toEqual({
      revoked: [],
      granted: [
        'SELECT, INSERT, CREATE USER ON *.* TO x WITH GRANT OPTION',
        'ALL PRIVILEGES ON `a TO b``c`.* TO x',
        'SELECT ON `shop\\_%`.* TO x',
        'SELECT (`a`), SELECT (`b TO c`), INSERT (`a`), DELETE ON `shop`.`t` TO x WITH GRANT OPTION',
        'EXECUTE, ALTER ROUTINE ON PROCEDURE `shop`.`p` TO x',
        'BACKUP_ADMIN ON *.* TO x WITH GRANT OPTION',
        'XA_RECOVER_ADMIN ON *.* TO x WITH GRANT OPTION',
        'APPLICATION_PASSWORD_ADMIN ON *.* TO x',
        'PROXY ON `other`@`%` TO x WITH GRANT OPTION',
        '`reader`@`%` TO x',
        '`writer`@`10.%` TO x',
        '`boss`@`%` TO x WITH ADMIN OPTION',
      ],
    });
  });

  it('is everything for somebody who lost it all', () => {
    expect(changes(USAGE, MYSQL)).toEqual({
      revoked: [
        '`reader`@`%` FROM x',
        '`writer`@`10.%` FROM x',
        '`boss`@`%` FROM x',
        'PROXY ON `other`@`%` FROM x',
        'BACKUP_ADMIN ON *.* FROM x',
        'XA_RECOVER_ADMIN ON *.* FROM x',
        'APPLICATION_PASSWORD_ADMIN ON *.* FROM x',
        'GRANT OPTION, SELECT, INSERT, CREATE USER ON *.* FROM x',
        'ALL PRIVILEGES ON `a TO b``c`.* FROM x',
        'SELECT ON `shop\\_%`.* FROM x',
        'GRANT OPTION, SELECT (`a`), SELECT (`b TO c`), INSERT (`a`), DELETE ON `shop`.`t` FROM x',
        'EXECUTE, ALTER ROUTINE ON PROCEDURE `shop`.`p` FROM x',
      ],
      granted: [],
    });
  });

  it('takes options away without what they are for, where the grammar lets it', () => {
    expect(
      changes(
        ['GRANT SELECT ON `d`.* TO a@b'.replace('a@b', '`a`@`b`')],
        ['GRANT SELECT ON `d`.* TO `a`@`b` WITH GRANT OPTION'],
      ),
    ).toEqual({
      revoked: ['GRANT OPTION ON `d`.* FROM x'],
      granted: [],
    });
    expect(
      changes(['GRANT SELECT ON `d`.* TO `a`@`b` WITH GRANT OPTION'], ['GRANT SELECT ON `d`.* TO `a`@`b`']),
    ).toEqual({
      revoked: [],
      granted: ['USAGE ON `d`.* TO x WITH GRANT OPTION'],
    });
    // What is taken as a whole is given again without it, once it is gone.
    expect(changes(['GRANT `r`@`%` TO `a`@`b`'], ['GRANT `r`@`%` TO `a`@`b` WITH ADMIN OPTION']).revoked).toEqual([
      '`r`@`%` FROM x',
    ]);
  });

  it('takes ALL as a whole, and gives it as a whole', () => {
    const some = ['GRANT SELECT ON `d`.* TO `a`@`b`'];
    const all = ['GRANT ALL PRIVILEGES ON `d`.* TO `a`@`b` WITH GRANT OPTION'];
    expect(changes(some, all)).toEqual({
      revoked: ['GRANT OPTION ON `d`.* FROM x', 'ALL PRIVILEGES ON `d`.* FROM x'],
      granted: [],
    });
    expect(changes(all, some)).toEqual({
      revoked: [],
      granted: ['ALL PRIVILEGES ON `d`.* TO x WITH GRANT OPTION'],
    });
  });

  it('knows the databases for which global privileges do not hold', () => {
    const { restrictions } = parseGrants(MYSQL);
    const one = new Map([['`mysql`.*', new Set(['SELECT', 'DELETE'])]]);
    expect(restrictionsOnlyIn(restrictions, one)).toEqual([{ object: '`mysql`.*', privileges: ['INSERT'] }]);
    expect(restrictionsOnlyIn(one, restrictions)).toEqual([{ object: '`mysql`.*', privileges: ['DELETE'] }]);
  });

  it('grants packages of MariaDB in the mode that knows them', () => {
    const [change] = additions(parseGrants(['GRANT EXECUTE ON PACKAGE BODY `d`.`p` TO `a`@`b`']), parseGrants(USAGE));
    expect(change).toMatchObject({ mode: 'ORACLE', sql: `EXECUTE ON PACKAGE BODY \`d\`.\`p\` TO ${ACCOUNT}` });
  });
});
