/** Patterns with % and _, of LIKE, of hosts and of databases. A backslash takes their meaning away. */

export function likePattern(pattern: string, flags = ''): RegExp {
  const source = pattern.replace(/\\(.)|[%_]|[^\\%_]+|\\$/gs, (part: string, escaped: string | undefined) => {
    if (escaped !== undefined) return escapeRegExp(escaped);
    if (part === '%') return '.*';
    return part === '_' ? '.' : escapeRegExp(part);
  });
  return new RegExp(`^${source}$`, `su${flags}`);
}

const escapeRegExp = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, (character) => `\\${character}`);

/** What a pattern says before the first wildcard: the more, the more specific. */
export const literalLength = (pattern: string): number =>
  pattern.replace(/\\(.)/gs, '$1').split(/[%_]/, 1)[0]?.length ?? 0;

/** Most specific first: texts without wildcards, then by what is said before the first one; '%' and '' last. */
export function bySpecificity(a: string, b: string): number {
  const wild = (pattern: string) => (/(^|[^\\])[%_]/.test(pattern) || pattern === '' ? 1 : 0);
  return wild(a) - wild(b) || literalLength(b) - literalLength(a) || b.length - a.length;
}

/** @see https://dev.mysql.com/doc/refman/8.0/en/account-names.html */
export function hostMatches(pattern: string, client: { readonly host: string; readonly address: string }): boolean {
  const [network, mask] = pattern.split('/');
  if (network !== undefined && mask !== undefined) return (number(client.address) & number(mask)) === number(network);
  const expression = likePattern(pattern, 'i');
  return pattern === '' || expression.test(client.host) || expression.test(client.address);
}

const number = (address: string) => address.split('.').reduce((sum, part) => (sum << 8) | Number(part), 0);
