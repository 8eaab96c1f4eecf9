import type { Caller } from '../access/caller.js';
import type { Decision } from '../access/decision.js';
import { refusals } from '../refusals.js';
import type { Secret } from '../secrets/secret.js';
import type { Service } from '../service.js';
import type { InputOf, Members } from '../shapes/shape.js';

/** What an operation answers. Undefined members are left out; dates become epoch seconds. */
export interface JsonFields {
  readonly [name: string]: JsonValue | undefined;
}
export type JsonValue = string | number | boolean | Date | JsonFields | readonly JsonValue[];

export interface OperationRequest<I> {
  readonly input: I;
  readonly caller: Caller;
  /** The Region that answers: that of the credential scope. */
  readonly region: string;
  readonly service: Service;
  /** What `SecretId` or `Name` names, if there is such a secret. */
  readonly secret: Secret | undefined;
  /** Of the request's own record: what `service.access` decides joins it. */
  readonly decisions: Decision[];
  /** Whether the caller, who may do this now, could not any more were the secret as given. Nothing is recorded. */
  readonly wouldForbid: (action: string, secret: Secret) => boolean;
}

/**
 * One operation of the API. `run` is synchronous, and that is the lock: one request is carried out to its end before the
 * next begins, so no two can interleave, and each checks everything before it changes anything.
 */
export interface Operation {
  readonly name: string;
  readonly input: Members;
  /** What the request is about: an existing secret, a new one by name, or none. */
  readonly subject: 'SecretId' | 'Name' | 'none';
  /**
   * What it changes of the secret, if anything. No change is made on a replica, and none but to the schedule of what a
   * service owns; every change is carried to the replicas.
   */
  readonly changes?: 'secret' | 'schedule';
  /** Members that are condition keys `secretsmanager:<Member>` when, and only when, they are sent [C5, C6]. */
  readonly conditionMembers: readonly string[];
  /** Further actions that the caller needs. */
  readonly alsoNeeds?: (input: Readonly<Record<string, unknown>>) => readonly string[];
  run(request: OperationRequest<Readonly<Record<string, unknown>>>): JsonFields;
}

/** One operation, typed by its members. */
export function operation<const M extends Members>(definition: {
  readonly name: string;
  readonly input: M;
  readonly subject: Operation['subject'];
  readonly changes?: NonNullable<Operation['changes']>;
  readonly conditionMembers?: readonly (keyof M & string)[];
  readonly alsoNeeds?: NonNullable<Operation['alsoNeeds']>;
  run(request: OperationRequest<InputOf<M>>): JsonFields;
}): Operation {
  return {
    conditionMembers: [],
    ...definition,
    // The wire has read and checked the input against these very members.
    run: (request) => definition.run({ ...request, input: request.input as InputOf<M> }),
  };
}

/** Whether it changes nothing (but the date of the last access). AWS names such operations alike. */
export function reads({ name }: Operation): boolean {
  return /^(Get|BatchGet|Describe|List)/.test(name);
}

const nameForm = /^[A-Za-z0-9/_+=.@!-]+$/;

/** @throws Fault ValidationException for what can be neither a name nor an ARN, ResourceNotFoundException */
export function existing(request: OperationRequest<{ readonly SecretId: string }>): Secret {
  if (request.secret !== undefined) return request.secret;
  if (!request.input.SecretId.startsWith('arn:')) assertName(request.input.SecretId);
  throw refusals.secretNotFound();
}

/** As `existing`, and not scheduled for deletion. @throws Fault InvalidRequestException besides */
export function live(request: OperationRequest<{ readonly SecretId: string }>): Secret {
  const secret = existing(request);
  if (secret.deletion !== undefined) throw refusals.markedForDeletion();
  return secret;
}

export function assertName(name: string): void {
  if (!nameForm.test(name)) throw refusals.invalidName();
}
