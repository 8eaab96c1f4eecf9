import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidPasswordPolicyError } from '../../lib/rotation/errors.js';
import {
  completePolicy,
  generatePassword,
  type PasswordPolicy,
  policyFromEnvironment,
} from '../../lib/rotation/password.js';

const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
const TYPES = [
  ['excludeUppercase', /[A-Z]/],
  ['excludeLowercase', /[a-z]/],
  ['excludeNumbers', /[0-9]/],
  ['excludePunctuation', /[!-/:-@[-`{-~]/],
] as const;

const policies = fc.record(
  {
    length: fc.integer({ min: 1, max: 60 }),
    excludeCharacters: fc.string({ maxLength: 40 }),
    excludeNumbers: fc.boolean(),
    excludePunctuation: fc.boolean(),
    excludeUppercase: fc.boolean(),
    excludeLowercase: fc.boolean(),
    includeSpace: fc.boolean(),
    requireEachIncludedType: fc.boolean(),
  },
  { requiredKeys: [] },
);

describe('password policy', () => {
  it('has the defaults of GetRandomPassword', () => {
    expect(completePolicy()).toEqual({
      length: 32,
      excludeCharacters: '',
      excludeNumbers: false,
      excludePunctuation: false,
      excludeUppercase: false,
      excludeLowercase: false,
      includeSpace: false,
      requireEachIncludedType: true,
    });
  });

  it('is met by every password, or refused as impossible', () => {
    fc.assert(
      fc.property(policies, (partial) => {
        let policy: Required<PasswordPolicy>;
        try {
          policy = completePolicy(partial as PasswordPolicy);
        } catch (error) {
          return error instanceof InvalidPasswordPolicyError;
        }
        const password = generatePassword(policy);
        expect(password).toHaveLength(policy.length);
        const allowed = (c: string) =>
          /[A-Za-z0-9]/.test(c) || PUNCTUATION.includes(c) || (c === ' ' && policy.includeSpace);
        for (const character of password) {
          expect(policy.excludeCharacters).not.toContain(character);
          expect(allowed(character)).toBe(true);
        }
        for (const [flag, pattern] of TYPES) {
          if (policy[flag]) expect(password).not.toMatch(pattern);
          else if (policy.requireEachIncludedType) expect(password).toMatch(pattern);
        }
        return true;
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string, PasswordPolicy]>([
    ['length', { length: 0 }],
    ['length', { length: 4097 }],
    ['length', { length: 8.5 }],
    ['length', { length: 3 }],
    ['excludeCharacters', { excludeCharacters: '0123456789' }],
    [
      'excludeCharacters',
      { excludeNumbers: true, excludePunctuation: true, excludeUppercase: true, excludeLowercase: true },
    ],
    ['excludeCharacters', { excludeCharacters: 'x'.repeat(4097) }],
    ['includeSpace', { includeSpace: 'yes' as unknown as boolean }],
    ['lenght', { lenght: 12 } as PasswordPolicy],
  ])('refuses a policy that cannot be met, naming %s', (field, policy) => {
    expect(() => completePolicy(policy)).toThrow(
      expect.objectContaining({ code: 'InvalidPasswordPolicy', field }) as unknown as Error,
    );
  });

  it('lays later policies over earlier ones, field by field', () => {
    const policy = completePolicy({ length: 20, excludeNumbers: true }, { length: 40 });
    expect(policy).toMatchObject({ length: 40, excludeNumbers: true });
  });

  it('draws every character equally often', () => {
    const policy = completePolicy({ length: 4000, requireEachIncludedType: false });
    const counts = new Map<string, number>();
    for (let run = 0; run < 25; run += 1) {
      for (const character of generatePassword(policy)) counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    // 100,000 draws from 94 characters: chi-squared with 93 degrees of freedom exceeds 180 once in ten million runs.
    const expected = 100_000 / 94;
    const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(counts.size).toBe(94);
    expect(chiSquared).toBeLessThan(180);
  });

  it('makes every password that meets the policy equally likely, short ones too', () => {
    // Two types of two and one characters: 1 of the 9 draws of length 2 in 4 meets the policy as "a1", 1 as "1a", and so on.
    const excludeCharacters = [...'cdefghijklmnopqrstuvwxyz023456789'].join('');
    const policy = completePolicy({ length: 2, excludeCharacters, excludeUppercase: true, excludePunctuation: true });
    const counts = new Map<string, number>();
    for (let run = 0; run < 8000; run += 1) {
      const password = generatePassword(policy);
      counts.set(password, (counts.get(password) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['1a', '1b', 'a1', 'b1']);
    // Binomial(8000, 1/4) has a standard deviation of 39; six of them either way.
    for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(235);
  });
});

describe('the policy in the environment', () => {
  it("reads the names that AWS's functions use", () => {
    const policy = policyFromEnvironment({
      PASSWORD_LENGTH: '24',
      EXCLUDE_CHARACTERS: '/@"\'\\',
      EXCLUDE_NUMBERS: 'true',
      EXCLUDE_PUNCTUATION: 'False',
      EXCLUDE_UPPERCASE: '1',
      EXCLUDE_LOWERCASE: 'no',
      REQUIRE_EACH_INCLUDED_TYPE: 'y',
      INCLUDE_SPACE: '0',
      OTHER: 'x',
    });
    expect(policy).toEqual({
      length: 24,
      excludeCharacters: '/@"\'\\',
      excludeNumbers: true,
      excludePunctuation: false,
      excludeUppercase: true,
      excludeLowercase: false,
      requireEachIncludedType: true,
      includeSpace: false,
    });
  });

  it.each([
    ['PASSWORD_LENGTH', 'long'],
    ['PASSWORD_LENGTH', '12.5'],
    ['EXCLUDE_NUMBERS', 'maybe'],
  ])('refuses %s=%s, naming the variable', (variable, text) => {
    expect(() => policyFromEnvironment({ [variable]: text })).toThrow(
      expect.objectContaining({ field: variable }) as unknown as Error,
    );
  });
});
