import type { Caller } from '../access/caller.js';
import type { ConditionKeys } from '../access/conditions.js';
import { parseSecretArn } from '../arns.js';
import { parametersOf, type RequestDraft } from '../request-log.js';
import type { Secret } from '../secrets/secret.js';
import type { Service } from '../service.js';
import { checkLimits } from '../shapes/check-limits.js';
import { type RawInput, readInput } from '../shapes/read-input.js';
import type { JsonFields, Operation } from './operation.js';

interface Request {
  readonly body: Buffer;
  readonly caller: Caller;
  readonly region: string;
  /** What the request log gets to know, as far as the request comes. */
  readonly draft: RequestDraft;
}

/**
 * Carries out one request in AWS's order: types, permission, lengths, then the operation's own rules
 * [recorded-rotation H4, recorded-authority F1].
 */
export function serve(service: Service, operation: Operation, { body, caller, region, draft }: Request): JsonFields {
  const input = readInput(operation.input, body);
  draft.parameters = parametersOf(operation, input);
  const named = operation.subject === 'none' ? undefined : input[operation.subject];
  const idAsSent = typeof named === 'string' ? named : undefined;
  const secret = idAsSent === undefined ? undefined : service.secrets.find(idAsSent, caller.accountId, region);
  if (secret !== undefined) draft.secretArn = secret.arn;
  for (const action of [operation.name, ...(operation.alsoNeeds?.(input) ?? [])]) {
    service.access.authorize({
      caller,
      action: `secretsmanager:${action}`,
      ...(idAsSent !== undefined && {
        resource: resourceOf(idAsSent, secret, caller, region),
        resourceAsSent: idAsSent,
      }),
      keys: requestKeys(operation, input, region, secret),
      decisions: draft.decisions,
    });
  }
  checkLimits(operation.input, input);
  const answer = operation.run({ input, caller, region, service, secret, decisions: draft.decisions });
  if (operation.subject === 'Name' && typeof answer.ARN === 'string') draft.secretArn = answer.ARN;
  return answer;
}

/**
 * What policies are matched with: always a full ARN. A name without a secret stands for an ARN made of it, so that a
 * caller who may use `NAME-??????` or `PREFIX-*` learns that there is none [recorded-authority C11, G6].
 */
function resourceOf(idAsSent: string, secret: Secret | undefined, caller: Caller, region: string) {
  if (secret !== undefined) return { arn: secret.arn, accountId: secret.accountId };
  const foreign = parseSecretArn(idAsSent);
  if (foreign !== undefined) return { arn: idAsSent, accountId: foreign.accountId };
  const arn = `arn:aws:secretsmanager:${region}:${caller.accountId}:secret:${idAsSent}-AAAAAA`;
  return { arn, accountId: caller.accountId };
}

function requestKeys(operation: Operation, input: RawInput, region: string, secret: Secret | undefined): ConditionKeys {
  const keys = new Map<string, string | readonly string[]>([['aws:requestedregion', region]]);
  for (const member of operation.conditionMembers) {
    const value = input[member];
    if (value !== undefined) keys.set(`secretsmanager:${member}`.toLowerCase(), String(value));
  }
  if (secret !== undefined) {
    // Always the ARN, whatever was sent [C7].
    keys.set('secretsmanager:secretid', secret.arn);
    keys.set('aws:resourceaccount', secret.accountId);
    if (secret.rotationFunctionArn)
      keys.set('secretsmanager:resource/allowrotationlambdaarn', secret.rotationFunctionArn);
    for (const { Key = '', Value = '' } of secret.tags ?? []) {
      keys.set(`aws:resourcetag/${Key}`.toLowerCase(), Value);
      keys.set(`secretsmanager:resourcetag/${Key}`.toLowerCase(), Value);
    }
  }
  const sent = tagsOf(input.Tags);
  for (const [key, value] of sent) keys.set(`aws:requesttag/${key}`.toLowerCase(), value);
  if (sent.length > 0)
    keys.set(
      'aws:tagkeys',
      sent.map(([key]) => key),
    );
  return keys;
}

function tagsOf(tags: unknown): [string, string][] {
  const list: readonly { readonly Key?: string; readonly Value?: string }[] = Array.isArray(tags) ? tags : [];
  return list.map((tag) => [tag?.Key ?? '', tag?.Value ?? '']);
}
