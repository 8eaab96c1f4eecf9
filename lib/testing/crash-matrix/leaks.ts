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

/**
 * The texts in a secret's value that must not be seen anywhere: every text of a JSON object but those of public fields, of
 * which a password in an address still counts; or the value itself.
 */
export function secretTexts(value: string, publicFields: readonly string[]): readonly string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    parsed = value;
  }
  const texts = textsIn(typeof parsed === 'object' && parsed !== null ? parsed : value, publicFields);
  return texts.filter(({ length }) => length >= LEAST_LENGTH);
}

function textsIn(value: unknown, publicFields: readonly string[]): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    publicFields.includes(name) ? passwordsInAddress(member) : textsIn(member, publicFields),
  );
}

/** As in `postgres://user:password@host`. */
function passwordsInAddress(value: unknown): readonly string[] {
  if (typeof value !== 'string' || !URL.canParse(value)) return [];
  const { password } = new URL(value);
  try {
    return password === '' ? [] : [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}

/**
 * The same text in every spelling in which it may come out, wherever in a longer text: plain, in JSON and in JSON within JSON,
 * in addresses and forms, in SQL, and hexadecimal or in base64, of UTF-8 and of the UTF-16 that Windows' protocols send.
 */
export function spellings(text: string): readonly string[] {
  const inJson = quoted(text);
  const inAddress = encodeURIComponent(text);
  return [
    ...new Set([
      text,
      inJson,
      quoted(inJson),
      inAddress,
      inAddress.replaceAll('%20', '+'),
      inAddress.replace(/%../g, (escaped) => escaped.toLowerCase()),
      // As forms and stricter encoders write what encodeURIComponent leaves alone. Source: WHATWG URL, section 5.2.
      new URLSearchParams({ t: text }).toString().slice(2),
      text.replaceAll("'", "''"),
      text.replaceAll('\\', '\\\\').replaceAll("'", "\\'"),
      ...[Buffer.from(text, 'utf8'), Buffer.from(text, 'utf16le')].flatMap(encodings),
      [...text].join('\0'),
    ]),
  ].filter(({ length }) => length >= LEAST_LENGTH);
}

function quoted(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function encodings(bytes: Buffer): readonly string[] {
  const hex = bytes.toString('hex');
  const base64 = [0, 1, 2].map((offset) => insideBase64(bytes, offset));
  const base64url = base64.map((part) => part.replaceAll('+', '-').replaceAll('/', '_'));
  return [hex, hex.toUpperCase(), ...base64, ...base64url];
}

/** The characters that only these bytes decide, so many bytes after the beginning of a group of three. */
function insideBase64(bytes: Buffer, offset: number): string {
  const whole = Buffer.concat([Buffer.alloc(offset), bytes]);
  return whole.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((whole.length * 8) / 6));
}

/** @param texts Secrets, in every spelling they may have. */
export function scrub(text: string, texts: Iterable<string>): string {
  let scrubbed = text;
  for (const secret of texts) {
    // A longer spelling first: a shorter one would leave a part of it.
    const longestFirst = [...spellings(secret)].sort((a, b) => b.length - a.length);
    for (const spelling of longestFirst) scrubbed = scrubbed.replaceAll(spelling, '[secret]');
  }
  return scrubbed;
}
