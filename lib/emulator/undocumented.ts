import type { HourlyRates } from './rotation/schedule.js';

/**
 * What AWS neither documents nor was recorded to do. Each question has a name, the answers that are plausible, and one that
 * is taken unless told otherwise, with its reason. Whoever depends on one of them can try the other.
 */
export interface UndocumentedBehaviour {
  /** How long a RotationToken is accepted. 'per step', the stricter: only while the step that received it runs. */
  readonly rotationTokens: 'per step' | 'per rotation';
  /**
   * Whether the policy of a function of another account must let RotateSecret's caller in as well. 'caller alone': its own
   * policies suffice, as the guide's set-ups across accounts grant the function to the service and to nobody else.
   */
  readonly rotateAcrossAccounts: 'caller alone' | 'caller and function';
  /**
   * Whether a deferred rotation (RotateImmediately=false), which copies the current value into a version of its own
   * [recorded-rotation C4], calls KMS as RotateSecret's caller. 'no': AWS's guide says that RotateSecret asks for no
   * data key, and does not name it among the operations that decrypt. 'as the caller': Decrypt, then GenerateDataKey.
   */
  readonly deferredCopyCallsKms: 'no' | 'as the caller';
  /** When a rotation begins that AWS lets happen at any time in its window. 'as the window opens', the repeatable one; the other is drawn by `seed`. */
  readonly rotationMoment: 'as the window opens' | 'anywhere in the window';
  /**
   * How long after each failed attempt in a window the next one follows, in seconds, as long as the window is open; with
   * none left, and when the window has closed, the next window is waited for. The guide says that the service retries the
   * whole rotation several times. Five attempts, each time after twice as long, fit into the shortest window.
   */
  readonly retryDelaysSeconds: readonly number[];
  /**
   * When a rotation that RotateSecret began outside of a window is attempted again: with the next window's, as "That
   * rotation will be reattempted" has it, or at once, after `retryDelaysSeconds`. The first leaves a failure as it was
   * found until the clock comes there.
   */
  readonly manualRetries: 'in the next window' | 'at once';
  /** What becomes of a window that went by while nothing could happen: the base clock was set, or the computer slept. */
  readonly missedWindows: 'skipped' | 'made up for';
  /**
   * Where the windows of a rate in hours lie: so many hours after the hour of the last rotation, or counted from the
   * midnight before it. Some of AWS's pages let every rate begin at midnight; the guide now says so of days alone.
   */
  readonly hourlyRates: HourlyRates;
  /**
   * What labels the very first version of an empty secret gets from a PutSecretValue that names some. 'AWSCURRENT too':
   * the API's documents say that the first version always has it.
   */
  readonly firstVersion: 'AWSCURRENT too' | 'as named';
  /**
   * What a PutSecretValue does that repeats token and value of a version and names no labels. 'nothing': a retry that
   * arrives late must not bring an old value back. With labels it adds them [recorded-rotation E2].
   */
  readonly replayWithoutLabels: 'nothing' | 'AWSCURRENT moves';
  /**
   * What UpdateSecret says to a new value under the token of a version that is there. 'refused': the API's documents make
   * every second use an error; the guide hints that the values are compared, as in PutSecretValue.
   */
  readonly updateWithKnownToken: 'refused' | 'compared';
  /**
   * What RotateSecret says to the token of a version that is there. 'answered': as to the call it repeats, and nothing is
   * started, as idempotency means elsewhere in this API.
   */
  readonly rotateWithKnownToken: 'answered' | 'refused';
  /**
   * What a deferred test that fails (RotateImmediately=false) leaves of AWSPENDING. 'AWSPENDING goes', as after one that
   * succeeds [recorded-rotation C5]: or the test would block the next rotation.
   */
  readonly failedTests: 'AWSPENDING goes' | 'AWSPENDING stays';
  /**
   * What a label is not moved to, or from, when there is no such version. 'ResourceNotFoundException' is what
   * GetSecretValue was recorded to say; moto says the other.
   */
  readonly unknownVersionToMove: 'ResourceNotFoundException' | 'InvalidParameterException';
  /** What RestoreSecret says to a secret that nobody deleted. 'refused', so that a test sees the needless call. */
  readonly restoreOfLiveSecret: 'refused' | 'answered';
  /**
   * How many secrets ListSecrets tells of without MaxResults, 1 to 100. 10: the one recorded answer had as many, and a
   * NextToken [recorded-rotation E13]; whoever can read 10 a page can read 100, but not the other way round.
   */
  readonly listSecretsPage: number;
}

export const undocumentedDefaults: UndocumentedBehaviour = {
  rotationTokens: 'per step',
  rotateAcrossAccounts: 'caller alone',
  deferredCopyCallsKms: 'no',
  rotationMoment: 'as the window opens',
  retryDelaysSeconds: [60, 120, 240, 480, 960],
  manualRetries: 'in the next window',
  missedWindows: 'skipped',
  hourlyRates: 'from the last rotation',
  firstVersion: 'AWSCURRENT too',
  replayWithoutLabels: 'nothing',
  updateWithKnownToken: 'refused',
  rotateWithKnownToken: 'answered',
  failedTests: 'AWSPENDING goes',
  unknownVersionToMove: 'ResourceNotFoundException',
  restoreOfLiveSecret: 'refused',
  listSecretsPage: 10,
};
