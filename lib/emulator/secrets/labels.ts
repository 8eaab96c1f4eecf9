import { refusals } from '../refusals.js';
import type { Secret } from './secret.js';

export const CURRENT = 'AWSCURRENT';
export const PENDING = 'AWSPENDING';
export const PREVIOUS = 'AWSPREVIOUS';

/** The quota counts the labels of all versions together. */
const labelQuota = 20;

/**
 * Whether labels may be put on a version, a new one unless its id is given: AWSPREVIOUS counts, where it will follow.
 * @throws Fault LimitExceededException
 */
export function assertLabelRoom(secret: Secret, labels: Iterable<string>, versionId?: string): void {
  const after = new Set([...secret.labels.keys(), ...labels]);
  const former = secret.labels.get(CURRENT);
  if (former !== undefined && former !== versionId && new Set(labels).has(CURRENT)) after.add(PREVIOUS);
  if (after.size > labelQuota) throw refusals.tooManyLabels();
}

/**
 * Puts labels on a version, each taken from whichever version holds it. AWSPREVIOUS follows AWSCURRENT to the version
 * that loses it, and its former holder loses that label [recorded-rotation E4, E5]. AWSPENDING stays where it is [A4].
 * @throws Fault LimitExceededException, before anything has moved
 */
export function attachLabels(secret: Secret, versionId: string, labels: Iterable<string>): void {
  const wanted = new Set(labels);
  assertLabelRoom(secret, wanted, versionId);
  if (wanted.delete(CURRENT)) moveCurrent(secret, versionId);
  for (const label of wanted) secret.labels.set(label, versionId);
}

function moveCurrent(secret: Secret, versionId: string): void {
  const former = secret.labels.get(CURRENT);
  if (former === versionId) return;
  secret.labels.set(CURRENT, versionId);
  if (former !== undefined) secret.labels.set(PREVIOUS, former);
}

/** The labels of a version in the order in which AWS prints them; empty for a deprecated version. */
export function labelsOf(secret: Secret, versionId: string): string[] {
  return hashOrder([...secret.labels].filter(([, holder]) => holder === versionId).map(([label]) => label));
}

/** Version ids that hold a label, sorted, each with its labels: the map that DescribeSecret and ListSecrets print [E6]. */
export function stagesByVersion(secret: Secret): Record<string, string[]> | undefined {
  const holders = [...new Set(secret.labels.values())].sort();
  return holders.length === 0 ? undefined : Object.fromEntries(holders.map((id) => [id, labelsOf(secret, id)]));
}

/**
 * The recorded order of labels is neither insertion nor alphabet; it fits the iteration of a Java HashSet [E6]: buckets
 * by the spread hash, 16 of them and twice as many whenever they are three quarters full.
 */
function hashOrder(labels: readonly string[]): string[] {
  let buckets = 16;
  while (labels.length > buckets * 0.75) buckets *= 2;
  const bucket = (label: string) => {
    let hash = 0;
    for (let i = 0; i < label.length; i++) hash = (Math.imul(31, hash) + label.charCodeAt(i)) | 0;
    return (hash ^ (hash >>> 16)) & (buckets - 1);
  };
  return [...labels].sort((a, b) => bucket(a) - bucket(b));
}
