/**
 * THE CONTRACT OF INTERCEPTION: code of a test that stands in the way of single requests and invocations, for what rules of
 * the weather cannot say. Types only.
 */
import type { RotationStep } from '../rotation/step.js';
import type { WeatherEffect } from '../weather/weather.js';

export interface Interceptor {
  /** Asked about each request that names an operation and comes from someone known, before anything else is done with it. */
  request?(request: InterceptedRequest): RequestInterception | undefined;
  /** Asked before each invocation of a rotation function. */
  invocation?(invocation: InterceptedInvocation): InvocationInterception | undefined;
}

export interface InterceptedRequest {
  readonly service: 'secretsmanager' | 'sts';
  /** As in the API: `PutSecretValue`. */
  readonly operation: string;
  /** The caller's account. */
  readonly accountId: string;
  readonly region: string;
  readonly callerArn: string;
  /** The rotation function that asks, through whichever role. */
  readonly functionArn?: string;
  /** The step that it runs. */
  readonly step?: RotationStep;
  /** Name and ARN of the secret, or what was sent instead. */
  readonly secret: readonly string[];
}

/** What is done with a request. */
export interface RequestInterception {
  /** In place of what the weather would do. */
  readonly effect?: WeatherEffect;
  /** A read sees the secret as it was before the last write since `intercept`. @default false */
  readonly stale?: boolean;
  /** Done and waited for before the operation is carried out. */
  before?(): void | Promise<void>;
  /** Done and waited for once it has been carried out, or was refused by the service, before the answer. */
  after?(): void | Promise<void>;
}

export interface InterceptedInvocation {
  readonly functionArn: string;
  readonly secretArn: string;
  readonly versionId: string;
  readonly step: RotationStep;
  /** Sensitive. */
  readonly rotationToken: string;
}

export interface InvocationInterception {
  /** The function is invoked in a new execution environment: warm ones are given up first. @default false */
  readonly cold?: boolean;
  /**
   * 'twice': again, with the same event, when the first has ended; 'overlapping': two at once, each in an environment of its
   * own. The service goes by how the first delivery ended. @default 'once'
   */
  readonly deliveries?: 'once' | 'twice' | 'overlapping';
  /** The function's time limit in this invocation alone: above 0. @default - the one that it is bound with */
  readonly timeoutSeconds?: number;
  /** Done and waited for before the function is invoked. */
  before?(): void | Promise<void>;
  /** Done and waited for when the last delivery has ended. @param error the first one's, if it failed */
  after?(error: string | undefined): void | Promise<void>;
}
