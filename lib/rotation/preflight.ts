import { NoPendingValueError, RotationDisabledError, VersionNotPendingError, VersionNotStagedError } from './errors.js';
import type { SecretDescription } from './secret-store.js';

/**
 * Whether the version of the event may be rotated to.
 * @returns 'done' if it already is AWSCURRENT: a repeated step then has nothing left to do.
 * @throws RotationDisabledError, VersionNotStagedError, VersionNotPendingError
 */
export function preflight(secret: SecretDescription, versionId: string): 'go on' | 'done' {
  const labels = secret.versions.get(versionId) ?? [];
  if (labels.includes('AWSCURRENT')) return 'done';
  if (!secret.rotationEnabled) {
    throw new RotationDisabledError(
      'Rotation is not enabled for the secret: it was never configured, or it was cancelled. Call RotateSecret to enable and start it.',
    );
  }
  if (labels.length === 0) {
    throw new VersionNotStagedError(
      `Version ${versionId} of the secret does not exist or carries no staging label, so Secrets Manager did not stage it for rotation. ` +
        'Start rotations with RotateSecret; do not invoke the function by hand with a version id of your own.',
    );
  }
  if (!labels.includes('AWSPENDING')) {
    throw new VersionNotPendingError(
      `Version ${versionId} of the secret is labelled ${labels.join(', ')}, not AWSPENDING: another rotation or a manual change took the label. ` +
        'Call RotateSecret to start again.',
      labels,
    );
  }
  return 'go on';
}

export function noPendingValue(versionId: string): NoPendingValueError {
  return new NoPendingValueError(
    `Version ${versionId} carries AWSPENDING but has no value: createSecret has not stored one, or its write is not visible yet. ` +
      'Secrets Manager runs the rotation again by itself; if it stays so, remove AWSPENDING from that version ' +
      '(UpdateSecretVersionStage with RemoveFromVersionId) and call RotateSecret.',
  );
}
