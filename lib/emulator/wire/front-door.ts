import type { Caller } from '../access/caller.js';
import type { RoleTable } from '../access/roles.js';
import type { SessionTable } from '../access/sessions.js';
import { Fault } from '../fault.js';
import { operations } from '../operations/index.js';
import { serve } from '../operations/serve.js';
import type { Randomness } from '../random.js';
import { parametersOf, type RequestDraft, type RequestLog } from '../request-log.js';
import type { Service } from '../service.js';
import { assumeRole } from '../sts/assume-role.js';
import { getCallerIdentity } from '../sts/get-caller-identity.js';
import type { StsOperation } from '../sts/operation.js';
import { type CredentialScope, credentialScope } from './credential-scope.js';
import { faultBody, writeJson } from './json.js';
import { readQuery } from './query.js';
import { faultXml, resultXml } from './xml.js';

export interface WireRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface House {
  readonly service: Service;
  readonly roles: RoleTable;
  readonly sessions: SessionTable;
  readonly log: RequestLog;
  readonly requestIds: Randomness;
}

const stsOperations: ReadonlyMap<string, StsOperation> = new Map(
  [assumeRole, getCallerIdentity].map((operation) => [operation.name, operation]),
);

/** Answers any request with what AWS would say. Never throws. */
export function frontDoor(house: House): (request: WireRequest) => WireAnswer {
  return (request) => {
    const draft = house.log.begin();
    const requestId = house.requestIds.uuid();
    const isQuery = request.headers['x-amz-target'] === undefined && isForm(request);
    let fault: Fault | undefined;
    let answer: WireAnswer;
    try {
      const body = isQuery ? query(house, request, draft, requestId) : json(house, request, draft);
      answer = reply(200, isQuery ? 'text/xml' : jsonType, body, requestId);
    } catch (error) {
      fault = asFault(error, isQuery);
      const body = isQuery ? faultXml(fault, requestId) : faultBody(fault);
      answer = reply(fault.status, isQuery ? 'text/xml' : jsonType, body, requestId);
    }
    house.log.end(draft, fault);
    return answer;
  };
}

const jsonType = 'application/x-amz-json-1.1';

/** Secrets Manager's JSON 1.1: the operation is in a header. */
function json(house: House, request: WireRequest, draft: RequestDraft): string {
  const [, name = ''] = /^secretsmanager\.(\w+)$/.exec(request.headers['x-amz-target'] ?? '') ?? [];
  const operation = operations.get(name);
  if (operation === undefined || request.method !== 'POST') {
    throw new Fault('UnknownOperationException', 'The operation is not known, or not served by the emulator.');
  }
  draft.service = 'secretsmanager';
  draft.operation = operation.name;
  const { caller, region } = identify(house, request, draft);
  try {
    return writeJson(serve(house.service, operation, { body: request.body, caller, region, draft }));
  } finally {
    recordStep(house, caller, draft);
  }
}

/** STS's query protocol: the operation is in the form. */
function query(house: House, request: WireRequest, draft: RequestDraft, requestId: string): string {
  const form = new URLSearchParams(request.body.toString('utf8'));
  const operation = stsOperations.get(form.get('Action') ?? '');
  if (operation === undefined || form.get('Version') !== '2011-06-15' || request.method !== 'POST') {
    throw new Fault(
      'InvalidAction',
      'Could not find the operation for this version, or the emulator does not serve it.',
    );
  }
  draft.service = 'sts';
  draft.operation = operation.name;
  const { caller } = identify(house, request, draft);
  const input = readQuery(operation, form);
  draft.parameters = parametersOf(operation, input);
  recordStep(house, caller, draft);
  return resultXml(operation.name, operation.run({ input, caller, ...house, access: house.service.access, decisions: draft.decisions }), requestId);
}

function identify(house: House, request: WireRequest, draft: RequestDraft): { caller: Caller } & CredentialScope {
  const scope = credentialScope(request.headers.authorization);
  draft.region = scope.region;
  const caller = house.sessions.callerOf(scope.accessKeyId, request.headers['x-amz-security-token']);
  draft.accountId = caller.accountId;
  draft.callerArn = caller.arn;
  return { caller, ...scope };
}

function recordStep({ service }: House, caller: Caller, draft: RequestDraft): void {
  if (caller.kind === 'root' || caller.functionArn === undefined) return;
  const running = service.rotations.stepOf(caller.functionArn, draft.secretArn);
  if (running === undefined) return;
  draft.step = running.step;
  const { secret, versionId } = running.rotation;
  draft.rotation = { secretArn: secret.arn, versionId };
}

/** STS has names of its own for a key that is refused, and refuses it with 403. */
const stsFaults: Readonly<Record<string, string>> = {
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  UnrecognizedClientException: 'InvalidClientTokenId',
  ExpiredTokenException: 'ExpiredToken',
  IncompleteSignatureException: 'IncompleteSignature',
};

function asFault(error: unknown, isQuery: boolean): Fault {
  // Whatever else went wrong is a defect of the emulator; its own words might quote the request.
  if (!(error instanceof Fault)) {
    return new Fault('InternalServiceError', 'An error occurred on the server side.', 500);
  }
  const stsCode = isQuery ? stsFaults[error.code] : undefined;
  return stsCode === undefined ? error : new Fault(stsCode, error.message, 403);
}

function isForm(request: WireRequest): boolean {
  return request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
}

function reply(status: number, contentType: string, body: string, requestId: string): WireAnswer {
  return { status, headers: { 'content-type': contentType, 'x-amzn-requestid': requestId }, body };
}
