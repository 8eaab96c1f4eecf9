import type { Secret } from '../secrets/secret.js';

/** Which Region a secret comes from: shown once it is in more than one [recorded-rotation G4]. */
export function primaryRegion({ replicaOf, replicas, region }: Secret): string | undefined {
  return replicaOf ?? (replicas === undefined ? undefined : region);
}
