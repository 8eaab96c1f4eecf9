/** THE CONTRACT OF THE REPORT: what a crash matrix found, as JSON. Types only; nothing in it is secret. */
import type { RotationStep } from '../../emulator/index.js';

/** A whole run. */
export interface CrashReport {
  /** ISO 8601. */
  readonly startedAt: string;
  /** What chose the cells of a sample; the same seed chooses the same. */
  readonly seed: number;
  /** Keyturn's version. */
  readonly version: string;
  /** As in `process.version`. */
  readonly node: string;
  /** How long all of it took. */
  readonly millis: number;
  /** Why it ended before all cells had run, free of secrets. @default - it did not */
  readonly endedEarly?: string;
  readonly cells: readonly CrashCell[];
}

/** One fault at one point of a rotation, and what came of it. */
export interface CrashCell {
  /** Unique within the report and the same in each run: what replays it. */
  readonly id: string;
  /** The name of the subject. */
  readonly subject: string;
  readonly engine?: string;
  readonly strategy?: string;
  readonly accounts: Accounts;
  readonly fault: CrashFaultName;
  readonly point: CrashPoint;
  readonly result: 'recovered' | 'failed';
  /** Rotations until one succeeded, the disturbed one included: 1 where the function itself got over the fault. */
  readonly attempts: number;
  readonly millis: number;
  /** How long consumers of AWSCURRENT were refused, in milliseconds. */
  readonly unavailableMillis: number;
  /** What did not hold; empty where the point recovered. */
  readonly findings: readonly CrashFinding[];
  /** What happened, in order, one sentence each, free of secrets. */
  readonly story: readonly string[];
  /** The command that runs this cell alone; '' where the run had none to tell. */
  readonly replay: string;
}

/** Whether function and secret are in one account, or in two. */
export type Accounts = 'one' | 'two';

export type CrashFaultName =
  | 'killed-before'
  | 'killed-after'
  | 'answer-lost'
  | 'error-answer'
  | 'throttled'
  | 'hang-until-deadline'
  | 'stale-read'
  | 'step-delivered-twice'
  | 'deliveries-overlapping'
  | 'cold-start-between-steps'
  | 'target-restarted'
  | 'pending-stripped'
  | 'written-meanwhile'
  | 'session-expired';

/** Where a rotation can be cut off: a call to the outside, or the start of a step. */
export interface CrashPoint {
  /** Its place in the recorded rotation, from 0. */
  readonly index: number;
  readonly step: RotationStep;
  /** 'target': one exchange on a connection to what the secret opens. 'step': the invocation itself. */
  readonly kind: 'secretsmanager' | 'sts' | 'target' | 'step';
  /** The operation, such as `PutSecretValue`; `exchange` with the target; `delivery` of a step. */
  readonly name: string;
  /** Which of that name in that step, from 1. */
  readonly occurrence: number;
  /** Before the call has its effect, or after it and before the function knows. */
  readonly when: 'before' | 'after';
}

/**
 * I1 AWSCURRENT logs in and the rotation succeeded; I2 availability; I3 nothing is left behind; I4 nothing secret came out;
 * I5 a later rotation works. The cell could not be judged, 'point': since the rotation never came to the point; 'error': since
 * the place could not do what it was asked, or something else failed that the cell needs.
 */
export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'point' | 'error';

export interface CrashFinding {
  readonly invariant: Invariant;
  /** What was seen, free of secrets. */
  readonly text: string;
}
