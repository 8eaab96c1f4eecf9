import type { AccessRequest } from '../access/access-request.js';
import type { Caller } from '../access/caller.js';
import { parseSecretArn } from '../arns.js';
import { refusals } from '../refusals.js';
import { parametersOf, type RequestDraft } from '../request-log.js';
import type { Secret } from '../secrets/secret.js';
import type { Service } from '../service.js';
import { checkLimits } from '../shapes/check-limits.js';
import { readInput } from '../shapes/read-input.js';
import { conditionKeys } from './condition-keys.js';
import { type JsonFields, type Operation, reads } from './operation.js';

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
  service.replications.carryOut();
  const input = readInput(operation.input, body);
  draft.parameters = parametersOf(operation, input);
  const named = operation.subject === 'none' ? undefined : input[operation.subject];
  const idAsSent = typeof named === 'string' ? named : undefined;
  const secret = idAsSent === undefined ? undefined : service.secrets.find(idAsSent, caller.accountId, region);
  if (secret !== undefined) draft.secretArn = secret.arn;
  const question = (action: string, about: Secret | undefined): AccessRequest => ({
    caller,
    action: `secretsmanager:${action}`,
    ...((idAsSent !== undefined || about !== undefined) && {
      resource: resourceOf(idAsSent ?? '', about, caller, region),
      resourceAsSent: idAsSent ?? '',
    }),
    keys: conditionKeys({
      operation,
      input,
      home: { accountId: about?.accountId ?? caller.accountId, region },
      secret: about,
      keys: service.keys,
    }),
    decisions: draft.decisions,
  });
  for (const action of [operation.name, ...(operation.alsoNeeds?.(input) ?? [])]) {
    service.access.authorize(question(action, secret));
  }
  checkLimits(operation.input, input);
  if (secret !== undefined) assertChangeable(operation, secret);
  const allows = (action: string, about: Secret | undefined) => service.access.decide(question(action, about)).allowed;
  const wouldForbid = (action: string, about: Secret) => allows(action, secret) && !allows(action, about);
  const written = reads(operation) ? undefined : service.weather.beforeWrite(secret);
  const answer = operation.run({ input, caller, region, service, secret, decisions: draft.decisions, wouldForbid });
  if (operation.changes && secret !== undefined) service.replications.changed(secret, caller);
  if (operation.subject === 'Name' && typeof answer.ARN === 'string') draft.secretArn = answer.ARN;
  if (draft.secretArn !== undefined) written?.(draft.secretArn);
  return answer;
}

/** [recorded-rotation G3, G6; recorded-authority H7, H8]; for the operations that were not tried, by analogy. */
function assertChangeable({ changes }: Operation, { replicaOf, owningService }: Secret): void {
  if (changes !== undefined && replicaOf !== undefined) throw refusals.replicaUnchangeable();
  if (changes === 'secret' && owningService !== undefined) throw refusals.ownedUnchangeable(owningService);
}

/**
 * What policies are matched with: always a full ARN. A name without a secret stands for an ARN made of it, so that a
 * caller who may use `NAME-??????` or `PREFIX-*` learns that there is none [recorded-authority C11, G6].
 */
function resourceOf(idAsSent: string, secret: Secret | undefined, caller: Caller, region: string) {
  if (secret !== undefined) {
    const { arn, accountId, resourcePolicy } = secret;
    const policy = resourcePolicy && ({ kind: 'resource', of: arn, document: resourcePolicy } as const);
    return { arn, accountId, ...(policy !== undefined && { policy }) };
  }
  const foreign = parseSecretArn(idAsSent);
  if (foreign !== undefined) return { arn: idAsSent, accountId: foreign.accountId };
  const arn = `arn:aws:secretsmanager:${region}:${caller.accountId}:secret:${idAsSent}-AAAAAA`;
  return { arn, accountId: caller.accountId };
}
