import type { Randomness } from '../random.js';
import { refusals } from '../refusals.js';
import { flag } from '../shapes/members.js';
import { operation } from './operation.js';

const lowercase = 'abcdefghijklmnopqrstuvwxyz';
const uppercase = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const digits = '0123456789';
const punctuation = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/** Each included type is required at least once unless the request says otherwise; a space is of no type. */
export const getRandomPassword = operation({
  name: 'GetRandomPassword',
  subject: 'none',
  input: {
    PasswordLength: { kind: 'integer', min: 1, max: 4096 },
    ExcludeCharacters: { kind: 'string', min: 0, max: 4096 },
    ExcludeNumbers: flag,
    ExcludePunctuation: flag,
    ExcludeUppercase: flag,
    ExcludeLowercase: flag,
    IncludeSpace: flag,
    RequireEachIncludedType: flag,
  },
  run({ input, service }) {
    const length = input.PasswordLength ?? 32;
    const included = [
      input.ExcludeLowercase ? '' : lowercase,
      input.ExcludeUppercase ? '' : uppercase,
      input.ExcludeNumbers ? '' : digits,
      input.ExcludePunctuation ? '' : punctuation,
    ].filter((type) => type !== '');
    const allowed = (characters: string) =>
      [...characters].filter((character) => !input.ExcludeCharacters?.includes(character)).join('');
    const types = included.map(allowed);
    const alphabet = types.join('') + allowed(input.IncludeSpace ? ' ' : '');
    const required = (input.RequireEachIncludedType ?? true) ? types : [];
    if (alphabet === '' || required.includes('')) throw refusals.passwordImpossible();
    if (length < required.length) throw refusals.passwordTooShort();
    const random = service.passwords;
    const characters = [
      ...required.map((type) => random.characters(type, 1)),
      ...random.characters(alphabet, length - required.length),
    ];
    return { RandomPassword: shuffled(characters, random).join('') };
  },
});

function shuffled(characters: string[], random: Randomness): string[] {
  const left = [...characters];
  return characters.map(() => left.splice(random.below(left.length), 1).join(''));
}
