import type { Access } from '../access/access.js';
import type { Caller } from '../access/caller.js';
import type { Decision } from '../access/decision.js';
import type { ConditionKeys } from '../access/request-keys.js';
import type { Randomness } from '../random.js';
import { coversContext, type EncryptionContext, keyGrant } from './grant.js';
import { type Key, viaService } from './key.js';
import type { KeyTable } from './key-table.js';
import { KmsRefusal } from './kms-refusal.js';

/** Whose secret, and which version of it, a call to KMS is about, and in whose name it is made. */
export interface KmsCall {
  readonly caller: Caller;
  readonly secret: { readonly arn: string; readonly accountId: string; readonly region: string };
  /** The version's id, or `keyCheck`. */
  readonly versionId: string;
  /** Of the record of the request that the call belongs to. */
  readonly decisions: Decision[];
}

/** What stands for the version's id when Secrets Manager only tries whether it may use a key [recorded-authority D10]. */
export const keyCheck = 'RequestToValidateKeyAccess';

/**
 * KMS as Secrets Manager calls it: in the name of the caller, with its session, and with the secret's ARN and the
 * version's id as encryption context [recorded-authority D10, D14]. First the policies decide, then the state of the key.
 */
export class Kms {
  readonly #keys: KeyTable;
  readonly #access: Access;
  readonly #requestIds: Randomness;

  constructor(keys: KeyTable, access: Access, requestIds: Randomness) {
    this.#keys = keys;
    this.#access = access;
    this.#requestIds = requestIds;
  }

  /** @param keyId as the secret has it: id, ARN, alias or ARN of an alias. @throws KmsRefusal */
  generateDataKey(call: KmsCall, keyId: string): Key {
    return this.#call('kms:GenerateDataKey', call, keyId);
  }

  /** @param keyId as for GenerateDataKey. @throws KmsRefusal */
  encrypt(call: KmsCall, keyId: string): Key {
    return this.#call('kms:Encrypt', call, keyId);
  }

  /** @param keyArn what the ciphertext tells: a request to decrypt names no key. @throws KmsRefusal */
  decrypt(call: KmsCall, keyArn: string): void {
    this.#call('kms:Decrypt', call, keyArn);
  }

  #call(action: string, call: KmsCall, keyId: string): Key {
    const key = this.#keys.resolve(keyId, call.secret);
    if ('unknown' in key) throw this.#refusal('NotFoundException', key.unknown);
    const context = { SecretARN: call.secret.arn, SecretVersionId: call.versionId };
    const grants = [...key.grants.values()].filter((grant) => coversContext(grant, context)).map(keyGrant);
    const refused = this.#access.refusal({
      caller: call.caller,
      action,
      resource: {
        arn: key.arn,
        accountId: key.accountId,
        policy: { kind: 'key', of: key.arn, document: key.policy, grants },
      },
      resourceAsSent: key.arn,
      keys: this.#conditionKeys(call, key, keyId, context),
      via: 'secretsmanager.amazonaws.com',
      decisions: call.decisions,
    });
    if (refused !== undefined) throw this.#refusal('AccessDeniedException', refused.message);
    if (key.state === 'disabled') throw this.#refusal('DisabledException', `${key.arn} is disabled.`);
    if (key.state === 'pendingDeletion') {
      throw this.#refusal('KMSInvalidStateException', `${key.arn} is pending deletion.`);
    }
    return key;
  }

  /**
   * The keys of these three actions in AWS's service authorization reference. aws:CalledVia is absent: Secrets Manager is
   * not among the services that AWS lists for it.
   */
  #conditionKeys({ caller, secret }: KmsCall, key: Key, keyId: string, context: EncryptionContext): ConditionKeys {
    const [, alias] = /^(?:arn:[^/]*:)?(alias\/.*)$/.exec(keyId) ?? [];
    return new Map<string, string | readonly string[]>([
      ['aws:requestedregion', secret.region],
      ['kms:calleraccount', caller.accountId],
      ['kms:viaservice', viaService(secret.region)],
      ['kms:encryptionalgorithm', 'SYMMETRIC_DEFAULT'],
      ['kms:encryptioncontextkeys', Object.keys(context)],
      ...Object.entries(context).map(([name, value]): [string, string] => [
        `kms:encryptioncontext:${name}`.toLowerCase(),
        value,
      ]),
      ['kms:keyorigin', 'AWS_KMS'],
      ['kms:keyspec', 'SYMMETRIC_DEFAULT'],
      ['kms:multiregion', String(key.arn.includes(':key/mrk-'))],
      ['kms:keyusage', 'ENCRYPT_DECRYPT'],
      ...(key.aliases.size > 0 ? [['kms:resourcealiases', [...key.aliases]] as const] : []),
      ...(alias === undefined ? [] : [['kms:requestalias', alias] as const]),
    ]);
  }

  #refusal(code: KmsRefusal['code'], message: string): KmsRefusal {
    return new KmsRefusal(code, message, this.#requestIds.uuid());
  }
}
