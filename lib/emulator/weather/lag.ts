import { type Randomness, randomness } from '../random.js';
import type { RequestDraft } from '../request-log.js';
import type { Secret } from '../secrets/secret.js';
import type { SecretTable } from '../secrets/secret-table.js';
import { snapshot } from './snapshot.js';
import type { ReadAfterWriteLag } from './weather.js';
import { fraction } from './weather-rules.js';

/** How a secret was before the last write; undefined: not there. */
interface Past {
  readonly secret: Secret | undefined;
  readonly until: number;
  readsLeft: number;
}

/**
 * Reads that lag behind writes. Only the state before the last write is kept: AWS says that a change may not be visible at
 * once, not how far back one may see.
 */
export class Lag {
  readonly #past = new Map<string, Past>();
  readonly #limits: ReadAfterWriteLag;
  readonly #random: Randomness;
  readonly #now: () => Date;

  constructor(limits: ReadAfterWriteLag, seed: number | undefined, now: () => Date) {
    this.#limits = limits;
    this.#random = randomness(seed, 'weather lag');
    this.#now = now;
  }

  /** To be called before a write of this secret, or of one that is not there yet. The result: call it when the write succeeded. */
  beforeWrite(secret: Secret | undefined): (arn: string) => void {
    const before = snapshot(secret);
    return (arn) => {
      const { millis = Number.POSITIVE_INFINITY, reads = Number.POSITIVE_INFINITY } = this.#limits;
      this.#past.set(arn, { secret: before, until: this.#now().getTime() + millis, readsLeft: reads });
    };
  }

  /** The secrets as one read sees them. Whatever else the table can do is done to the truth. */
  view(secrets: SecretTable, draft: RequestDraft): SecretTable {
    const seen = (secret: Secret): Secret | undefined => this.#seen(secret, draft);
    const find: SecretTable['find'] = (...where) => {
      const secret = secrets.find(...where);
      return secret && seen(secret);
    };
    const list: SecretTable['list'] = (...where) => secrets.list(...where).flatMap((secret) => seen(secret) ?? []);
    return new Proxy(secrets, {
      get(table, name) {
        if (name === 'find') return find;
        if (name === 'list') return list;
        const member: unknown = Reflect.get(table, name, table);
        return typeof member === 'function' ? member.bind(table) : member;
      },
    });
  }

  #seen(secret: Secret, draft: RequestDraft): Secret | undefined {
    const past = this.#past.get(secret.arn);
    if (past === undefined) return secret;
    if (past.readsLeft <= 0 || this.#now().getTime() >= past.until) {
      this.#past.delete(secret.arn);
      return secret;
    }
    past.readsLeft -= 1;
    if (fraction(this.#random) >= (this.#limits.probability ?? 0.5)) return secret;
    if (!draft.weather?.includes('stale')) draft.weather = [...(draft.weather ?? []), 'stale'];
    // A copy: what a read leaves behind, the day of the last access, must not change the past.
    return snapshot(past.secret);
  }
}
