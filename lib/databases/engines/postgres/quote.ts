/** Quoting for statements that take no bound values (ALTER ROLE, GRANT and the like). Right whatever `standard_conforming_strings` says. */

/** @see https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS */
export function quoteIdentifier(name: string): string {
  return `"${withoutNul(name).replaceAll('"', '""')}"`;
}

/** @see https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS-ESCAPE */
export function quoteLiteral(text: string): string {
  return `E'${withoutNul(text).replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** The protocol ends a statement at the first NUL, so whatever follows one would be cut off in silence. */
function withoutNul(text: string): string {
  if (text.includes('\0')) throw new TypeError('PostgreSQL takes no NUL character in names and texts');
  return text;
}
