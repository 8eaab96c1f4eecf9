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
  if (rotator.target === undefined) return;
  const a = rotator.target(current);
  const b = rotator.target(other);
  const fields = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((field) => a[field] !== b[field]);
  if (fields.length === 0) return;
  throw new TargetMismatchError(
    `${label} differs from AWSCURRENT in ${fields.join(', ')}, which a rotation never changes. Nothing was sent. ` +
      (label === 'AWSPENDING'
        ? 'If AWSCURRENT was changed on purpose, remove AWSPENDING from the version and call RotateSecret.'
        : 'AWSPREVIOUS is for something else, so it was not tried.'),
    fields,
  );
}
