import type { Access } from './access/access.js';
import type { Clock } from './clock.js';
import type { EventLog } from './events.js';
import type { FunctionTable } from './functions/function-table.js';
import type { Interceptions } from './interception/interceptions.js';
import type { KeyTable } from './kms/key-table.js';
import type { Kms } from './kms/kms.js';
import type { Randomness } from './random.js';
import type { Replications } from './replication/replications.js';
import type { RequestLog } from './request-log.js';
import type { Rotations } from './rotation/rotations.js';
import type { RuleBook } from './rotation/rules.js';
import type { Timetable } from './rotation/timetable.js';
import type { SecretTable } from './secrets/secret-table.js';
import type { UndocumentedBehaviour } from './undocumented.js';
import type { CurrentWeather } from './weather/current-weather.js';

/** What the operations of Secrets Manager work on. */
export interface Service {
  /** The clock's, the one that everything here goes by. */
  readonly now: () => Date;
  readonly clock: Clock;
  readonly undocumented: UndocumentedBehaviour;
  readonly access: Access;
  readonly secrets: SecretTable;
  readonly keys: KeyTable;
  readonly kms: Kms;
  readonly functions: FunctionTable;
  readonly rotations: Rotations;
  readonly rotationRules: RuleBook;
  readonly timetable: Timetable;
  readonly replications: Replications;
  readonly arnSuffixes: Randomness;
  readonly passwords: Randomness;
  /** The ClientRequestTokens of requests from inside. */
  readonly requestTokens: Randomness;
  readonly log: RequestLog;
  readonly weather: CurrentWeather;
  readonly interceptions: Interceptions;
  readonly events: EventLog;
}
