/** Stands before a character of a pattern that means itself, be it a star. No policy text has it. */
export const literalMark = '\0';

/**
 * Whether a text fits a pattern of IAM: `*` is any run of characters, also across `:` and `/`
 * [recorded-authority C17], `?` is any one. Linear but for the last star, so no pattern can hang the emulator.
 */
export function fitsGlob(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const literal = pattern[p] === literalMark;
    if (pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[literal ? p + 1 : p] === text[t])) {
      p += literal ? 2 : 1;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
