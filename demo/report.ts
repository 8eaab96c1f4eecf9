/** What comes out of the demo; `--json` prints it as it is. */
import type { RotationStatus, RotationStep } from '../lib/emulator/index.js';

export interface DemoReport {
  readonly ok: boolean;
  readonly durationMillis: number;
  /** Version of the Node that ran the functions. */
  readonly node: string;
  /** Size of each function's bundle in bytes, AWS SDK included. */
  readonly bundles: Readonly<Record<string, number>>;
  readonly rotations: readonly RotationReport[];
  readonly leaks: LeakReport;
  /** Every expectation that was not met, over all rotations. */
  readonly problems: readonly Problem[];
}

export interface RotationReport {
  /** `a`, `b1` … `e`. */
  readonly id: string;
  readonly name: string;
  readonly strategy: 'single user' | 'alternating users' | 'custom';
  readonly accounts: { readonly function: string; readonly secret: string };
  readonly secretArn: string;
  readonly functionArn: string;
  readonly versionId: string;
  readonly status: RotationStatus;
  /** Why it did not succeed. */
  readonly message?: string;
  readonly steps: readonly StepReport[];
  readonly secretsManagerCalls: number;
  readonly stsCalls: number;
  /** Whether the credential that this rotation replaced is refused; null if it replaced none, because the user is new. */
  readonly oldRefused: boolean | null;
  /** Whether the credential that this rotation made is accepted. */
  readonly newAccepted: boolean;
  readonly consumer: { readonly attempts: number; readonly failures: number; readonly failingMillis: number };
  readonly expected: Expectation;
  readonly ok: boolean;
}

export interface StepReport {
  readonly step: RotationStep;
  readonly millis: number;
  /** To Secrets Manager. */
  readonly calls: number;
  readonly stsCalls: number;
}

export interface Expectation {
  readonly status: RotationStatus;
  /** The message of a failed rotation, with VERSION_ID, SECRET_ARN and LAMBDA_ARN for what differs. */
  readonly message?: string;
  readonly maxSecretsManagerCalls: number;
  readonly stsCalls: 'none' | 'some';
  readonly oldRefused: boolean | null;
  readonly newAccepted: boolean;
  /**
   * 'allowed': a single user's old password ends in setSecret and the new one becomes AWSCURRENT in finishSecret, so logins in between are refused.
   */
  readonly consumerFailures: 'none' | 'allowed';
}

export interface Problem {
  /** The rotation's id, or what else it is about. */
  readonly where: string;
  readonly expected: string;
  readonly found: string;
  readonly lookAt: string;
}

export interface LeakReport {
  /** How many secrets were looked for, in all spellings. */
  readonly searchedFor: {
    readonly secretValues: number;
    readonly rotationTokens: number;
    readonly sessionCredentials: number;
  };
  /** Where they were looked for. */
  readonly searchedIn: readonly string[];
  /** Kind of the secret and where it was found. */
  readonly found: readonly string[];
}
