/** Quoting for statements that take no bound values (GRANT, ALTER USER and the like). Texts are right where `sql_mode` is empty, which `connection.ts` sees to. */

/** @see https://dev.mysql.com/doc/refman/8.0/en/identifiers.html */
export function quoteName(name: string): string {
  return `\`${withoutNul(name).replaceAll('`', '``')}\``;
}

/** @see https://dev.mysql.com/doc/refman/8.0/en/string-literals.html */
export function quoteText(text: string): string {
  return `'${withoutNul(text).replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** Servers and clients written in C end a text at the first NUL. */
function withoutNul(text: string): string {
  if (text.includes('\0')) throw new TypeError('MySQL takes no NUL character in names and texts');
  return text;
}
