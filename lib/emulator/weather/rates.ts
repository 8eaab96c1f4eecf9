/** Requests per second that AWS documents for one account and Region [secrets-manager facts 6]; within a line combined. */
const documented: readonly { readonly perSecond: number; readonly operations: readonly string[] }[] = [
  { perSecond: 40_000, operations: ['DescribeSecret'] },
  { perSecond: 10_000, operations: ['GetSecretValue'] },
  { perSecond: 100, operations: ['BatchGetSecretValue'] },
  { perSecond: 100, operations: ['ListSecrets'] },
  { perSecond: 50, operations: ['ListSecretVersionIds'] },
  { perSecond: 50, operations: ['GetRandomPassword'] },
  { perSecond: 50, operations: ['CreateSecret'] },
  { perSecond: 50, operations: ['DeleteSecret'] },
  { perSecond: 50, operations: ['RestoreSecret'] },
  {
    perSecond: 50,
    operations: [
      'PutSecretValue',
      'UpdateSecret',
      'UpdateSecretVersionStage',
      'ReplicateSecretToRegions',
      'RemoveRegionsFromReplication',
      'StopReplicationToReplica',
    ],
  },
  { perSecond: 50, operations: ['RotateSecret', 'CancelRotateSecret'] },
  { perSecond: 50, operations: ['TagResource', 'UntagResource'] },
  {
    perSecond: 50,
    operations: ['GetResourcePolicy', 'PutResourcePolicy', 'DeleteResourcePolicy', 'ValidateResourcePolicy'],
  },
];

const groups = new Map(documented.flatMap((group) => group.operations.map((operation) => [operation, group])));

interface Bucket {
  tokens: number;
  filled: number;
}

/**
 * Token buckets on the emulator's clock. AWS documents the rates, not how it counts: a bucket here holds one second's
 * worth (and at least one request), so that a burst of that size passes at once.
 */
export class RequestRates {
  readonly #buckets = new Map<string, Bucket>();
  readonly #factor: number;
  readonly #now: () => Date;

  constructor(factor: number, now: () => Date) {
    this.#factor = factor;
    this.#now = now;
  }

  /** Whether one more request of this account to this Region is within its rate. Operations without one always are. */
  admits(accountId: string, region: string, operation: string): boolean {
    const group = groups.get(operation);
    if (group === undefined) return true;
    const perSecond = group.perSecond * this.#factor;
    const size = Math.max(1, perSecond);
    const now = this.#now().getTime();
    const key = `${accountId} ${region} ${group.operations[0]}`;
    const bucket = this.#buckets.get(key) ?? { tokens: size, filled: now };
    const refill = (Math.max(0, now - bucket.filled) / 1000) * perSecond;
    const tokens = Math.min(size, bucket.tokens + refill);
    // Fractions of a token add up to a little less than one.
    const admitted = tokens > 1 - 1e-9;
    this.#buckets.set(key, { tokens: admitted ? tokens - 1 : tokens, filled: now });
    return admitted;
  }
}
