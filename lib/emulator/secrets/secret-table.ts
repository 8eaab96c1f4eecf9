import { parseSecretArn } from '../arns.js';
import type { EventLog } from '../events.js';
import { Deletions } from './deletions.js';
import type { Secret } from './secret.js';

/** All secrets of all accounts and Regions. A secret whose time has come is gone before anyone looks. */
export class SecretTable {
  /** By account and Region, then by name, oldest first. */
  readonly #shelves = new Map<string, Map<string, Secret>>();
  readonly #deletions = new Deletions();
  readonly #now: () => Date;
  readonly #events: EventLog;

  constructor(now: () => Date, events: EventLog) {
    this.#now = now;
    this.#events = events;
  }

  /**
   * Finds by name, ARN, or ARN without the six-character suffix; deleted secrets too, until they are gone.
   * An ARN of another Region finds nothing: each Region answers for its own secrets. Without its suffix, the ARN of a
   * secret whose name ends in a hyphen and six characters reads as the full ARN of another: AWS's documents warn of it.
   */
  find(secretId: string, accountId: string, region: string): Secret | undefined {
    this.carryOut();
    if (!secretId.startsWith('arn:')) return this.#shelf(accountId, region)?.get(secretId);
    const arn = parseSecretArn(secretId);
    if (arn === undefined || arn.region !== region) return undefined;
    const shelf = this.#shelf(arn.accountId, region);
    if (!/-[A-Za-z0-9]{6}$/.test(arn.resource)) return shelf?.get(arn.resource);
    const full = shelf?.get(arn.resource.slice(0, -7));
    return full?.arn === secretId ? full : undefined;
  }

  /** Finds wherever it is, by full ARN or name: for those who hold the emulator itself. */
  findAnywhere(secretId: string): Secret | undefined {
    this.carryOut();
    const arn = parseSecretArn(secretId);
    if (arn !== undefined) {
      const secret = this.#shelf(arn.accountId, arn.region)?.get(arn.resource.slice(0, -7));
      return secret?.arn === secretId ? secret : undefined;
    }
    for (const shelf of this.#shelves.values()) {
      const secret = shelf.get(secretId);
      if (secret !== undefined) return secret;
    }
    return undefined;
  }

  /** Secrets of one account and Region, oldest first [recorded-rotation E13]. */
  list(accountId: string, region: string): Secret[] {
    this.carryOut();
    return [...(this.#shelf(accountId, region)?.values() ?? [])];
  }

  add(secret: Secret): void {
    const shelf = this.#shelf(secret.accountId, secret.region) ?? new Map<string, Secret>();
    shelf.set(secret.name, secret);
    this.#shelves.set(shelfKey(secret.accountId, secret.region), shelf);
  }

  /** At once and without an event: what takes its place, or sent it here, is what happened. */
  remove({ accountId, region, name }: Secret): void {
    this.#shelf(accountId, region)?.delete(name);
  }

  /** Marks a secret for deletion, or brings its end forward. Setting `secret.deletion` alone would never end it. */
  scheduleDeletion(secret: Secret, deletion: NonNullable<Secret['deletion']>): void {
    secret.deletion = deletion;
    this.#deletions.add(secret);
  }

  #shelf(accountId: string, region: string): Map<string, Secret> | undefined {
    return this.#shelves.get(shelfKey(accountId, region));
  }

  /** When the next secret goes, if any is about to. */
  get nextDue(): Date | undefined {
    return this.#deletions.nextDue;
  }

  /** Removes those whose time has come. */
  carryOut(): void {
    for (const secret of this.#deletions.takeDue(this.#now().getTime())) {
      const shelf = this.#shelf(secret.accountId, secret.region);
      if (shelf?.get(secret.name) !== secret) continue;
      shelf.delete(secret.name);
      if (secret.deletion !== undefined) this.#events.secretGone(secret, secret.deletion);
    }
  }
}

function shelfKey(accountId: string, region: string): string {
  return `${accountId} ${region}`;
}
