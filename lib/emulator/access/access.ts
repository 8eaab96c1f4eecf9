/**
 * THE ONE PLACE WHERE ACCESS IS DECIDED. Every operation of every service asks here, after the types of a request were
 * read and before its lengths are checked [recorded-authority F1], and every answer is kept.
 */
import type { Fault } from '../fault.js';
import { History } from '../history.js';
import type { AccessRequest } from './access-request.js';
import { decisionOn } from './decide.js';
import type { Decision } from './decision.js';
import { refusalOf } from './denial.js';
import { type Organizations, organizationKeys } from './organizations.js';

export class Access {
  readonly history: History<Decision>;
  readonly #now: () => Date;
  readonly #permissive: boolean;
  readonly #organizations: Organizations;

  constructor(now: () => Date, permissive: boolean, historyLimit: number, organizations: Organizations = new Map()) {
    this.#now = now;
    this.#permissive = permissive;
    this.#organizations = organizations;
    this.history = new History(historyLimit);
  }

  /** The newest decisions, oldest first. */
  get all(): readonly Decision[] {
    return this.history.all;
  }

  /** @throws Fault in the words of recorded-authority B1 to B17, unless the emulator is permissive */
  authorize(request: AccessRequest): void {
    const refusal = this.refusal(request);
    if (refusal !== undefined) throw refusal;
  }

  /** As `authorize`, for those who refuse in other words: the refusal is returned. */
  refusal(request: AccessRequest): Fault | undefined {
    const decision = this.decide(request);
    request.decisions.push(decision);
    this.history.add(decision);
    return decision.allowed || this.#permissive ? undefined : refusalOf(decision, request);
  }

  /** What would be decided. Nothing is recorded. */
  decide(request: AccessRequest): Decision {
    const keys =
      this.#organizations.size === 0
        ? request.keys
        : new Map([...organizationKeys(request, this.#organizations), ...(request.keys ?? [])]);
    return decisionOn(
      { ...request, ...(keys !== undefined && { keys }) },
      { time: this.#now(), enforced: !this.#permissive },
    );
  }
}
