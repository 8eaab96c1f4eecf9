import type { CreateSecretContext, MaybePromise, Rotator, SecretChanges, SecretValue } from './rotator.js';

/** Infers the secret's type from the schema, and refuses fields from `createSecret` that the schema lacks. Returns its argument. */
export function defineRotator<
  TSecret extends SecretValue,
  TField extends PropertyKey = string,
  TValue extends FieldValue = FieldValue,
>(
  rotator: Omit<Rotator<TSecret>, 'createSecret'> & {
    createSecret(
      context: CreateSecretContext<TSecret>,
    ): MaybePromise<SecretChanges<NoInfer<TSecret>> & Fields<TField, TValue>>;
  } & OnlyFieldsOf<TSecret, TField>,
): Rotator<TSecret> {
  return rotator;
}

type FieldValue = string | number | boolean | NonNullable<unknown> | null | undefined;

/** Finds out what the returned fields are called; naming their values too keeps `'blue'` from becoming `string`. */
type Fields<TField extends PropertyKey, TValue> = { readonly [K in TField]?: TValue };

/** By itself, TypeScript lets a function return an object with more fields than its type names. */
type OnlyFieldsOf<TSecret, TField> = TSecret extends string | Uint8Array
  ? unknown
  : string extends TField
    ? unknown
    : [Exclude<TField, keyof TSecret>] extends [never]
      ? unknown
      : { createSecret(): `the secret's schema lacks ${Exclude<TField, keyof TSecret> & string}` };
