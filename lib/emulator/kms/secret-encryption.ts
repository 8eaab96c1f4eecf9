/**
 * When Secrets Manager calls KMS, and what it makes of a refusal [recorded-authority D1 to D17, E1 to E6]. Values are not
 * encrypted in the emulator's memory: what counts is who may use which key.
 */
import type { Caller } from '../access/caller.js';
import type { Decision } from '../access/decision.js';
import { Fault } from '../fault.js';
import { refusals } from '../refusals.js';
import { CURRENT, PENDING, PREVIOUS } from '../secrets/labels.js';
import type { Secret, SecretVersion } from '../secrets/secret.js';
import type { Service } from '../service.js';
import { defaultKeyAlias, type Key } from './key.js';
import { type KmsCall, keyCheck } from './kms.js';
import { KmsRefusal } from './kms-refusal.js';

/** In whose name KMS is called, and where that is recorded: what an operation's request has. */
export interface InName {
  readonly service: Service;
  readonly caller: Caller;
  readonly decisions: Decision[];
}

/**
 * A data key for a value that is new [D2 to D4].
 * @param kmsKeyId the secret's key unless another is about to take its place; empty for the default key
 * @returns the ARN of the key that wraps it, for the version's `keyArns`
 * @throws Fault AccessDeniedException, EncryptionFailure; InvalidRequestException for another account's default key
 */
export function wrapNewValue(
  inName: InName,
  secret: Secret,
  versionId: string,
  kmsKeyId: string | undefined = secret.kmsKeyId,
): string {
  const keyId = kmsKeyId || defaultKeyAlias;
  assertReachable(inName, secret, keyId);
  return refusedAs(refusals.cannotEncrypt, () =>
    inName.service.kms.generateDataKey(callOf(inName, secret, versionId), keyId),
  ).arn;
}

/**
 * Opens a version to read it or to compare it with a retry [D1, D5]. One of the keys that wrap it is enough [D12]; the
 * secret's present key is tried first.
 * @throws Fault AccessDeniedException, DecryptionFailure; InvalidRequestException for another account's default key
 */
export function openVersion(inName: InName, secret: Secret, { id, keyArns = [] }: SecretVersion): void {
  const key = inName.service.keys.resolve(keyIdOf(secret), secret);
  const present = 'arn' in key ? key.arn : undefined;
  let refused: Fault | undefined;
  for (const arn of [...keyArns].sort((a, b) => Number(b === present) - Number(a === present))) {
    try {
      assertReachable(inName, secret, arn);
      refusedAs(refusals.cannotDecrypt, () => inName.service.kms.decrypt(callOf(inName, secret, id), arn));
      return;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      refused ??= error;
    }
  }
  throw refused ?? new Error('a value that no key wraps');
}

/**
 * The value of a version under another id, as a deferred rotation makes it: the keys that wrap the copy.
 * @throws Fault as `openVersion` and `wrapNewValue`, if KMS is called for it at all
 */
export function wrapCopy(inName: InName, secret: Secret, version: SecretVersion, copyId: string): string[] {
  if (inName.service.undocumented.deferredCopyCallsKms === 'no') return [...(version.keyArns ?? [])];
  openVersion(inName, secret, version);
  return [wrapNewValue(inName, secret, copyId)];
}

/**
 * Tries a key that someone chooses for a secret: GenerateDataKey, then Decrypt, with or without a value [D4, D6, D7]. The
 * default key is not tried [E3, E5].
 * @throws Fault AccessDeniedException, InvalidParameterException for a key that is not there or cannot be used
 */
export function checkKey(inName: InName, secret: Secret, kmsKeyId: string): void {
  const { service } = inName;
  if (isDefaultKey(service.keys.resolve(kmsKeyId, secret), secret)) return;
  const call = callOf(inName, secret, keyCheck);
  refusedAs(refusals.cannotUseKey, () => service.kms.decrypt(call, service.kms.generateDataKey(call, kmsKeyId).arn));
}

/**
 * After a change of key: AWSCURRENT, AWSPREVIOUS and AWSPENDING get the new key in addition, other versions do not. It is
 * best effort: at the first refusal it stops in silence, and what is left stays under the old key alone [D8, D11, D12].
 */
export function rewrapLabelledVersions(inName: InName, secret: Secret): void {
  const { service } = inName;
  const key = service.keys.resolve(keyIdOf(secret), secret);
  if ('unknown' in key) return;
  for (const id of new Set([CURRENT, PREVIOUS, PENDING].map((label) => secret.labels.get(label)))) {
    const version = id === undefined ? undefined : secret.versions.get(id);
    if (version?.keyArns === undefined || version.keyArns.includes(key.arn)) continue;
    try {
      openVersion(inName, secret, version);
      version.keyArns.push(service.kms.encrypt(callOf(inName, secret, version.id), keyIdOf(secret)).arn);
    } catch (error) {
      if (error instanceof Fault || error instanceof KmsRefusal) return;
      throw error;
    }
  }
}

/** KmsKeyIds of ListSecretVersionIds: ARNs of keys, but for AWS's own [recorded-rotation E7]. */
export function keyNamesOf(service: Service, secret: Secret, { keyArns }: SecretVersion): string[] {
  // A rotation's placeholder has no value that a key could wrap; it is shown with the key that will.
  const key = service.keys.resolve(keyIdOf(secret), secret);
  const arns = keyArns ?? ('arn' in key ? [key.arn] : []);
  return arns.map((arn) => (service.keys.get(arn)?.managed ? 'DefaultEncryptionKey' : arn));
}

/** What Secrets Manager tells KMS: the key as it was given, or the alias of AWS's own [E3]. */
function keyIdOf({ kmsKeyId }: Secret): string {
  return kmsKeyId ?? defaultKeyAlias;
}

function callOf({ caller, decisions }: InName, secret: Secret, versionId: string): KmsCall {
  return { caller, decisions, secret, versionId };
}

function isDefaultKey(key: Key | { readonly unknown: string }, secret: Secret): boolean {
  return 'arn' in key && key.managed && key.accountId === secret.accountId;
}

/** Nobody of another account gets through the default key: AWS says so without asking KMS (LocalStack's recording). */
function assertReachable({ service, caller }: InName, secret: Secret, keyId: string): void {
  const foreign = caller.accountId !== secret.accountId;
  if (foreign && isDefaultKey(service.keys.resolve(keyId, secret), secret)) throw refusals.defaultKeyAcrossAccounts();
}

/** Whatever KMS's policies refuse has one text that names neither key nor action [B10]; other refusals are quoted. */
function refusedAs<T>(otherwise: (refusal: KmsRefusal) => Fault, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof KmsRefusal)) throw error;
    throw error.code === 'AccessDeniedException' ? refusals.kmsNotAllowed() : otherwise(error);
  }
}
