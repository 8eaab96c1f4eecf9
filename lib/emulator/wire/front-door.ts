import type { Caller } from '../access/caller.js';
import type { RoleTable } from '../access/roles.js';
import type { SessionTable } from '../access/sessions.js';
import { Fault } from '../fault.js';
import type { RequestInterception } from '../interception/interceptor.js';
import { operations } from '../operations/index.js';
import { type Operation, reads } from '../operations/operation.js';
import { serve } from '../operations/serve.js';
import type { Randomness } from '../random.js';
import { parametersOf, type RequestDraft, type RequestLog } from '../request-log.js';
import type { Service } from '../service.js';
import { readInput } from '../shapes/read-input.js';
import { assumeRole } from '../sts/assume-role.js';
import { getCallerIdentity } from '../sts/get-caller-identity.js';
import type { StsOperation } from '../sts/operation.js';
import { type Forecast, fair, forecastOf } from '../weather/forecast.js';
import type { Lag } from '../weather/lag.js';
import { strikeOf, type WeatherSubject } from '../weather/weather-rules.js';
import { type CredentialScope, credentialScope } from './credential-scope.js';
import type { Door, WireAnswer, WireRequest } from './door.js';
import { faultBody, writeJson } from './json.js';
import { readQuery } from './query.js';
import { type Outcome, throughWeather } from './through-weather.js';
import { faultXml, resultXml } from './xml.js';

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

/** A request that names an operation and comes from someone known. */
interface Admitted {
  /** What rules of the weather ask about it. */
  subject(): WeatherSubject;
  /** Does it, and gives the body of the answer. @param past what a read sees, whatever the weather shows it */
  carryOut(past: Lag | undefined): string;
}

export function frontDoor(house: House): Door {
  return (request, connection) => {
    const draft = house.log.begin();
    const requestId = house.requestIds.uuid();
    const isQuery = request.headers['x-amz-target'] === undefined && isForm(request);
    const type = isQuery ? 'text/xml' : jsonType;

    const refuse = (error: unknown): Outcome => {
      const fault = asFault(error, isQuery);
      const body = isQuery ? faultXml(fault, requestId) : faultBody(fault);
      return { answer: reply(fault.status, type, body, requestId), fault };
    };
    const finish = ({ answer, fault }: Outcome): WireAnswer => {
      house.log.end(draft, fault);
      return answer;
    };

    const { interceptions, weather } = house.service;
    let admitted: Admitted;
    let interception: RequestInterception | undefined;
    try {
      turnPagesAway(request);
      const body = wholeBody(request);
      admitted = isQuery ? query(house, request, body, draft, requestId) : json(house, request, body, draft);
      interception = interceptions.ofRequest(admitted.subject);
    } catch (error) {
      return finish(refuse(error));
    }
    // Now: whoever intercepts may be gone by the time that it is carried out.
    const past = interception?.stale ? weather.past : undefined;
    const carryOut = (): Outcome => {
      try {
        return { answer: reply(200, type, admitted.carryOut(past), requestId), fault: undefined };
      } catch (error) {
        return refuse(error);
      }
    };
    const forecast = forecastFor(house, interception, admitted.subject, draft);
    if (forecast === undefined && interception === undefined) return finish(carryOut());
    const through = async (): Promise<Outcome> => {
      await interception?.before?.();
      return throughWeather(forecast ?? fair, connection, {
        carryOut,
        refuse,
        carriedOut: () => interception?.after?.(),
        killCaller() {
          const { functionArn } = admitted.subject();
          if (functionArn !== undefined) house.service.functions.kill(functionArn);
        },
      });
    };
    return through().catch(refuse).then(finish);
  };
}

/** An interception's own effect takes the place of the weather's. */
function forecastFor(
  { service }: House,
  interception: RequestInterception | undefined,
  subject: Admitted['subject'],
  draft: RequestDraft,
): Forecast | undefined {
  const effect = interception?.effect;
  if (effect === undefined) return service.weather.forecast(subject, draft);
  const forecast = forecastOf([strikeOf(effect)], subject().service);
  draft.weather = forecast.marks;
  return forecast;
}

const jsonType = 'application/x-amz-json-1.1';

/** Secrets Manager's JSON 1.1: the operation is in a header. */
function json(house: House, request: WireRequest, body: Buffer, draft: RequestDraft): Admitted {
  const [, name = ''] = /^secretsmanager\.(\w+)$/.exec(request.headers['x-amz-target'] ?? '') ?? [];
  const operation = operations.get(name);
  if (operation === undefined || request.method !== 'POST') {
    throw new Fault('UnknownOperationException', 'The operation is not known, or not served by the emulator.');
  }
  draft.service = 'secretsmanager';
  draft.operation = operation.name;
  const { caller, region } = identify(house, request, draft);
  return {
    subject() {
      const secret = namedSecret(house, operation, { body, caller, region }, draft);
      recordStep(house, caller, draft);
      return { service: 'secretsmanager', operation: operation.name, region, secret, ...askedBy(caller, draft) };
    },
    carryOut(past) {
      const service = seenBy(house.service, operation, draft, past);
      try {
        return writeJson(serve(service, operation, { body, caller, region, draft }));
      } finally {
        recordStep(house, caller, draft);
      }
    },
  };
}

/** Reads may lag behind writes; everything else sees the truth. */
function seenBy(service: Service, operation: Operation, draft: RequestDraft, past: Lag | undefined): Service {
  const lag = past ?? service.weather.lag;
  return lag !== undefined && reads(operation) ? { ...service, secrets: lag.view(service.secrets, draft) } : service;
}

/** What the weather may ask for: name and ARN of the secret that the request is about, or what it calls it. */
function namedSecret(
  { service }: House,
  operation: Operation,
  { body, caller, region }: { body: Buffer; caller: Caller; region: string },
  draft: RequestDraft,
): readonly string[] {
  if (operation.subject === 'none') return [];
  try {
    const named = readInput(operation.input, body)[operation.subject];
    if (typeof named !== 'string') return [];
    const secret = service.secrets.find(named, caller.accountId, region);
    if (secret === undefined) return [named];
    draft.secretArn = secret.arn;
    return [secret.name, secret.arn];
  } catch {
    // Whoever carries it out will say why not.
    return [];
  }
}

/** STS's query protocol: the operation is in the form. */
function query(house: House, request: WireRequest, body: Buffer, draft: RequestDraft, requestId: string): Admitted {
  const form = new URLSearchParams(body.toString('utf8'));
  const operation = stsOperations.get(form.get('Action') ?? '');
  if (operation === undefined || form.get('Version') !== '2011-06-15' || request.method !== 'POST') {
    throw new Fault(
      'InvalidAction',
      'Could not find the operation for this version, or the emulator does not serve it.',
    );
  }
  draft.service = 'sts';
  draft.operation = operation.name;
  const { caller, region } = identify(house, request, draft);
  return {
    subject() {
      recordStep(house, caller, draft);
      return { service: 'sts', operation: operation.name, region, secret: [], ...askedBy(caller, draft) };
    },
    carryOut() {
      const input = readQuery(operation, form);
      draft.parameters = parametersOf(operation, input);
      recordStep(house, caller, draft);
      const { access } = house.service;
      const result = operation.run({ input, caller, region, ...house, access, decisions: draft.decisions });
      return resultXml(operation.name, result, requestId);
    },
  };
}

function askedBy(caller: Caller, { step }: RequestDraft) {
  return {
    accountId: caller.accountId,
    callerArn: caller.arn,
    ...(caller.kind === 'session' && caller.functionArn !== undefined && { functionArn: caller.functionArn }),
    ...(step !== undefined && { step }),
  };
}

/**
 * A page in a browser sends Origin with every POST, also one whose name was made to point here (DNS rebinding). No SDK
 * outside of browsers does, and in them none could read the answer.
 * @throws Fault AccessDeniedException
 */
function turnPagesAway({ headers }: WireRequest): void {
  if (headers.origin === undefined) return;
  throw new Fault('AccessDeniedException', 'Pages in a browser are not served.', 403);
}

/** @throws Fault RequestEntityTooLargeException */
function wholeBody({ body }: WireRequest): Buffer {
  if (body !== 'too large') return body;
  throw new Fault('RequestEntityTooLargeException', 'The request is larger than any that the service accepts.', 413);
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
const stsFaults: ReadonlyMap<string, string> = new Map([
  ['MissingAuthenticationTokenException', 'MissingAuthenticationToken'],
  ['UnrecognizedClientException', 'InvalidClientTokenId'],
  ['ExpiredTokenException', 'ExpiredToken'],
  ['IncompleteSignatureException', 'IncompleteSignature'],
]);

function asFault(error: unknown, isQuery: boolean): Fault {
  // Whatever else went wrong is a defect of the emulator; its own words might quote the request.
  if (!(error instanceof Fault)) {
    return new Fault('InternalServiceError', 'An error occurred on the server side.', 500);
  }
  const stsCode = isQuery ? stsFaults.get(error.code) : undefined;
  return stsCode === undefined ? error : new Fault(stsCode, error.message, 403);
}

function isForm(request: WireRequest): boolean {
  return request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
}

function reply(status: number, contentType: string, body: string, requestId: string): WireAnswer {
  return { status, headers: { 'content-type': contentType, 'x-amzn-requestid': requestId }, body };
}
