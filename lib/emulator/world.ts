import { Access } from './access/access.js';
import { rootOf } from './access/caller.js';
import { RoleTable } from './access/roles.js';
import { SessionTable } from './access/sessions.js';
import { Estate } from './assembly/estate.js';
import { Clock } from './clock.js';
import type { EmulatorOptions } from './emulator.js';
import { EventLog } from './events.js';
import { FunctionTable } from './functions/function-table.js';
import { Interceptions } from './interception/interceptions.js';
import { KeyTable } from './kms/key-table.js';
import { Kms } from './kms/kms.js';
import { randomness } from './random.js';
import { Replications } from './replication/replications.js';
import { RequestLog } from './request-log.js';
import { Rotations } from './rotation/rotations.js';
import { RuleBook } from './rotation/rules.js';
import { Timetable } from './rotation/timetable.js';
import { SecretTable } from './secrets/secret-table.js';
import type { Service } from './service.js';
import { undocumentedDefaults } from './undocumented.js';
import { CurrentWeather } from './weather/current-weather.js';
import type { Door } from './wire/door.js';
import { frontDoor } from './wire/front-door.js';

/** All that an emulator knows and remembers. A reset throws it away and makes another; only the server stays. */
export interface World {
  readonly service: Service;
  readonly roles: RoleTable;
  readonly sessions: SessionTable;
  readonly events: EventLog;
  readonly log: RequestLog;
  /** What was deployed from cloud assemblies. */
  readonly estate: Estate;
  readonly door: Door;
  /** Ends its rotations and every process it started. May be called twice. */
  stop(): Promise<void>;
}

/** An empty world: with a seed, the same one each time. */
export function createWorld(options: EmulatorOptions, endpoint: string): World {
  const { seed, historyLimit = 10_000 } = options;
  const clock = new Clock(options.now ?? (() => new Date()));
  const { now } = clock;
  const undocumented = { ...undocumentedDefaults, ...options.undocumented };
  const random = (purpose: string) => randomness(seed, purpose);

  const events = new EventLog(now, random('event ids'), historyLimit);
  const log = new RequestLog(now, options.onRequest, historyLimit);
  const secrets = new SecretTable(now, events);
  const access = new Access(
    now,
    options.permissive ?? false,
    historyLimit,
    new Map(Object.entries(options.organizations ?? {})),
  );
  const keys = new KeyTable(random('KMS keys'));
  const kms = new Kms(keys, access, random('KMS request ids'));
  const roles = new RoleTable(random('role ids'));
  const sessions = new SessionTable(roles, random('access keys'), now);
  const functions = new FunctionTable(roles, sessions, access, random('invocations'), endpoint);
  const weather = new CurrentWeather(now, seed);
  if (options.weather !== undefined) weather.set(options.weather);
  const interceptions = new Interceptions((intercepting) => weather.remember(intercepting));
  const rotations: Rotations = new Rotations({
    now,
    functions,
    interceptions,
    weather,
    events,
    random: random('rotation tokens'),
    tokens: undocumented.rotationTokens,
    failedTests: undocumented.failedTests,
    relabelled: (secret) => replications.changed(secret, rootOf(secret.accountId)),
    timetable: (): Timetable => timetable,
  });
  const rotationRules = new RuleBook(undocumented.hourlyRates);
  const timetable = new Timetable({
    clock,
    rules: rotationRules,
    secrets,
    functions,
    events,
    rotations,
    random: random('scheduled rotations'),
    undocumented,
  });
  const replications: Replications = new Replications({ now, secrets, kms, events });
  clock.also(secrets);
  clock.also(replications);
  const service: Service = {
    now,
    clock,
    undocumented,
    access,
    secrets,
    keys,
    kms,
    functions,
    rotations,
    rotationRules,
    timetable,
    replications,
    arnSuffixes: random('ARN suffixes'),
    passwords: random('passwords'),
    requestTokens: random('request tokens'),
    log,
    weather,
    interceptions,
    events,
  };
  return {
    service,
    roles,
    sessions,
    events,
    log,
    estate: new Estate(service, roles),
    door: frontDoor({ service, roles, sessions, log, requestIds: random('request ids') }),
    async stop() {
      clock.stop();
      rotations.stop();
      await functions.stop();
    },
  };
}
