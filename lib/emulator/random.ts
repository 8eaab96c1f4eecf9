import { createHash, randomBytes } from 'node:crypto';

/** Where everything that AWS makes up comes from: suffixes, keys, tokens, passwords. */
export interface Randomness {
  /** An integer from 0 up to, not including, the limit (at most 2^32), without bias. */
  below(limit: number): number;
  /** So many characters of the alphabet. */
  characters(alphabet: string, length: number): string;
  /** A version 4 UUID. */
  uuid(): string;
}

/**
 * With a seed, the same stream every time. Each purpose has a stream of its own, so that one more request of one kind
 * does not shift what another kind gets.
 */
export function randomness(seed: number | undefined, purpose: string): Randomness {
  let block = 0;
  let pool = Buffer.alloc(0);

  function more(): Buffer {
    // Asked for one by one, random bytes would cost more than the rest of most answers.
    if (seed === undefined) return randomBytes(4096);
    return createHash('sha256').update(`${seed}/${purpose}/${block++}`).digest();
  }

  function bytes(count: number): Buffer {
    while (pool.length < count) pool = Buffer.concat([pool, more()]);
    const taken = pool.subarray(0, count);
    pool = pool.subarray(count);
    return taken;
  }

  function below(limit: number): number {
    const fair = 2 ** 32 - (2 ** 32 % limit);
    for (;;) {
      const drawn = bytes(4).readUInt32BE();
      if (drawn < fair) return drawn % limit;
    }
  }

  function characters(alphabet: string, length: number): string {
    return Array.from({ length }, () => alphabet.charAt(below(alphabet.length))).join('');
  }

  function uuid(): string {
    const digits = bytes(16).toString('hex');
    const variant = '89ab'.charAt(below(4));
    return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20)}`;
  }

  return { below, characters, uuid };
}
