import { Token } from 'aws-cdk-lib';

/** What `RotationCode.singleUser` and `RotationCode.superuserSets` take. */
export interface RecoveryOptions {
  /**
   * Whether the superuser sets the password when no version of the secret logs in any more. For secrets that are rotated with a `superuser`, whose values name it in `masterarn`; for others
   * the rotation fails as without this.
   * @default false
   */
  readonly recoverBySuperuser?: boolean;
}

/** What `RotationCode.alternatingUsers` takes. */
export interface CloningOptions {
  /**
   * What the clone is called, with `{username}` for the original's name, once: `{username}_b`.
   * @default - the engine's `cloneSuffix` is added, as AWS's functions do
   */
  readonly cloneName?: string;
}

/** What `RotationCode.managedDirectory` takes: the names of keys in the secret, where they are not those that AWS gives them. */
export interface ManagedDirectoryOptions {
  /** @default 'awsSeamlessDomainDirectoryId' */
  readonly directoryIdKey?: string;
  /** @default 'awsSeamlessDomainUsername' */
  readonly usernameKey?: string;
  /** @default 'awsSeamlessDomainPassword' */
  readonly passwordKey?: string;
}

interface Variables {
  [name: string]: string;
}

const KEYS = [
  ['directoryIdKey', 'DICT_KEY_DIRECTORY', 'awsSeamlessDomainDirectoryId'],
  ['usernameKey', 'DICT_KEY_USERNAME', 'awsSeamlessDomainUsername'],
  ['passwordKey', 'DICT_KEY_PASSWORD', 'awsSeamlessDomainPassword'],
] as const;

/** The names that say these options; user's code may not set them by hand. */
export const OPTION_VARIABLES: readonly string[] = [
  'DATABASE_RECOVERY',
  'CLONE_NAME',
  'USERNAMES',
  ...KEYS.map(([, variable]) => variable),
];

export function recoveryVariables({ recoverBySuperuser = false }: RecoveryOptions): Variables {
  return recoverBySuperuser ? { DATABASE_RECOVERY: 'superuser' } : {};
}

/** @throws Error when no clone could be called so */
export function cloningVariables({ cloneName }: CloningOptions): Variables {
  if (cloneName === undefined) return {};
  const parts = cloneName.split('{username}');
  if (!Token.isUnresolved(cloneName) && (parts.length !== 2 || parts.join('') === '')) {
    throw new Error(
      `\`cloneName\` holds {username} once, and something before or after it, and '${cloneName}' does not.`,
    );
  }
  return { CLONE_NAME: cloneName };
}

/** @throws Error when these are not two users */
export function pairVariables(first: string, second: string): Variables {
  if (first === '' || second === '')
    throw new Error('`firstUsername` and `secondUsername` are names, and one is empty.');
  if (first === second) throw new Error(`\`secondUsername\` is ${second}, as \`firstUsername\` is: users take turns.`);
  return { USERNAMES: JSON.stringify([first, second]) };
}

/** @throws Error when two keys have one name */
export function directoryVariables(options: ManagedDirectoryOptions): Variables {
  const names = KEYS.map(([option, , usual]) => options[option] ?? usual);
  for (const [index, [option]] of KEYS.entries()) {
    const name = names[index];
    if (name === '') throw new Error(`\`${option}\` is empty.`);
    const known = !Token.isUnresolved(name);
    if (known && names.indexOf(name ?? '') !== index) {
      throw new Error(`\`${option}\` is ${name}, which another key of the secret is called already.`);
    }
  }
  return Object.fromEntries(
    KEYS.flatMap(([option, variable]) => (options[option] === undefined ? [] : [[variable, options[option]]])),
  );
}
