/** What begins with an attribute type and `=`: `uid=app,ou=people,dc=example,dc=com`. */
export function isDn(name: string): boolean {
  return /^(?:[a-z][a-z0-9-]*|[0-9]+(?:\.[0-9]+)+) *=/i.test(name);
}

/** Makes a value of a text, whatever it holds. @see https://www.rfc-editor.org/rfc/rfc4514 section 2.4 */
export function escapeValue(text: string): string {
  return text
    .replace(/["+,;<=>\\]/g, '\\$&')
    .replace(/ $/, '\\20')
    .replace(/^[ #]/, '\\$&')
    .replaceAll('\0', '\\00');
}
