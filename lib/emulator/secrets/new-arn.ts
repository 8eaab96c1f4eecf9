import type { Randomness } from '../random.js';

const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The ARN of a new secret: its name, a hyphen and six characters of AWS's choice [recorded-rotation E11]. */
export function newSecretArn(name: string, accountId: string, region: string, suffixes: Randomness): string {
  return `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-${suffixes.characters(characters, 6)}`;
}
