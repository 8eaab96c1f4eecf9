import { parseSecretArn } from '../arns.js';
import type { EventLog } from '../events.js';
import type { Secret } from './secret.js';

/** All secrets of all accounts and Regions. A secret whose time has come is gone before anyone looks. */
export class SecretTable {
  readonly #secrets = new Map<string, Secret>();
  readonly #now: () => Date;
  readonly #events: EventLog;

  constructor(now: () => Date, events: EventLog) {
    this.#now = now;
    this.#events = events;
  }

  /**
   * Finds by name, ARN, or ARN without the six-character suffix; deleted secrets too, until they are gone.
   * An ARN of another Region finds nothing: each Region answers for its own secrets.
   */
  find(secretId: string, accountId: string, region: string): Secret | undefined {
    this.#purge();
    if (!secretId.startsWith('arn:')) return this.#secrets.get(key(accountId, region, secretId));
    const arn = parseSecretArn(secretId);
    if (arn === undefined || arn.region !== region) return undefined;
    // The full ARN goes first: a name may itself end in a hyphen and six characters.
    const full = this.#secrets.get(key(arn.accountId, arn.region, arn.resource.slice(0, -7)));
    return full?.arn === secretId ? full : this.#secrets.get(key(arn.accountId, arn.region, arn.resource));
  }

  /** Finds wherever it is: for those who hold the emulator itself. */
  findAnywhere(secretId: string): Secret | undefined {
    this.#purge();
    return [...this.#secrets.values()].find((secret) => secret.arn === secretId || secret.name === secretId);
  }

  /** Secrets of one account and Region, oldest first [recorded-rotation E13]. */
  list(accountId: string, region: string): Secret[] {
    this.#purge();
    return [...this.#secrets.values()].filter((secret) => secret.accountId === accountId && secret.region === region);
  }

  add(secret: Secret): void {
    this.#secrets.set(key(secret.accountId, secret.region, secret.name), secret);
  }

  #purge(): void {
    const now = this.#now().getTime();
    for (const [name, secret] of this.#secrets) {
      if (secret.deletion !== undefined && secret.deletion.goneAt.getTime() <= now) {
        this.#secrets.delete(name);
        this.#events.secretGone(secret, secret.deletion);
      }
    }
  }
}

function key(accountId: string, region: string, name: string): string {
  return `${accountId} ${region} ${name}`;
}
