import { InvalidOptionsError, InvalidSecretError } from '../../rotation/errors.js';
import type { DatabaseDriver } from '../driver.js';

/** Whose turn it is, of the two users that take turns. */
export interface Turns {
  /** Of a pair, the one that names it: the user without the clone's prefix and suffix. */
  original(username: string, driver: DatabaseDriver): string;
  /** @throws InvalidSecretError for a user that takes no turns */
  other(username: string, driver: DatabaseDriver): string;
}

const PLACEHOLDER = '{username}';

/**
 * A user and its clone.
 * @param cloneName The clone's name, with `{username}` for the original's. Default: by the driver's suffix.
 * @throws InvalidOptionsError
 */
export function turnsWithClone(cloneName: string | undefined): Turns {
  if (cloneName !== undefined) checkCloneName(cloneName);

  function affixes({ cloneSuffix }: DatabaseDriver): { readonly prefix: string; readonly suffix: string } {
    const [prefix = '', suffix = ''] = (cloneName ?? `${PLACEHOLDER}${cloneSuffix}`).split(PLACEHOLDER);
    return { prefix, suffix };
  }

  /** @returns the name within the affixes; undefined where nothing is left, or it is no clone's */
  function within(username: string, driver: DatabaseDriver): string | undefined {
    const { prefix, suffix } = affixes(driver);
    const named = username.startsWith(prefix) && username.endsWith(suffix);
    return named && username.length > prefix.length + suffix.length
      ? username.slice(prefix.length, username.length - suffix.length)
      : undefined;
  }

  return {
    original(username, driver) {
      // A name with the suffix twice takes turns with the one that has it once; all of them are one family.
      let name = username;
      for (let inner = within(name, driver); inner !== undefined; inner = within(name, driver)) name = inner;
      return name;
    },
    other(username, driver) {
      const { prefix, suffix } = affixes(driver);
      return within(username, driver) ?? `${prefix}${username}${suffix}`;
    },
  };
}

/** Two users that are there already. @throws InvalidOptionsError */
export function turnsOfPair(usernames: readonly [string, string]): Turns {
  const [first, second] = usernames;
  if (
    !Array.isArray(usernames) ||
    usernames.length !== 2 ||
    usernames.some((name) => typeof name !== 'string' || name === '')
  )
    throw new InvalidOptionsError('usernames', 'must be two names');
  if (first === second) throw new InvalidOptionsError('usernames', 'names one user twice');
  return {
    // Somebody else is nobody's other, so that a secret of that user has another target.
    original: (username) => (username === second ? first : username),
    other(username) {
      if (username === first) return second;
      if (username === second) return first;
      throw new InvalidSecretError(
        `User "${username}" is neither "${first}" nor "${second}", which take turns. Correct username in the secret, or usernames in the function.`,
        ['username is none of the two'],
      );
    },
  };
}

function checkCloneName(cloneName: string): void {
  const parts = typeof cloneName === 'string' ? cloneName.split(PLACEHOLDER) : [];
  if (parts.length !== 2) throw new InvalidOptionsError('cloneName', `must hold ${PLACEHOLDER} once`);
  if (cloneName === PLACEHOLDER) throw new InvalidOptionsError('cloneName', 'adds nothing to the name of the user');
}
