import { describe, expect, it } from '@jest/globals';
import { postgres } from '../../../lib/databases/engines/postgres.js';
import { turnsOfPair, turnsWithClone } from '../../../lib/databases/strategies/turns.js';
import { alternatingUsers } from '../../../lib/index.js';

const driver = postgres();

describe('a user and its clone', () => {
  it.each([
    [undefined, 'app', 'app_clone'],
    ['{username}_b', 'app', 'app_b'],
    ['blue-{username}', 'app', 'blue-app'],
    ['blue-{username}-b', 'app', 'blue-app-b'],
    ['{username}_clone', '_clone', '_clone_clone'],
  ])('named by %j, %s takes turns with %s', (cloneName, original, clone) => {
    const turns = turnsWithClone(cloneName);
    expect([turns.other(original, driver), turns.other(clone, driver)]).toEqual([clone, original]);
    expect([turns.original(original, driver), turns.original(clone, driver)]).toEqual([original, original]);
  });

  it('are told from users whose names merely begin or end so', () => {
    const turns = turnsWithClone('blue-{username}-b');
    expect(turns.other('blue-app', driver)).toBe('blue-blue-app-b');
    expect(turns.other('blue-b', driver)).toBe('blue-blue-b-b');
  });

  it.each(['', 'clone', '{username}', '{username}{username}', '{user}_b', 7 as unknown as string])(
    'cannot be named by %j',
    (cloneName) => {
      expect(() => alternatingUsers(driver, { cloneName })).toThrow(
        expect.objectContaining({ name: 'InvalidOptionsError', option: 'cloneName' }),
      );
    },
  );
});

describe('two users that are there', () => {
  it('take turns', () => {
    const turns = turnsOfPair(['blue', 'green']);
    expect([turns.other('blue', driver), turns.other('green', driver)]).toEqual(['green', 'blue']);
    expect([turns.original('blue', driver), turns.original('green', driver)]).toEqual(['blue', 'blue']);
    expect(turns.original('red', driver)).toBe('red');
    expect(() => turns.other('red', driver)).toThrow(
      expect.objectContaining({
        name: 'InvalidSecretError',
        message: expect.stringContaining('neither "blue" nor "green"'),
      }),
    );
  });

  it.each([[['blue', 'blue']], [['blue', '']], [['blue']], [['blue', 'green', 'red']], ['ab']])(
    'are not %j',
    (usernames) => {
      expect(() => alternatingUsers(driver, { usernames: usernames as never })).toThrow(
        expect.objectContaining({ name: 'InvalidOptionsError', option: 'usernames' }),
      );
    },
  );

  it('have no clone to name', () => {
    const both = { usernames: ['blue', 'green'], cloneName: '{username}_b' } as never;
    expect(() => alternatingUsers(driver, both)).toThrow(
      expect.objectContaining({ name: 'InvalidOptionsError', option: 'cloneName' }),
    );
  });
});
