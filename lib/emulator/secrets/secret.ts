/** What the service keeps of a secret. Absent means absent on the wire too. */
import type { PolicyDocument } from '../access/policy.js';
import type { Replica } from '../replication/replica.js';

export type SecretValue =
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'binary'; readonly base64: string };

export interface SecretVersion {
  readonly id: string;
  /** When the value was put, not when a rotation registered the id [recorded-rotation A13]. */
  createdDate: Date;
  /** Absent while a rotation's placeholder waits for its value. */
  value?: SecretValue;
  /** Present exactly when the value is: the KMS keys that wrap it, oldest first; each of them opens it [recorded-authority D12]. */
  keyArns?: string[];
  lastAccessedDate?: Date;
  /** The rotation function that this version is known to come from: its role wrote it, or its RotationToken came with it. */
  createdByFunction?: string;
}

export interface Tag {
  readonly Key?: string;
  readonly Value?: string;
}

export interface RotationRules {
  AutomaticallyAfterDays?: number;
  Duration?: string;
  ScheduleExpression?: string;
}

export interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly createdDate: Date;
  lastChangedDate: Date;
  lastAccessedDate?: Date;
  lastRotatedDate?: Date;
  nextRotationDate?: Date;
  description?: string;
  kmsKeyId?: string;
  type?: string;
  tags?: readonly Tag[];
  /** As its author wrote it, member by member: what is printed of it is made when someone asks [recorded-authority H6]. */
  resourcePolicy?: PolicyDocument;
  /** The service that made the secret, the only one that may change it [recorded-authority H7]. */
  owningService?: string;
  /** Absent until rotation was configured or cancelled for the first time [A2, B4]. */
  rotationEnabled?: boolean;
  rotationFunctionArn?: string;
  rotationRules?: RotationRules;
  /** Of a managed external secret: what its vendor wants to know for a rotation, and the role to do it with. */
  externalRotationMetadata?: readonly { readonly Key?: string; readonly Value?: string }[];
  externalRotationRoleArn?: string;
  /** Of a primary, by Region; absent when it has none. */
  replicas?: Map<string, Replica>;
  /** Of a replica: the Region of its primary. */
  replicaOf?: string;
  deletion?: { readonly requested: Date; readonly goneAt: Date; readonly forced: boolean };
  /** By id, oldest first. */
  readonly versions: Map<string, SecretVersion>;
  /** Staging label to version id: a label is on one version at most, by construction. */
  readonly labels: Map<string, string>;
}

/** AWS writes a "same" date some milliseconds apart; here each is the clock's. */
export function touch(secret: Secret, now: Date): void {
  secret.lastChangedDate = now;
}

/** LastAccessedDate is a day: midnight UTC [F4, verdict g]. */
export function midnight(date: Date): Date {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()));
}

export function sameValue(a: SecretValue, b: SecretValue): boolean {
  return a.kind === 'string' ? b.kind === 'string' && a.text === b.text : b.kind === 'binary' && a.base64 === b.base64;
}
