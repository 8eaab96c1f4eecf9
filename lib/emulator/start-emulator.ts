import type { AddressInfo } from 'node:net';
import { deploy } from './assembly/deploy.js';
import { controlApi } from './control/control-api.js';
import type { Emulator, EmulatorOptions, RotationOutcome } from './emulator.js';
import { incompleteVersion } from './rotation/register-version.js';
import type { Rotations } from './rotation/rotations.js';
import { createManagedSecret } from './secrets/managed-secret.js';
import type { Secret } from './secrets/secret.js';
import { simulate } from './simulate.js';
import { checkWeather } from './weather/check-weather.js';
import { closeServer } from './wire/close-server.js';
import { listen, type SideDoor } from './wire/server.js';
import { createWorld, type World } from './world.js';

/**
 * Starts an emulator of Secrets Manager and STS on 127.0.0.1, for any number of accounts and Regions, empty.
 *
 * Point an AWS SDK at `emulator.endpoint`. An access key id of 12 digits is that account's root, `test` is account
 * 000000000000; other keys come from AssumeRole or belong to bound functions. Signatures are not verified, and nothing is
 * listened to but loopback: it is a tool for tests, not a place for secrets.
 *
 * @throws RangeError for a port that is none, or a historyLimit that is no number of records
 * @throws TypeError for weather that makes no sense
 * @throws Error with code EADDRINUSE when the port is taken
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { port = 0, region = 'us-east-1', historyLimit = 0 } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new RangeError('port is 0 to 65535');
  if (options.weather !== undefined) checkWeather(options.weather);
  if (historyLimit < 0 || !(Number.isInteger(historyLimit) || historyLimit === Number.POSITIVE_INFINITY)) {
    throw new RangeError('historyLimit is a whole number from 0, or Infinity');
  }

  // Functions are told the endpoint, which is known once the server listens; until then it turns everyone away.
  let door: World['door'] | undefined;
  let sideDoor: SideDoor | undefined;
  const server = await listen(
    port,
    (...request) => door?.(...request) ?? { status: 503, headers: {}, body: '' },
    (...exchange) => sideDoor?.(...exchange) ?? false,
  );
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let world = createWorld(options, endpoint);
  door = (...request) => world.door(...request);

  async function close(): Promise<void> {
    await world.stop();
    await closeServer(server);
  }

  const emulator: Emulator = {
    endpoint,
    region,
    get events() {
      return world.events.all;
    },
    get requests() {
      return world.log.all;
    },
    get decisions() {
      return world.service.access.all;
    },
    credentialsFor(accountId) {
      if (!/^\d{12}$/.test(accountId)) throw new RangeError('an account id is 12 digits');
      return { accessKeyId: accountId, secretAccessKey: 'root' };
    },
    createRole: (role) => void world.roles.put(role),
    deleteRole: (roleArn) => world.roles.delete(roleArn),
    createKey: (definition) => world.service.keys.put(definition).arn,
    setKeyState: (keyArn, state) => world.service.keys.setState(keyArn, state),
    deleteKey: (keyArn) => world.service.keys.delete(keyArn),
    createKeyAlias: (aliasArn, keyArn) => world.service.keys.putAlias(aliasArn, keyArn),
    deleteKeyAlias: (aliasArn) => world.service.keys.deleteAlias(aliasArn),
    createGrant: (definition) => world.service.keys.grant(definition),
    revokeGrant: (keyArn, grantId) => world.service.keys.revoke(keyArn, grantId),
    createManagedSecret: (definition) => createManagedSecret(world.service, { region, ...definition }),
    bindFunction: (definition) => world.service.functions.bind(definition),
    killFunction: (functionArn) => world.service.functions.kill(functionArn),
    expireSessions(roleArn) {
      world.service.functions.retireRole(roleArn);
      return world.sessions.expire(roleArn);
    },
    intercept: (interceptor) => world.service.interceptions.set(interceptor),
    unbindFunction: (functionArn) => world.service.functions.unbind(functionArn),
    deploy: async (folder, options = {}) => deploy(world.estate, region, folder, options),
    rotationSettled: async (secretId) => world.service.rotations.settled(found(world, secretId)),
    reattemptRotation: async (secretId) => reattempt(world.service.rotations, found(world, secretId)),
    advance: (millis) => world.service.clock.advance(millis),
    simulatePrincipalPolicy: (simulation) => simulate(world, simulation),
    now: () => world.service.now(),
    functionOutput: (functionArn) => world.service.functions.outputOf(functionArn),
    weather: {
      get current() {
        return world.service.weather.current;
      },
      set: (weather) => world.service.weather.set(weather),
      clear: () => world.service.weather.clear(),
    },
    async reset() {
      const former = world;
      world = createWorld(options, endpoint);
      await former.stop();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
  if (options.controlApi) sideDoor = controlApi(() => ({ emulator, world }));
  return emulator;
}

function found({ service }: World, secretId: string): Secret {
  const secret = service.secrets.findAnywhere(secretId);
  if (secret === undefined) throw new Error(`no such secret: ${secretId}`);
  return secret;
}

async function reattempt(rotations: Rotations, secret: Secret): Promise<RotationOutcome> {
  const { rotationFunctionArn } = secret;
  if (!secret.rotationEnabled || rotationFunctionArn === undefined) throw new Error('rotation is not enabled');
  if (rotations.inFlight(secret) !== undefined) throw new Error('a rotation is in flight');
  const pending = incompleteVersion(secret) ?? (await unanswered(rotations, secret));
  if (pending === undefined) throw new Error('no rotation is incomplete');
  return rotations.start(secret, pending, rotationFunctionArn, 'Rotation');
}

/**
 * The version of a rotation that failed when both labels were on it already: its function was cut off before it answered.
 * Whether AWS tries that again was never recorded, so it may be asked to.
 */
async function unanswered(rotations: Rotations, secret: Secret): Promise<string | undefined> {
  const last = await rotations.settled(secret).catch(() => undefined);
  return last?.status === 'Failed' && secret.labels.get('AWSPENDING') === last.versionId ? last.versionId : undefined;
}
