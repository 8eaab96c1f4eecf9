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
