/** What is secret in a secret, and where it is found again. */

/** Fields of a secret that name things and open nothing. */
export const defaultPublicFields: readonly string[] = [
  'engine',
  'host',
  'hostname',
  'port',
  'dbname',
  'database',
  'username',
  'user',
  'masterarn',
  'ssl',
  'url',
];

/** Shorter texts occur by chance. */
const LEAST_LENGTH = 6;

/** The texts in a secret's value that must not be seen anywhere: every text of a JSON object but those of public fields, or the value itself. */
export function secretTexts(value: string, publicFields: readonly string[]): readonly string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    parsed = value;
  }
  return textsIn(typeof parsed === 'object' && parsed !== null ? parsed : value, publicFields);
}

function textsIn(value: unknown, publicFields: readonly string[]): readonly string[] {
  if (typeof value === 'string') return value.length < LEAST_LENGTH ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    publicFields.includes(name) ? [] : textsIn(member, publicFields),
  );
}

/** The same text as it looks in JSON, in an address, in SQL and in base64. */
export function spellings(text: string): readonly string[] {
  return [
    ...new Set([
      text,
      JSON.stringify(text).slice(1, -1),
      encodeURIComponent(text),
      text.replaceAll("'", "''"),
      Buffer.from(text).toString('base64').replace(/=+$/, ''),
    ]),
  ];
}

/** @param texts Secrets, in every spelling they may have. */
export function scrub(text: string, texts: Iterable<string>): string {
  let scrubbed = text;
  for (const secret of texts) {
    for (const spelling of spellings(secret)) scrubbed = scrubbed.replaceAll(spelling, '[secret]');
  }
  return scrubbed;
}
