/** Statements of tests, on sessions of their own or on ones that are used again. */
import pg from 'pg';

export interface PostgresLogin {
  readonly username: string;
  readonly password: string;
  /** Default: `postgres`. */
  readonly database?: string;
}

type Rows = Record<string, unknown>[];

/** Its types leave out how a session is kept from keeping the process alive. */
type Session = pg.Client & { ref(): void; unref(): void };

/** Runs one statement in a session of its own. */
export async function queryOnce(
  port: number,
  login: PostgresLogin,
  sql: string,
  values: readonly unknown[],
): Promise<Rows> {
  const session = await open(port, login);
  try {
    return (await session.query(sql, [...values])).rows;
  } finally {
    await session.end();
  }
}

export interface Sessions {
  /** Runs one statement; two at the same time are in two sessions. */
  query(sql: string, values: readonly unknown[]): Promise<Rows>;
  /** The server ends, and the sessions with it. */
  forget(): void;
}

/** Sessions of one user. To begin one takes longer than most statements do, so each is put back into its first state and used again. */
export function superuserSessions(port: number, login: PostgresLogin): Sessions {
  let idle: Session[] = [];

  async function take(): Promise<Session> {
    const known = idle.pop();
    if (known !== undefined) {
      known.ref();
      return known;
    }
    const session = await open(port, login);
    const lost = () => {
      idle = idle.filter((other) => other !== session);
    };
    session.on('error', lost).on('end', lost);
    return session;
  }

  return {
    async query(sql, values) {
      const session = await take();
      let isLikeNew = false;
      try {
        const { rows } = await session.query(sql, [...values]);
        await session.query('DISCARD ALL');
        isLikeNew = true;
        return rows;
      } finally {
        if (isLikeNew) {
          // As with the server: a test that forgets to stop it must not keep the process alive.
          session.unref();
          idle.push(session);
        } else {
          await session.end();
        }
      }
    },
    forget() {
      for (const session of idle.splice(0)) void session.end().catch(() => undefined);
    },
  };
}

async function open(port: number, { username, password, database = 'postgres' }: PostgresLogin): Promise<Session> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: username, password, database }) as Session;
  await client.connect();
  return client;
}
