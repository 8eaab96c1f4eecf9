import type { ManagedSecretDefinition } from '../emulator.js';
import { callOperation } from '../operations/call.js';
import type { Service } from '../service.js';

/**
 * Makes a secret as an AWS service does: everybody with permission reads it, nobody but its service changes it [recorded-authority H7].
 * @returns its ARN
 * @throws Fault as CreateSecret does
 */
export function createManagedSecret(
  service: Service,
  {
    accountId,
    region,
    owningService,
    name,
    secretString,
    kmsKeyId,
    tags = {},
  }: ManagedSecretDefinition & { readonly region: string },
): string {
  const input = { Name: name, SecretString: secretString, ...(kmsKeyId !== undefined && { KmsKeyId: kmsKeyId }) };
  const arn = String(callOperation(service, { accountId, region, operation: 'CreateSecret', input }).ARN);
  const secret = service.secrets.find(arn, accountId, region);
  if (secret === undefined) throw new Error(`CreateSecret answered with the ARN of no secret: ${arn}`);
  secret.owningService = owningService;
  // Tags that nobody else can set, so no rule for tags of customers applies to them [recorded-rotation G6].
  const all = { ...tags, 'aws:secretsmanager:owningService': owningService };
  secret.tags = Object.entries(all).map(([Key, Value]) => ({ Key, Value }));
  return arn;
}
