import type { ServiceEvent } from './emulator.js';
import { History } from './history.js';
import type { Randomness } from './random.js';
import type { Secret } from './secrets/secret.js';

const service = 'secretsmanager.amazonaws.com' as const;

type ReplicationEvent = 'ReplicationStarted' | 'ReplicationSucceeded' | 'ReplicationFailed';

/** What the service did by itself, in the shape recorded from CloudTrail [recorded-rotation I1, I2, I6]. */
export class EventLog {
  readonly history: History<ServiceEvent>;
  readonly #now: () => Date;
  readonly #random: Randomness;

  constructor(now: () => Date, random: Randomness, historyLimit: number) {
    this.#now = now;
    this.#random = random;
    this.history = new History(historyLimit);
  }

  get all(): readonly ServiceEvent[] {
    return this.history.all;
  }

  /** A real RotationFailed carried a requestID that begins so; how it ends is not known. */
  rotation(eventName: ServiceEvent['eventName'], secret: Secret, versionId: string, errorMessage?: string): void {
    const requestID = `Rotation-${secret.arn}-${versionId}`;
    this.#add(secret, eventName, this.#now(), requestID, { SecretId: secret.arn }, errorMessage);
  }

  /** Its requestID is the id of the version that lost AWSPENDING [I1]. */
  rotationAbandoned(secret: Secret, versionId: string): void {
    this.#add(secret, 'RotationAbandoned', this.#now(), versionId, { SecretId: secret.arn });
  }

  /** The names are documented; nothing more was recorded, so the rest is a rotation's. */
  replication(eventName: ReplicationEvent, secret: Secret, region: string, time: Date, errorMessage?: string): void {
    const requestID = `Replication-${secret.arn}-${region}`;
    this.#add(secret, eventName, time, requestID, { SecretId: secret.arn }, errorMessage);
  }

  /** Of the clean-up beyond 100 versions. Its name is documented, its requestID is not. */
  versionGone(secret: Secret, versionId: string): void {
    this.#add(secret, 'SecretVersionDeletion', this.#now(), versionId, { SecretId: secret.arn });
  }

  /** A secret that was to go was restored: the name is documented. */
  deletionCancelled(secret: Secret): void {
    const data = { ARN: secret.arn, Name: secret.name };
    this.#add(secret, 'CancelSecretVersionDelete', this.#now(), `SecretDeleteMessage:${secret.arn}`, data);
  }

  /** Recorded for forced deletions; after a recovery window the word at the end is not known. */
  secretGone(secret: Secret, deletion: NonNullable<Secret['deletion']>): void {
    const minute = `${deletion.requested.toISOString().slice(0, 16)}:00Z`;
    const requestID = `SecretDeleteMessage:${secret.arn}:${minute}:${deletion.forced ? 'Forced' : 'Scheduled'}`;
    const data = { ARN: secret.arn, Name: secret.name };
    this.#add(secret, 'StartSecretVersionDelete', deletion.goneAt, requestID, data);
    this.#add(secret, 'EndSecretVersionDelete', deletion.goneAt, requestID, data);
  }

  #add(
    secret: Secret,
    eventName: ServiceEvent['eventName'],
    time: Date,
    requestID: string,
    additionalEventData: Readonly<Record<string, string>>,
    errorMessage?: string,
  ): void {
    this.history.add({
      eventVersion: '1.11',
      eventType: 'AwsServiceEvent',
      eventSource: service,
      eventName,
      eventTime: `${time.toISOString().slice(0, 19)}Z`,
      eventID: this.#random.uuid(),
      awsRegion: secret.region,
      recipientAccountId: secret.accountId,
      userIdentity: { accountId: secret.accountId, invokedBy: service },
      sourceIPAddress: service,
      userAgent: service,
      requestParameters: null,
      responseElements: null,
      additionalEventData,
      requestID,
      ...(errorMessage !== undefined && { errorMessage }),
      readOnly: false,
      managementEvent: true,
      eventCategory: 'Management',
    });
  }
}
