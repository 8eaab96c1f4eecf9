import type { AddressInfo } from 'node:net';
import { RoleTable } from './access/roles.js';
import { SessionTable } from './access/sessions.js';
import type { Emulator, EmulatorOptions, RotationOutcome } from './emulator.js';
import { EventLog } from './events.js';
import { FunctionTable } from './functions/function-table.js';
import { randomness } from './random.js';
import { RequestLog } from './request-log.js';
import { Rotations } from './rotation/rotations.js';
import { CURRENT, PENDING } from './secrets/labels.js';
import type { Secret } from './secrets/secret.js';
import { SecretTable } from './secrets/secret-table.js';
import type { Service } from './service.js';
import { undocumentedDefaults } from './undocumented.js';
import { frontDoor, type WireAnswer, type WireRequest } from './wire/front-door.js';
import { closeServer, listen } from './wire/server.js';

/**
 * Starts an emulator of Secrets Manager and STS on 127.0.0.1, for any number of accounts and Regions, empty.
 *
 * Point an AWS SDK at `emulator.endpoint`. An access key id of 12 digits is that account's root, `test` is account
 * 000000000000; other keys come from AssumeRole or belong to bound functions. Signatures are not verified, and nothing is
 * listened to but loopback: it is a tool for tests, not a place for secrets.
 *
 * @throws RangeError for a port that is none
 * @throws Error with code EADDRINUSE when the port is taken
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { port = 0, region = 'us-east-1', now = () => new Date(), seed } = options;
  const undocumented = { ...undocumentedDefaults, ...options.undocumented };
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new RangeError('port is 0 to 65535');
  const random = (purpose: string) => randomness(seed, purpose);

  // Functions are told the endpoint, which is known once the server listens; until then it turns everyone away.
  let door: ((request: WireRequest) => WireAnswer) | undefined;
  const server = await listen(port, (request) => door?.(request) ?? { status: 503, headers: {}, body: '' });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const events = new EventLog(now, random('event ids'));
  const log = new RequestLog(now, options.onRequest);
  const secrets = new SecretTable(now, events);
  const roles = new RoleTable(random('role ids'));
  const sessions = new SessionTable(roles, random('access keys'), now);
  const functions = new FunctionTable(roles, sessions, random('invocations'), endpoint);
  const rotations = new Rotations({
    now,
    functions,
    events,
    random: random('rotation tokens'),
    tokens: undocumented.rotationTokens,
  });
  const service: Service = {
    now,
    undocumented,
    secrets,
    functions,
    rotations,
    arnSuffixes: random('ARN suffixes'),
    passwords: random('passwords'),
    requestTokens: random('request tokens'),
    log,
  };
  door = frontDoor({ service, roles, sessions, log, requestIds: random('request ids') });

  async function close(): Promise<void> {
    rotations.stop();
    await functions.stop();
    await closeServer(server);
  }

  return {
    endpoint,
    region,
    events: events.all,
    requests: log.all,
    credentialsFor(accountId) {
      if (!/^\d{12}$/.test(accountId)) throw new RangeError('an account id is 12 digits');
      return { accessKeyId: accountId, secretAccessKey: 'root' };
    },
    createRole: (role) => void roles.put(role),
    bindFunction: (definition) => functions.bind(definition),
    rotationSettled: async (secretId) => rotations.settled(found(secrets, secretId)),
    reattemptRotation: async (secretId) => reattempt(rotations, found(secrets, secretId)),
    functionOutput: (functionArn) => functions.outputOf(functionArn),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function found(secrets: SecretTable, secretId: string): Secret {
  const secret = secrets.findAnywhere(secretId);
  if (secret === undefined) throw new Error(`no such secret: ${secretId}`);
  return secret;
}

async function reattempt(rotations: Rotations, secret: Secret): Promise<RotationOutcome> {
  const pending = secret.labels.get(PENDING);
  const { rotationFunctionArn } = secret;
  if (!secret.rotationEnabled || rotationFunctionArn === undefined) throw new Error('rotation is not enabled');
  if (rotations.inFlight(secret) !== undefined) throw new Error('a rotation is in flight');
  if (pending === undefined || pending === secret.labels.get(CURRENT)) throw new Error('no rotation is incomplete');
  return rotations.start(secret, pending, rotationFunctionArn, 'Rotation');
}
