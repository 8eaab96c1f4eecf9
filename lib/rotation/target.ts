import { isDeepStrictEqual } from 'node:util';
import { TargetMismatchError } from './errors.js';
import type { Rotator, SecretValue } from './rotator.js';

/**
 * Refuses two versions that open different things: a credential must not be sent to another host, nor another user be changed, because a value was tampered
 * with or a secret was reused.
 * @throws TargetMismatchError naming the fields, not their values
 */
export function assertSameTarget<T extends SecretValue>(
  rotator: Rotator<T>,
  current: T,
  other: T,
  label: 'AWSPENDING' | 'AWSPREVIOUS',
): void {
  const fields = rotator.target === undefined ? [] : differing(rotator.target(current), rotator.target(other));
  if (fields.length === 0) return;
  throw new TargetMismatchError(
    `${label} differs from AWSCURRENT in ${fields.join(', ')}, which a rotation never changes. Nothing was sent. ` +
      (label === 'AWSPENDING'
        ? 'If AWSCURRENT was changed on purpose, remove AWSPENDING from the version and call RotateSecret.'
        : 'AWSPREVIOUS is for something else, so it was not tried.'),
    fields,
  );
}

/**
 * Whether a value that no label vouches for may stand in for AWSCURRENT: it opens the same, and differs from AWSCURRENT in nothing but the secrets that this rotation
 * changes. So nothing else of it is ever used, how to connect for instance; and of alternating users, one cannot stand in for the other.
 */
export function mayStandIn<T extends SecretValue>(
  rotator: Rotator<T>,
  { current, pending }: { readonly current: T; readonly pending: T },
  other: T,
): boolean {
  if (rotator.target !== undefined && differing(rotator.target(current), rotator.target(other)).length > 0)
    return false;
  const shown: readonly string[] = rotator.publicFields ?? [];
  const secretChanges = differing(fieldsOf(current), fieldsOf(pending)).filter((field) => !shown.includes(field));
  return differing(fieldsOf(current), fieldsOf(other)).every((field) => secretChanges.includes(field));
}

/** A text or bytes are one thing, of which all changes. */
function fieldsOf(value: SecretValue): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && !(value instanceof Uint8Array) ? { ...value } : {};
}

function differing(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): string[] {
  const fields = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return fields.filter((field) => !isDeepStrictEqual(a[field], b[field]));
}
