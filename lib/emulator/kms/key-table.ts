import { assertPolicy } from '../access/policy-check.js';
import { isPrincipalArn, parseKeyAliasArn, parseKeyArn } from '../arns.js';
import type { GrantDefinition, KeyDefinition, KeyState } from '../emulator.js';
import type { Randomness } from '../random.js';
import { defaultKeyAlias, defaultKeyPolicy, type Key, managedKeyPolicy } from './key.js';

/** Why an id names no key, in KMS's words [recorded-authority D17]. */
export interface UnknownKey {
  readonly unknown: string;
}

/** Account and Region in which an id or alias without them is looked up. */
export interface KeyHome {
  readonly accountId: string;
  readonly region: string;
}

/** The KMS keys of every account and Region, their aliases and grants. AWS's own key is there when it is first asked for. */
export class KeyTable {
  readonly #keys = new Map<string, Key>();
  /** By the ARN of the alias. */
  readonly #aliases = new Map<string, Key>();
  readonly #random: Randomness;

  constructor(random: Randomness) {
    this.#random = random;
  }

  /** Makes a key, or gives an existing one another policy and state: its aliases and grants stay. @throws TypeError */
  put(definition: KeyDefinition): Key {
    const arn = 'keyArn' in definition ? definition.keyArn : this.#newArn(definition);
    const home = parseKeyArn(arn);
    if (home === undefined) throw new TypeError(`not the ARN of a KMS key: ${arn}`);
    const policy = definition.policy ?? defaultKeyPolicy(home.accountId);
    assertPolicy(policy, 'key', `policy of ${arn}`);
    const aliases = (definition.aliases ?? []).map((name) => ownAlias(name, home));
    const state = definition.state ?? 'enabled';
    const known = this.#keys.get(arn);
    if (known?.managed) throw new TypeError(`the key belongs to AWS: ${arn}`);
    const key = known ?? { arn, ...home, managed: false, aliases: new Set(), grants: new Map(), policy, state };
    Object.assign(key, { policy, state });
    this.#keys.set(arn, key);
    for (const alias of aliases) this.#point(alias, key);
    return key;
  }

  get(keyArn: string): Key | undefined {
    return this.#keys.get(keyArn);
  }

  setState(keyArn: string, state: KeyState): void {
    this.#existing(keyArn).state = state;
  }

  /** Its aliases and grants go with it. */
  delete(keyArn: string): void {
    const key = this.#keys.get(keyArn);
    if (key === undefined) return;
    if (key.managed) throw new TypeError(`the key belongs to AWS: ${keyArn}`);
    this.#keys.delete(keyArn);
    for (const name of key.aliases) this.deleteAlias(aliasArnOf(name, key));
  }

  putAlias(aliasArn: string, keyArn: string): void {
    const alias = parseKeyAliasArn(aliasArn);
    if (alias === undefined) throw new TypeError(`not the ARN of a KMS alias: ${aliasArn}`);
    const key = this.#existing(keyArn);
    if (alias.accountId !== key.accountId || alias.region !== key.region) {
      throw new TypeError(`an alias is of its key's account and Region: ${aliasArn}`);
    }
    this.#point(ownAlias(alias.name, key), key);
  }

  deleteAlias(aliasArn: string): void {
    this.#aliases.get(aliasArn)?.aliases.delete(aliasArn.slice(aliasArn.indexOf('alias/')));
    this.#aliases.delete(aliasArn);
  }

  grant(definition: GrantDefinition): string {
    const { grants } = this.#existing(definition.keyArn);
    if (!isPrincipalArn(definition.granteePrincipal)) {
      throw new TypeError(`not the ARN of a principal: ${definition.granteePrincipal}`);
    }
    const grantId = this.#random.characters('0123456789abcdef', 64);
    grants.set(grantId, { ...definition, grantId });
    return grantId;
  }

  revoke(keyArn: string, grantId: string): void {
    this.#keys.get(keyArn)?.grants.delete(grantId);
  }

  /** AWS's own key for Secrets Manager: there from the start, for all that anybody can tell. */
  managed({ accountId, region }: KeyHome): Key {
    const known = this.#aliases.get(aliasArnOf(defaultKeyAlias, { accountId, region }));
    if (known !== undefined) return known;
    const key: Key = {
      arn: this.#newArn({ accountId, region }),
      accountId,
      region,
      policy: managedKeyPolicy(accountId, region),
      state: 'enabled',
      managed: true,
      aliases: new Set(),
      grants: new Map(),
    };
    this.#keys.set(key.arn, key);
    this.#point(defaultKeyAlias, key);
    return key;
  }

  /** The key that a KmsKeyId names: id, ARN, alias or ARN of an alias. Without account and Region it is one of `home`. */
  resolve(keyId: string, home: KeyHome): Key | UnknownKey {
    const alias = keyId.startsWith('alias/')
      ? { name: keyId, accountId: home.accountId, region: home.region }
      : parseKeyAliasArn(keyId);
    if (alias?.name === defaultKeyAlias) return this.managed(alias);
    if (alias !== undefined) {
      const arn = aliasArnOf(alias.name, alias);
      return this.#aliases.get(arn) ?? { unknown: `Alias ${arn} is not found.` };
    }
    const arn = keyId.startsWith('arn:') ? keyId : `arn:aws:kms:${home.region}:${home.accountId}:key/${keyId}`;
    const key = this.#keys.get(arn);
    if (key !== undefined && key.region !== home.region) return { unknown: `Invalid arn ${key.region}` };
    const wellFormed = keyId.startsWith('arn:') ? parseKeyArn(arn) !== undefined : idForm.test(keyId);
    return key ?? { unknown: wellFormed ? `Key '${arn}' does not exist` : `Invalid keyId '${keyId}'` };
  }

  #point(alias: string, key: Key): void {
    const arn = aliasArnOf(alias, key);
    this.deleteAlias(arn);
    this.#aliases.set(arn, key);
    key.aliases.add(alias);
  }

  #existing(keyArn: string): Key {
    const key = this.#keys.get(keyArn);
    if (key === undefined) throw new TypeError(`no such KMS key: ${keyArn}`);
    return key;
  }

  #newArn({ accountId, region }: KeyHome): string {
    return `arn:aws:kms:${region}:${accountId}:key/${this.#random.uuid()}`;
  }
}

/** What KMS makes up itself: a UUID, or the id of a multi-Region key. */
const idForm = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/i;
function aliasArnOf(name: string, { accountId, region }: KeyHome): string {
  return `arn:aws:kms:${region}:${accountId}:${name}`;
}

/** @throws TypeError for what is no name of an alias, or one that only AWS may give */
function ownAlias(name: string, home: KeyHome): string {
  if (parseKeyAliasArn(aliasArnOf(name, home)) === undefined || name.startsWith('alias/aws/')) {
    throw new TypeError(`not the name of an alias of one's own: ${name}`);
  }
  return name;
}
