/** Locks by name, of GET_LOCK. They end with their session. @see https://dev.mysql.com/doc/refman/8.0/en/locking-functions.html */

export interface UserLocks {
  /**
   * @param timeoutMillis Below 0: without end.
   * @returns 1 if the session has it now, 0 if it did not get it in time
   * @throws LockWait while another session has it: the statement is to be run again
   */
  get(name: string, session: number, timeoutMillis: number): 0 | 1;
  /** @returns 1, 0 if another session has it, null if nobody has */
  release(name: string, session: number): 0 | 1 | null;
  /** All of a session that ends. */
  releaseAll(session: number): void;
}

/** Not an answer: the statement waits. */
export class LockWait extends Error {
  override readonly name = 'LockWait';
  readonly over: Promise<void>;

  constructor(over: Promise<void>) {
    super('The lock is taken');
    this.over = over;
  }
}

interface Held {
  readonly session: number;
  /** A session may take it more than once. */
  count: number;
}

export function userLocks(): UserLocks {
  const held = new Map<string, Held>();
  const deadlines = new Map<string, number>();
  const waiting: (() => void)[] = [];
  const wakeAll = () => {
    for (const wake of waiting.splice(0)) wake();
  };

  return {
    get(name, session, timeoutMillis) {
      // Names ignore case.
      const key = name.toLowerCase();
      const waits = `${session} ${key}`;
      const holder = held.get(key);
      if (holder === undefined || holder.session === session) {
        held.set(key, { session, count: (holder?.count ?? 0) + 1 });
        deadlines.delete(waits);
        return 1;
      }
      const deadline =
        deadlines.get(waits) ?? (timeoutMillis < 0 ? Number.POSITIVE_INFINITY : Date.now() + timeoutMillis);
      if (Date.now() >= deadline) {
        deadlines.delete(waits);
        return 0;
      }
      deadlines.set(waits, deadline);
      throw new LockWait(
        new Promise((resolve) => {
          const timer = deadline === Number.POSITIVE_INFINITY ? undefined : setTimeout(resolve, deadline - Date.now());
          waiting.push(() => {
            clearTimeout(timer);
            resolve();
          });
        }),
      );
    },
    release(name, session) {
      const holder = held.get(name.toLowerCase());
      if (holder === undefined) return null;
      if (holder.session !== session) return 0;
      holder.count -= 1;
      if (holder.count === 0) held.delete(name.toLowerCase());
      wakeAll();
      return 1;
    },
    releaseAll(session) {
      for (const [key, holder] of held) if (holder.session === session) held.delete(key);
      wakeAll();
    },
  };
}
