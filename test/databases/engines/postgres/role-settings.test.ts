import { describe, expect, it } from '@jest/globals';
import { parseSettings, settingStatements } from '../../../../lib/databases/engines/postgres/role-settings.js';

const statements = (actual: string[], wanted: string[], database: string | null = null) =>
  settingStatements('a"pp', parseSettings(database, actual), parseSettings(database, wanted)).map(({ sql }) => sql);

describe('settings of a role', () => {
  it('are changed only where they differ', () => {
    expect(statements(['work_mem=8MB', 'gone=1'], ['work_mem=8MB', 'new.one=a=b'])).toEqual([
      'ALTER ROLE "a""pp" RESET "gone"',
      `ALTER ROLE "a""pp" SET "new.one" TO E'a=b'`,
    ]);
    expect(statements(['work_mem=8MB'], ['work_mem=8MB'])).toEqual([]);
  });

  it('keep to their database', () => {
    expect(statements(['a=1'], ['a=2'], 'my"db')).toEqual([`ALTER ROLE "a""pp" IN DATABASE "my""db" SET "a" TO E'2'`]);
    expect(
      settingStatements('app', parseSettings('one', ['a=1']), parseSettings('two', ['a=1'])).map(({ sql }) => sql),
    ).toEqual(['ALTER ROLE "app" IN DATABASE "one" RESET "a"', `ALTER ROLE "app" IN DATABASE "two" SET "a" TO E'1'`]);
  });

  it.each([
    ['"$user", public', `E'$user', E'public'`],
    ['"a, b", "quo""ted", plain', `E'a, b', E'quo"ted', E'plain'`],
    ['""', `E''`],
    ['', `E''`],
    ['"it\'s \\"', `E'it''s \\\\'`],
  ])('that are lists of names are taken apart: %s', (value, sql) => {
    expect(statements([], [`search_path=${value}`])).toEqual([`ALTER ROLE "a""pp" SET "search_path" TO ${sql}`]);
  });

  it('that are other lists stay in one piece', () => {
    expect(statements([], ['DateStyle=SQL, DMY'])).toEqual([`ALTER ROLE "a""pp" SET "DateStyle" TO E'SQL, DMY'`]);
  });
});
