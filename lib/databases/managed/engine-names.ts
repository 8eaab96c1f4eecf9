/** Editions that secrets call by the engine's name alone. @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html */
const EDITIONS: readonly (readonly [RegExp, string])[] = [
  [/^(custom-)?sqlserver-/, 'sqlserver'],
  [/^(custom-)?oracle-/, 'oracle'],
  [/^db2-/, 'db2'],
  [/^aurora$/, 'aurora-mysql'],
  [/^docdb$/, 'mongo'],
];

/** What secrets call an engine that RDS calls so. */
export function engineOf(name: string): string {
  return EDITIONS.find(([edition]) => edition.test(name))?.[1] ?? name;
}
