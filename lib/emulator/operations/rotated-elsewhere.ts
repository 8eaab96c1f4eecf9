import { refusals } from '../refusals.js';
import { type RotationRules, type Secret, touch } from '../secrets/secret.js';
import type { Service } from '../service.js';

interface RotateSecretInput {
  readonly RotationLambdaARN?: string;
  readonly ExternalSecretRotationMetadata?: Secret['externalRotationMetadata'];
  readonly ExternalSecretRotationRoleArn?: string;
  readonly RotateImmediately?: boolean;
}

/**
 * Whether a secret is rotated without a function: by a vendor (managed external secrets), or by the service that owns it.
 * @throws Fault InvalidRequestException, InvalidParameterException for a function beside one of these
 */
export function isRotatedElsewhere(secret: Secret, input: RotateSecretInput): boolean {
  if (secret.owningService !== undefined) {
    if (input.RotationLambdaARN) throw refusals.ownedUnchangeable(secret.owningService);
    return true;
  }
  const sent = input.ExternalSecretRotationMetadata ?? input.ExternalSecretRotationRoleArn;
  if (sent !== undefined && input.RotationLambdaARN) throw refusals.functionAndVendor();
  return sent !== undefined || (secret.externalRotationRoleArn !== undefined && !input.RotationLambdaARN);
}

/**
 * Keeps what such a rotation is told. No vendor is called, so a rotation that would have to run at once is refused, and
 * nothing is kept then; one that falls due by its schedule fails and says why.
 * @throws Fault InvalidRequestException
 */
export function configureElsewhere(
  { input, service }: { readonly input: RotateSecretInput; readonly service: Service },
  secret: Secret,
  rules: RotationRules | undefined,
): void {
  if (input.RotateImmediately ?? true) throw refusals.rotationNotModelled();
  const { ExternalSecretRotationMetadata: metadata, ExternalSecretRotationRoleArn: roleArn } = input;
  if (metadata !== undefined) secret.externalRotationMetadata = metadata;
  if (roleArn !== undefined) secret.externalRotationRoleArn = roleArn;
  if (rules !== undefined) secret.rotationRules = rules;
  delete secret.rotationFunctionArn;
  secret.rotationEnabled = true;
  service.timetable.configured(secret);
  touch(secret, service.now());
}

/** From now on a function rotates it. */
export function forgetElsewhere(secret: Secret): void {
  delete secret.externalRotationMetadata;
  delete secret.externalRotationRoleArn;
}
