import { quoteIdentifier, quoteLiteral } from './quote.js';

/** One `ALTER ROLE … [IN DATABASE …] SET …`, as the catalog keeps it. */
export interface RoleSetting {
  /** Null: in all databases. */
  readonly database: string | null;
  readonly name: string;
  readonly value: string;
}

/** Reads `pg_db_role_setting.setconfig`, whose entries are `name=value`. */
export function parseSettings(database: string | null, setconfig: readonly string[]): RoleSetting[] {
  return setconfig.map((entry) => {
    const end = entry.indexOf('=');
    return { database, name: entry.slice(0, end), value: entry.slice(end + 1) };
  });
}

/** The statements that turn the settings `actual` of a role into `wanted`. */
export function settingStatements(
  role: string,
  actual: readonly RoleSetting[],
  wanted: readonly RoleSetting[],
): { readonly name: string; readonly sql: string }[] {
  const alter = ({ database }: RoleSetting) =>
    `ALTER ROLE ${quoteIdentifier(role)}${database === null ? '' : ` IN DATABASE ${quoteIdentifier(database)}`}`;
  const gone = actual.filter((setting) => !wanted.some((other) => sameKey(setting, other)));
  const changed = wanted.filter(
    (setting) => !actual.some((other) => sameKey(setting, other) && setting.value === other.value),
  );
  return [
    ...gone.map((setting) => ({ name: setting.name, sql: `${alter(setting)} RESET ${quoteIdentifier(setting.name)}` })),
    ...changed.map((setting) => ({
      name: setting.name,
      sql: `${alter(setting)} SET ${quoteIdentifier(setting.name)} TO ${settingValue(setting)}`,
    })),
  ];
}

export function sameKey(a: RoleSetting, b: RoleSetting): boolean {
  return a.database === b.database && a.name === b.name;
}

/**
 * Settings that are lists of names. The catalog keeps them as one text of quoted names, but SET wants the names one by one: given the whole text, it
 * would take it for a single name.
 */
const LISTS_OF_NAMES = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

function settingValue({ name, value }: RoleSetting): string {
  const values = LISTS_OF_NAMES.has(name.toLowerCase()) ? splitNames(value) : [value];
  return values.map(quoteLiteral).join(', ');
}

function splitNames(list: string): string[] {
  const names = Array.from(list.matchAll(/"((?:[^"]|"")*)"|[^\s,"][^,"]*/g), ([whole, quoted]) =>
    quoted === undefined ? whole.trim() : quoted.replaceAll('""', '"'),
  );
  return names.length === 0 ? [''] : names;
}
