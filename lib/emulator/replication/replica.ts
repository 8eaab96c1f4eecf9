import type { Secret } from '../secrets/secret.js';

/** What a primary knows of its replica in one Region. The replica itself is a secret of that Region. */
export interface Replica {
  readonly region: string;
  /** The key there; AWS shows the default one by its alias [recorded-rotation G4]. */
  readonly kmsKeyId: string;
  /** Whether another secret of that name may be replaced. */
  readonly overwrite: boolean;
  status: 'InProgress' | 'InSync' | 'Failed';
  statusMessage?: string;
}

/** Which Region a secret comes from: shown once it is in more than one [recorded-rotation G4]. */
export function primaryRegion({ replicaOf, replicas, region }: Secret): string | undefined {
  return replicaOf ?? (replicas === undefined ? undefined : region);
}
