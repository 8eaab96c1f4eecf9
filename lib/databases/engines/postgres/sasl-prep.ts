import {
  LEFT_TO_RIGHT,
  MAPPED_TO_NOTHING,
  NON_ASCII_SPACES,
  PROHIBITED,
  RIGHT_TO_LEFT,
  UNASSIGNED,
} from './stringprep-tables.js';

/**
 * Normalizes a password as PostgreSQL does before it hashes it: SASLprep, except that a password which SASLprep refuses is taken as it is.
 * Anything else would make a verifier that libpq's clients could not log in with.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4013
 */
export function saslPrep(password: string): string {
  if (isAscii(password)) return password;
  const mapped = Array.from(password, mapCharacter).join('');
  // PostgreSQL looks for what is refused before it normalizes, not after.
  const codePoints = Array.from(mapped, codePointOf);
  const refused =
    codePoints.length === 0 ||
    codePoints.some((codePoint) => PROHIBITED.has(codePoint) || UNASSIGNED.has(codePoint)) ||
    !isBidirectionallySound(codePoints);
  return refused ? password : mapped.normalize('NFKC');
}

function isAscii(text: string): boolean {
  return Array.from(text, codePointOf).every((codePoint) => codePoint < 0x80);
}

function codePointOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

function mapCharacter(character: string): string {
  const codePoint = codePointOf(character);
  // U+200B stands in both tables; PostgreSQL makes it a space.
  if (NON_ASCII_SPACES.has(codePoint)) return ' ';
  return MAPPED_TO_NOTHING.has(codePoint) ? '' : character;
}

/** RFC 3454, section 6: text with right-to-left characters has no left-to-right ones, and begins and ends right-to-left. */
function isBidirectionallySound(codePoints: readonly number[]): boolean {
  const rightToLeft = (codePoint: number | undefined) => codePoint !== undefined && RIGHT_TO_LEFT.has(codePoint);
  if (!codePoints.some(rightToLeft)) return true;
  return (
    !codePoints.some((codePoint) => LEFT_TO_RIGHT.has(codePoint)) &&
    rightToLeft(codePoints[0]) &&
    rightToLeft(codePoints.at(-1))
  );
}
