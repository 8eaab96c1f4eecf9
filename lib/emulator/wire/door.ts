/** What stands between HTTP and the services: a request as it came, its answer, and who waits for it. */

export interface WireRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer | 'too large';
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The connection is cut instead of the answer, or in the middle of it. */
  readonly cut?: 'whole' | 'half';
}

/** The caller's end of the line. */
export interface Connection {
  /** Calls the listener when the caller has gone: at once if that has happened, and perhaps after the answer. */
  whenGone(listener: () => void): void;
}

/** Answers any request with what AWS would say. Never throws; a promise only in bad weather. */
export type Door = (request: WireRequest, connection: Connection) => WireAnswer | Promise<WireAnswer>;
