/** CloudFormation's intrinsic functions, as far as templates of rotations use them. */
export interface Intrinsics {
  /** `Ref` */
  reference(logicalId: string): string;
  /** `Fn::GetAtt`, given LOGICAL_ID.ATTRIBUTE */
  attribute(id: string): string;
}

/** @returns `value` with its intrinsic functions carried out. @throws Error for one that is not known */
export function resolveIntrinsics(value: unknown, intrinsics: Intrinsics): unknown {
  const inner = (each: unknown): unknown => resolveIntrinsics(each, intrinsics);
  if (Array.isArray(value)) return value.map(inner);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [name, argument] = entries[0] ?? ['', undefined];
  if (entries.length === 1) {
    if (name === 'Ref') return intrinsics.reference(argument);
    if (name.startsWith('Fn::')) return carriedOut(name, argument, inner, intrinsics);
  }
  return Object.fromEntries(entries.map(([key, each]) => [key, inner(each)]));
}

function carriedOut(
  name: string,
  argument: unknown,
  inner: (each: unknown) => unknown,
  intrinsics: Intrinsics,
): unknown {
  switch (name) {
    case 'Fn::GetAtt':
      return intrinsics.attribute((argument as string[]).join('.'));
    case 'Fn::Join': {
      const [separator, parts] = argument as [string, unknown];
      return (inner(parts) as string[]).join(separator);
    }
    case 'Fn::Select': {
      const [index, list] = argument as [number | string, unknown];
      return (inner(list) as string[])[Number(index)];
    }
    case 'Fn::Split': {
      const [separator, text] = argument as [string, unknown];
      return String(inner(text)).split(separator);
    }
    case 'Fn::Sub':
      return String(argument).replace(/\$\{([^}]+)\}/g, (_, id: string) =>
        id.includes('.') ? intrinsics.attribute(id) : intrinsics.reference(id),
      );
    case 'Fn::GetAZs':
      return ['a', 'b', 'c'].map((zone) => `${intrinsics.reference('AWS::Region')}${zone}`);
    default:
      throw new Error(`${name} is not known here`);
  }
}
