import type { Caller } from '../access/caller.js';
import type { EventLog } from '../events.js';
import { defaultKeyAlias } from '../kms/key.js';
import type { Kms, KmsCall } from '../kms/kms.js';
import { KmsRefusal } from '../kms/kms-refusal.js';
import type { Secret, SecretVersion } from '../secrets/secret.js';
import type { SecretTable } from '../secrets/secret-table.js';
import type { Replica } from './replica.js';

/** AWS takes one to four seconds [recorded-rotation G4]. */
const lagMillis = 2000;

/** What is under way to one Region: the whole secret as it then is, in the name of whoever changed it. */
interface Job {
  readonly due: Date;
  readonly primary: Secret;
  readonly replica: Replica;
  readonly caller: Caller;
}

/**
 * Carries secrets to other Regions, some time after the call that asked for it. Whatever is due on the emulator's clock is
 * carried out before anyone looks, so nobody sees it late and nothing runs by itself.
 */
export class Replications {
  /** Oldest first; all take the same time. */
  #jobs: Job[] = [];
  readonly #now: () => Date;
  readonly #secrets: SecretTable;
  readonly #kms: Kms;
  readonly #events: EventLog;

  constructor(parts: { now: () => Date; secrets: SecretTable; kms: Kms; events: EventLog }) {
    this.#now = parts.now;
    this.#secrets = parts.secrets;
    this.#kms = parts.kms;
    this.#events = parts.events;
  }

  /** When the next Region is brought up to date, if any is under way. */
  get nextDue(): Date | undefined {
    return this.#jobs[0]?.due;
  }

  /** Begins to replicate to Regions; one that has a replica, or is named twice, gets one and the same [I3]. */
  start(
    primary: Secret,
    regions: readonly { readonly Region?: string; readonly KmsKeyId?: string }[],
    { overwrite, caller }: { readonly overwrite: boolean; readonly caller: Caller },
  ): void {
    for (const [region, KmsKeyId] of new Map(regions.map(({ Region = '', KmsKeyId }) => [Region, KmsKeyId]))) {
      const kmsKeyId = KmsKeyId || primary.replicas?.get(region)?.kmsKeyId || defaultKeyAlias;
      primary.replicas ??= new Map();
      const replica: Replica = { region, kmsKeyId, overwrite, status: 'InProgress' };
      primary.replicas.set(region, replica);
      this.#begin(primary, replica, caller);
    }
  }

  /** A primary was changed: its replicas follow. One that never came to be waits for a new ReplicateSecretToRegions. */
  changed(primary: Secret, caller: Caller): void {
    for (const replica of primary.replicas?.values() ?? []) {
      const waits = this.#jobs.some((job) => job.replica === replica);
      if (waits || this.replicaOf(primary, replica.region) !== undefined) this.#begin(primary, replica, caller);
    }
  }

  /** Deletes the replica of a Region, if there is one, and forgets the Region. */
  remove(primary: Secret, region: string): void {
    const replica = this.replicaOf(primary, region);
    if (replica !== undefined) this.#secrets.remove(replica);
    forget(primary, region);
  }

  /** Makes a replica a secret of its own. */
  promote(replica: Secret, primaryRegion: string): void {
    const primary = this.#secrets.find(replica.name, replica.accountId, primaryRegion);
    if (primary !== undefined) forget(primary, replica.region);
    delete replica.replicaOf;
  }

  /** The replica of a secret in a Region, once it is there. */
  replicaOf(primary: Secret, region: string): Secret | undefined {
    const found = this.#secrets.find(primary.name, primary.accountId, region);
    return found?.replicaOf === primary.region ? found : undefined;
  }

  /** Does everything that is due. */
  carryOut(): void {
    if (this.#jobs.length === 0) return;
    const now = this.#now().getTime();
    for (let job = this.#jobs[0]; job !== undefined && job.due.getTime() <= now; job = this.#jobs[0]) {
      this.#jobs.shift();
      // What was removed or promoted meanwhile has no replica to bring up to date.
      if (job.primary.replicas?.get(job.replica.region) === job.replica) this.#finish(job, this.#carry(job));
    }
  }

  #begin(primary: Secret, replica: Replica, caller: Caller): void {
    const started = this.#now();
    const due = new Date(started.getTime() + lagMillis);
    // What the same caller began at this very moment carries this change as well.
    const same = (job: Job) =>
      job.replica === replica && job.caller.arn === caller.arn && job.due.getTime() === due.getTime();
    if (this.#jobs.some(same)) return;
    replica.status = 'InProgress';
    delete replica.statusMessage;
    this.#jobs.push({ due, primary, replica, caller });
    this.#events.replication('ReplicationStarted', primary, replica.region, started);
  }

  /** Brings one Region up to date, or tells why it cannot. */
  #carry({ due, primary, replica, caller }: Job): string | undefined {
    const { region } = replica;
    const taken = this.#secrets.find(primary.name, primary.accountId, region);
    const own = taken?.replicaOf === primary.region ? taken : undefined;
    // A primary that has replicas of its own is not replaced: they would be left without one.
    if (taken !== undefined && own === undefined && (!replica.overwrite || taken.replicas !== undefined)) {
      return `Replication failed: Secret name ${primary.name} already exists in region ${region}.`;
    }
    const target = own ?? newReplica(primary, replica, due);
    const news = [...primary.versions.values()].filter(({ id, value }) => value !== target.versions.get(id)?.value);
    let copies: SecretVersion[];
    try {
      copies = news.map((version) => this.#copyOf(version, { primary, target, caller, now: due }));
    } catch (error) {
      if (error instanceof KmsRefusal) return `Replication failed: ${error.quoted}`;
      throw error;
    }
    if (taken !== undefined && own === undefined) this.#secrets.remove(taken);
    copyAllButValues(primary, target);
    for (const version of copies) target.versions.set(version.id, version);
    if (own === undefined) this.#secrets.add(target);
    return undefined;
  }

  /**
   * Decrypt in the one Region and GenerateDataKey in the other, in the name of the caller [I1]. A placeholder has no value.
   * @throws KmsRefusal
   */
  #copyOf(
    { id, value, keyArns = [] }: SecretVersion,
    { primary, target, caller, now }: { primary: Secret; target: Secret; caller: Caller; now: Date },
  ): SecretVersion {
    if (value === undefined) return { id, createdDate: now };
    const call = (secret: Secret): KmsCall => ({ caller, secret, versionId: id, decisions: [] });
    this.#decryptWithAny(call(primary), keyArns);
    const key = this.#kms.generateDataKey(call(target), target.kmsKeyId ?? defaultKeyAlias);
    return { id, createdDate: now, value, keyArns: [key.arn] };
  }

  /** One of the keys that wrap a value is enough [D12]. */
  #decryptWithAny(call: KmsCall, keyArns: readonly string[]): void {
    let refused: unknown;
    for (const keyArn of keyArns) {
      try {
        this.#kms.decrypt(call, keyArn);
        return;
      } catch (error) {
        refused ??= error;
      }
    }
    if (refused !== undefined) throw refused;
  }

  #finish({ due, primary, replica }: Job, failure: string | undefined): void {
    const { region } = replica;
    const name = failure === undefined ? 'ReplicationSucceeded' : 'ReplicationFailed';
    this.#events.replication(name, primary, region, due, failure);
    // What changed meanwhile is under way itself.
    if (this.#jobs.some((job) => job.replica === replica)) return;
    replica.status = failure === undefined ? 'InSync' : 'Failed';
    replica.statusMessage = failure ?? 'Replication succeeded';
  }
}

/** Without a replica left, a primary is a secret like any other [recorded-rotation G4]. */
function forget(primary: Secret, region: string): void {
  primary.replicas?.delete(region);
  if (primary.replicas?.size === 0) delete primary.replicas;
}

/** The primary's ARN with the Region exchanged, the suffix being the same [I4]. */
function newReplica(primary: Secret, { region, kmsKeyId }: Replica, created: Date): Secret {
  return {
    arn: primary.arn.replace(`:secretsmanager:${primary.region}:`, `:secretsmanager:${region}:`),
    name: primary.name,
    accountId: primary.accountId,
    region,
    kmsKeyId,
    replicaOf: primary.region,
    createdDate: created,
    lastChangedDate: primary.lastChangedDate,
    versions: new Map(),
    labels: new Map(),
  };
}

/** Rotation is not replicated: it stays with the primary. */
function copyAllButValues(primary: Secret, target: Secret): void {
  const { description, type, tags, resourcePolicy, owningService } = primary;
  assign(target, 'description', description);
  assign(target, 'type', type);
  assign(target, 'tags', tags);
  assign(target, 'resourcePolicy', resourcePolicy);
  assign(target, 'owningService', owningService);
  target.lastChangedDate = primary.lastChangedDate;
  for (const id of [...target.versions.keys()]) if (!primary.versions.has(id)) target.versions.delete(id);
  target.labels.clear();
  for (const [label, id] of primary.labels) target.labels.set(label, id);
}

function assign<K extends keyof Secret>(target: Secret, member: K, value: Secret[K] | undefined): void {
  if (value === undefined) delete target[member];
  else target[member] = value;
}
