/** Shapes of request members: what the wire may carry and how long it may be. The API's own model, as data. */

interface Sensitive {
  /** The value is left out of every message and every log. */
  readonly sensitive?: true;
}

export interface StringShape extends Sensitive {
  readonly kind: 'string';
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: RegExp;
  /** The only values there are. */
  readonly values?: readonly string[];
}
/** Base64 on the wire; the lengths are of the decoded bytes. */
export interface BlobShape extends Sensitive {
  readonly kind: 'blob';
  readonly min: number;
  readonly max: number;
}
export interface IntegerShape {
  readonly kind: 'integer';
  readonly min?: number;
  readonly max?: number;
}
export interface BooleanShape {
  readonly kind: 'boolean';
}
export interface ListShape {
  readonly kind: 'list';
  readonly of: Shape;
  readonly min?: number;
  readonly max?: number;
}
export interface StructureShape {
  readonly kind: 'structure';
  readonly members: Members;
}
export type Shape = (StringShape | BlobShape | IntegerShape | BooleanShape | ListShape | StructureShape) & {
  readonly required?: true;
};

export interface Members {
  readonly [name: string]: Shape;
}

type ValueOf<S extends Shape> = S extends { kind: 'string' | 'blob' }
  ? string
  : S extends { kind: 'integer' }
    ? number
    : S extends { kind: 'boolean' }
      ? boolean
      : S extends { kind: 'list'; of: infer Item extends Shape }
        ? readonly ValueOf<Item>[]
        : S extends { kind: 'structure'; members: infer M extends Members }
          ? InputOf<M>
          : never;

/** What an operation gets: typed after its members. */
export type InputOf<M extends Members> = {
  readonly [K in keyof M as M[K] extends { required: true } ? K : never]: ValueOf<M[K]>;
} & {
  readonly [K in keyof M as M[K] extends { required: true } ? never : K]?: ValueOf<M[K]>;
};

/** AWS names members in messages and in CloudTrail with a small first letter: `secretId`, `kmsKeyId`. */
export function wireName(member: string): string {
  return member.charAt(0).toLowerCase() + member.slice(1);
}
