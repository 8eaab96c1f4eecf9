import { Token } from 'aws-cdk-lib';

/**
 * What new passwords look like: GetRandomPassword's fields, meanings and defaults. Checked at synth; the function reads it from its environment.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html
 */
export interface PasswordPolicyProps {
  /**
   * In characters, 1 to 4096.
   * @default 32
   */
  readonly length?: number;
  /**
   * Characters that must not occur, at most 4096. Engines have their own needs: Oracle refuses `"`, DMS refuses `,;%`.
   * @default - what the rotator itself excludes
   */
  readonly excludeCharacters?: string;
  /** @default false */
  readonly excludeNumbers?: boolean;
  /** @default false */
  readonly excludePunctuation?: boolean;
  /** @default false */
  readonly excludeUppercase?: boolean;
  /** @default false */
  readonly excludeLowercase?: boolean;
  /**
   * Whether a space may occur.
   * @default false
   */
  readonly includeSpace?: boolean;
  /**
   * At least one of each type that is not excluded.
   * @default true
   */
  readonly requireEachIncludedType?: boolean;
}

const VARIABLES = {
  length: 'PASSWORD_LENGTH',
  excludeCharacters: 'EXCLUDE_CHARACTERS',
  excludeNumbers: 'EXCLUDE_NUMBERS',
  excludePunctuation: 'EXCLUDE_PUNCTUATION',
  excludeUppercase: 'EXCLUDE_UPPERCASE',
  excludeLowercase: 'EXCLUDE_LOWERCASE',
  includeSpace: 'INCLUDE_SPACE',
  requireEachIncludedType: 'REQUIRE_EACH_INCLUDED_TYPE',
} as const;

/** The names that say a password policy; user's code may not set them by hand beside `passwordPolicy`. */
export const PASSWORD_VARIABLES: readonly string[] = Object.values(VARIABLES);

const TYPES = [
  ['excludeUppercase', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'],
  ['excludeLowercase', 'abcdefghijklmnopqrstuvwxyz'],
  ['excludeNumbers', '0123456789'],
  ['excludePunctuation', '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'],
] as const;

/**
 * The policy as the environment names that the rotation function reads.
 * @throws Error naming the field when no password could meet the policy
 */
export function passwordEnvironment(policy: PasswordPolicyProps): { [name: string]: string } {
  check(policy);
  const environment: { [name: string]: string } = {};
  for (const [field, variable] of Object.entries(VARIABLES)) {
    const value = policy[field as keyof PasswordPolicyProps];
    if (value !== undefined) environment[variable] = String(value);
  }
  return environment;
}

function check(policy: PasswordPolicyProps): void {
  const { length = 32, excludeCharacters = '', requireEachIncludedType = true } = policy;
  if (!Token.isUnresolved(length) && (!Number.isInteger(length) || length < 1 || length > 4096)) {
    throw new Error(`\`passwordPolicy.length\` must be a whole number from 1 to 4096, and is ${length}.`);
  }
  if (Token.isUnresolved(excludeCharacters)) return;
  if (excludeCharacters.length > 4096) {
    throw new Error('`passwordPolicy.excludeCharacters` holds at most 4096 characters.');
  }
  if (Buffer.byteLength(excludeCharacters) > 3072) {
    // All variables of a function share 4 KB.
    throw new Error(
      "`passwordPolicy.excludeCharacters` does not fit into the function's environment, which holds 4 KB.",
    );
  }
  const excluded = new Set(excludeCharacters);
  const included = TYPES.filter(([field]) => policy[field] !== true).map(([field, characters]) => ({
    field,
    left: [...characters].filter((character) => !excluded.has(character)).length,
  }));
  const space = policy.includeSpace === true && !excluded.has(' ');
  if (!space && included.every(({ left }) => left === 0)) {
    throw new Error('`passwordPolicy` leaves no character to choose from.');
  }
  if (!requireEachIncludedType) return;
  const empty = included.find(({ left }) => left === 0);
  if (empty !== undefined) {
    throw new Error(
      `\`passwordPolicy.excludeCharacters\` removes a whole type of which \`requireEachIncludedType\` asks for one: set \`${empty.field}\` too.`,
    );
  }
  if (!Token.isUnresolved(length) && length < included.length) {
    throw new Error(
      `\`passwordPolicy.length\` must be at least ${included.length} to hold one of each included type, and is ${length}.`,
    );
  }
}
