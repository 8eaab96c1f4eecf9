/**
 * THE CONTRACT OF THE WEATHER: what may go wrong between a caller and the service. Plain data, so that it can be sent as
 * JSON. Only requests from outside meet it, and only those that name an operation and a caller who is known; what the
 * service does by itself always sees the truth.
 */
import type { OneOrMany } from '../access/policy.js';
import type { RotationStep } from '../rotation/step.js';

export interface Weather {
  /**
   * An integer. The same seed and the same order of requests make the same weather; each rule draws from a stream of its
   * own. @default the emulator's seed
   */
  readonly seed?: number;
  /** A request meets all of them, in order: delays add up, and the first other effect is the one that happens. */
  readonly rules?: readonly WeatherRule[];
  readonly readAfterWriteLag?: ReadAfterWriteLag;
  /**
   * Throttles at the request rates that AWS documents, by the caller's account, the Region and the group of operations, on
   * the emulator's clock. @default - as fast as it goes
   * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
   */
  readonly rates?: 'documented' | ScaledRates;
}

/** Which requests (or invocations), how often of those, and what happens to them. What is absent is not asked for. */
export interface WeatherRule {
  readonly service?: 'secretsmanager' | 'sts';
  /** As in the API: `PutSecretValue`. */
  readonly operation?: OneOrMany<string>;
  /** The caller's account. */
  readonly accountId?: OneOrMany<string>;
  readonly region?: OneOrMany<string>;
  /** `*` and `?` are wildcards, here and in the two below. */
  readonly callerArn?: OneOrMany<string>;
  /** The rotation function that asks, through whichever role. */
  readonly functionArn?: OneOrMany<string>;
  /** Name or ARN; the name as sent when there is no such secret (yet). */
  readonly secret?: OneOrMany<string>;
  /** The step that the asking function runs. */
  readonly step?: OneOrMany<RotationStep>;
  /** Which of the requests that fit, counted from 1: a list, or every nth. @default all */
  readonly calls?: readonly number[] | { readonly every: number };
  /** 0 to 1, drawn for each of those. @default 1 */
  readonly probability?: number;
  /** How often at most. @default without end */
  readonly times?: number;
  readonly effect: WeatherEffect | DeliveryEffect;
}

/** What happens to a request. One of: `throttle`, `error`, `latency`, `drop`, `kill`. */
export type WeatherEffect =
  /** ThrottlingException (STS: Throttling) 400, `Rate exceeded`. Nothing has happened. */
  | { readonly throttle: true }
  /** Another refusal. `after`: only once the operation has been carried out. */
  | { readonly error: WeatherError; readonly after?: boolean }
  /**
   * Real milliseconds, one number or a range of two, or until the client gives up (`hang`). The request is late, and is not
   * carried out if the client has gone meanwhile; `after`: it is carried out at once and the answer is late.
   */
  | { readonly latency: number | readonly [number, number] | 'hang'; readonly after?: boolean }
  /** The connection is cut: before the operation is carried out, after it, or in the middle of its answer. */
  | { readonly drop: 'before' | 'after' | 'half' }
  /**
   * The processes of the function that asks are ended with SIGKILL, and the connection is cut with them: before the operation
   * is carried out, or after it. Requests of others are not struck; a handler in the emulator's process is left to itself.
   */
  | { readonly kill: 'before' | 'after' };

/**
 * What happens to an invocation of a rotation function. 'twice': again, with the same event, when the first has ended;
 * 'overlapping': two at once, each in an environment of its own; 'cold': in a new environment. A rotation goes by how the first
 * delivery ended. Its rule may ask for `functionArn`, `secret` and `step`, and not for what only requests have.
 */
export interface DeliveryEffect {
  readonly deliver: 'twice' | 'overlapping' | 'cold';
}

export interface WeatherError {
  /** @default 'InternalServiceError' (STS: 'InternalFailure') */
  readonly code?: string;
  /** @default 'An error occurred on the server side.' */
  readonly message?: string;
  /** 400 to 599. @default 500, with a `code` 400 */
  readonly status?: number;
}

/**
 * For a while after a write, a read may be answered from before it: the secret as it was, its values, labels and
 * description, or not there at all after CreateSecret. AWS speaks of eventual consistency and gives no bound. Ends with
 * whichever limit comes first; at least one is needed.
 */
export interface ReadAfterWriteLag {
  /** Milliseconds of the emulator's clock, above 0. */
  readonly millis?: number;
  /** Reads of that secret, 1 and up, whether they saw the truth or not. */
  readonly reads?: number;
  /** That one such read is answered from before the write: 0 to 1. @default 0.5, so reads may go back in time */
  readonly probability?: number;
}

export interface ScaledRates {
  /** Multiplies every documented rate: 0.02 makes 50 a second 1. Above 0. */
  readonly factor: number;
}

/** What the weather did to a request, in the order in which it did it. */
export type WeatherMark =
  | 'throttled'
  | 'failed'
  | 'failed after'
  | 'delayed'
  | 'hung'
  | 'dropped before'
  | 'dropped after'
  | 'dropped half'
  | 'killed before'
  | 'killed after'
  | 'stale';

/** Changes the weather while the emulator runs. */
export interface WeatherControl {
  /** What is set, if anything. */
  readonly current: Weather | undefined;
  /**
   * Takes the place of whatever weather there was; counts, streams and lags start anew.
   * @throws TypeError that names the member which makes no sense
   */
  set(weather: Weather): void;
  /** Fair weather. May be called at any time. */
  clear(): void;
}
