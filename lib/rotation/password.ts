import { randomInt } from 'node:crypto';
import { InvalidPasswordPolicyError } from './errors.js';

/**
 * A password policy with GetRandomPassword's fields, meanings and defaults.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html
 */
export interface PasswordPolicy {
  /** In characters, 1 to 4096. Default: 32. */
  readonly length?: number;
  /** Characters that must not occur, at most 4096. Default: none. */
  readonly excludeCharacters?: string;
  /** Default: false. */
  readonly excludeNumbers?: boolean;
  /** Default: false. */
  readonly excludePunctuation?: boolean;
  /** Default: false. */
  readonly excludeUppercase?: boolean;
  /** Default: false. */
  readonly excludeLowercase?: boolean;
  /** Whether a space may occur. Default: false. */
  readonly includeSpace?: boolean;
  /** At least one of each type that is not excluded. Default: true. */
  readonly requireEachIncludedType?: boolean;
}

export type CompletePasswordPolicy = Required<PasswordPolicy>;

const DEFAULTS: CompletePasswordPolicy = {
  length: 32,
  excludeCharacters: '',
  excludeNumbers: false,
  excludePunctuation: false,
  excludeUppercase: false,
  excludeLowercase: false,
  includeSpace: false,
  requireEachIncludedType: true,
};

const FLAGS = [
  'excludeNumbers',
  'excludePunctuation',
  'excludeUppercase',
  'excludeLowercase',
  'includeSpace',
  'requireEachIncludedType',
] as const;

/** The characters of each type, as GetRandomPassword documents them. */
const TYPES = [
  { name: 'uppercase letter', excludedBy: 'excludeUppercase', characters: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ' },
  { name: 'lowercase letter', excludedBy: 'excludeLowercase', characters: 'abcdefghijklmnopqrstuvwxyz' },
  { name: 'number', excludedBy: 'excludeNumbers', characters: '0123456789' },
  { name: 'punctuation character', excludedBy: 'excludePunctuation', characters: '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~' },
] as const;

/**
 * Lays policies over each other, later ones over earlier ones, over GetRandomPassword's defaults, and checks that the result can be met.
 * @throws InvalidPasswordPolicyError naming the field
 */
export function completePolicy(...policies: readonly (PasswordPolicy | undefined)[]): CompletePasswordPolicy {
  const policy: CompletePasswordPolicy = { ...DEFAULTS };
  for (const layer of policies) {
    for (const [field, value] of Object.entries(layer ?? {})) {
      if (!(field in DEFAULTS)) throw new InvalidPasswordPolicyError(field, 'is not a field of a password policy');
      if (value !== undefined) Object.assign(policy, { [field]: value });
    }
  }
  check(policy);
  return policy;
}

function check(policy: CompletePasswordPolicy): void {
  if (!Number.isInteger(policy.length) || policy.length < 1 || policy.length > 4096) {
    throw new InvalidPasswordPolicyError('length', 'must be a whole number from 1 to 4096');
  }
  if (typeof policy.excludeCharacters !== 'string' || policy.excludeCharacters.length > 4096) {
    throw new InvalidPasswordPolicyError('excludeCharacters', 'must be a string of at most 4096 characters');
  }
  for (const flag of FLAGS) {
    if (typeof policy[flag] !== 'boolean') throw new InvalidPasswordPolicyError(flag, 'must be true or false');
  }
  const { pool, required } = alphabet(policy);
  if (pool.length === 0)
    throw new InvalidPasswordPolicyError('excludeCharacters', 'leaves no character to choose from');
  if (!policy.requireEachIncludedType) return;
  const missing = required.find((type) => type.characters.length === 0);
  if (missing !== undefined) {
    throw new InvalidPasswordPolicyError(
      'excludeCharacters',
      `removes every ${missing.name}, yet requireEachIncludedType asks for one; set ${missing.excludedBy} too`,
    );
  }
  if (policy.length < required.length) {
    throw new InvalidPasswordPolicyError(
      'length',
      `must be at least ${required.length} to hold one of each included type`,
    );
  }
}

function alphabet(policy: CompletePasswordPolicy) {
  const excluded = new Set(policy.excludeCharacters);
  const required = TYPES.filter((type) => !policy[type.excludedBy]).map((type) => ({
    ...type,
    characters: [...type.characters].filter((character) => !excluded.has(character)),
  }));
  const pool = required.flatMap((type) => type.characters);
  if (policy.includeSpace && !excluded.has(' ')) pool.push(' ');
  return { pool, required };
}

/**
 * Makes a password from the CSPRNG. Every password that meets the policy is equally likely: characters are drawn uniformly, and a draw that
 * lacks a required type is thrown away whole rather than patched, since patching would favour some passwords.
 */
export function generatePassword(policy: CompletePasswordPolicy): string {
  const { pool, required } = alphabet(policy);
  for (;;) {
    const drawn = Array.from({ length: policy.length }, () => pool[randomInt(pool.length)]);
    const characters = new Set(drawn);
    if (!policy.requireEachIncludedType || required.every((type) => type.characters.some((c) => characters.has(c)))) {
      return drawn.join('');
    }
  }
}

/** The environment variables that AWS's own rotation functions read, and INCLUDE_SPACE. */
const VARIABLES: Readonly<Record<string, keyof PasswordPolicy>> = {
  PASSWORD_LENGTH: 'length',
  EXCLUDE_CHARACTERS: 'excludeCharacters',
  EXCLUDE_NUMBERS: 'excludeNumbers',
  EXCLUDE_PUNCTUATION: 'excludePunctuation',
  EXCLUDE_UPPERCASE: 'excludeUppercase',
  EXCLUDE_LOWERCASE: 'excludeLowercase',
  INCLUDE_SPACE: 'includeSpace',
  REQUIRE_EACH_INCLUDED_TYPE: 'requireEachIncludedType',
};

/**
 * The policy that the environment asks for. Unlike AWS's functions, a flag that is neither true nor false is an error and not silently false.
 * @throws InvalidPasswordPolicyError naming the variable
 */
export function policyFromEnvironment(environment: Readonly<Record<string, string | undefined>>): PasswordPolicy {
  const policy: Record<string, string | number | boolean> = {};
  for (const [variable, field] of Object.entries(VARIABLES)) {
    const text = environment[variable];
    if (text !== undefined) policy[field] = parseVariable(variable, field, text);
  }
  return policy;
}

function parseVariable(variable: string, field: keyof PasswordPolicy, text: string): string | number | boolean {
  if (field === 'excludeCharacters') return text;
  if (field === 'length') {
    if (/^\d{1,4}$/.test(text.trim())) return Number(text);
    throw new InvalidPasswordPolicyError(variable, 'must be a whole number from 1 to 4096');
  }
  const word = text.trim().toLowerCase();
  if (['true', '1', 'y', 'yes'].includes(word)) return true;
  if (['false', '0', 'n', 'no', ''].includes(word)) return false;
  throw new InvalidPasswordPolicyError(variable, 'must be true or false');
}
