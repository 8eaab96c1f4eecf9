/** What statements are carried out with. */
import type { Access } from './access.js';
import { accessOf } from './access.js';
import type { AccountName } from './account.js';
import { errors } from './errors.js';
import type { Server, Session } from './server.js';
import type { AccountReference, Value } from './statement.js';

export interface Context {
  readonly server: Server;
  readonly session: Session;
  readonly access: Access;
  readonly parameters: readonly Value[];
  resolve(reference: AccountReference): AccountName;
  /** @throws MysqlError 1046 */
  database(named: string | undefined): string;
}

export type Result =
  | { readonly kind: 'ok'; readonly affectedRows: number }
  | { readonly kind: 'rows'; readonly columns: readonly string[]; readonly rows: readonly (readonly Value[])[] };

export const ok = (affectedRows = 0): Result => ({ kind: 'ok', affectedRows });

export function contextOf(server: Server, session: Session, parameters: readonly Value[]): Context {
  const access = accessOf(server, session);
  return {
    server,
    session,
    access,
    parameters,
    resolve: (reference) => (reference === 'current user' ? access.current : reference),
    database(named) {
      const database = named ?? session.database;
      if (database === undefined) throw errors.noDatabase();
      return database;
    },
  };
}
