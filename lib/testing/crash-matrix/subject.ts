/** THE CONTRACT OF A SUBJECT: what is put through the crash matrix. Types only. */
import type { Accounts } from './report.js';

/**
 * A rotation function with what its secret opens. Any function, in any language; it must run in a process of its own, which is killed.
 */
export interface CrashSubject {
  /** Names its cells. */
  readonly name: string;
  /** For the report. */
  readonly engine?: string;
  /** For the report. */
  readonly strategy?: string;
  /** 'two': the function's account is 444455556666, and it assumes `SecretRotation` of the secret's, 111122223333. @default 'one' */
  readonly accounts?: Accounts;
  readonly function: CrashFunction;
  /**
   * What consumers of AWSCURRENT were promised: that it always logs in, or that it may be refused from setSecret until the
   * label has moved.
   */
  readonly availability: Availability;
  /** Whether AWSPREVIOUS still logs in after a rotation. @default - it does where `availability` is 'always' */
  readonly previous?: 'logs in' | 'is refused';
  /** Fields of the secret that may be shown. @default `defaultPublicFields` */
  readonly publicFields?: readonly string[];
  /** Undisturbed rotations before the one that is disturbed: with 1, alternating users switch back. @default 0 */
  readonly rotationsBefore?: number;
  /**
   * The function's time limit in the step in which something hangs, in seconds, above 0 and up to 60: doubled as long as the
   * function does not come to the call that hangs in it. @default 1
   */
  readonly hangSeconds?: number;
  /** Makes a place to rotate in. Called once for each cell that runs at the same time as others; places are used again. */
  open(): Promise<CrashPlace>;
}

export type Availability = 'always' | 'except between setSecret and finishSecret';

/** How the emulator runs it: see `BundledFunction`, `CommandFunction` and `RuntimeFunction`. */
export type CrashFunction = (
  | (Without<'command' | 'runtime' | 'cwd'> & {
      readonly bundle: string;
      readonly handlerName?: string;
      readonly nodePath?: string;
    })
  | (Without<'bundle' | 'handlerName' | 'nodePath' | 'runtime'> & {
      readonly command: readonly [string, ...string[]];
      readonly cwd?: string;
    })
  | (Without<'bundle' | 'handlerName' | 'nodePath' | 'command'> & {
      readonly runtime: readonly [string, ...string[]];
      readonly cwd?: string;
    })
) & {
  /** `AWS_ENDPOINT_URL`, region and credentials are there by themselves. */
  readonly environment?: Readonly<Record<string, string>>;
};

/** A function is one thing: what belongs to another kind has no place in it. */
type Without<TName extends string> = { readonly [name in TName]?: never };

export interface Address {
  readonly host: string;
  /** 1 to 65535 */
  readonly port: number;
}

/** A target with users of its own: what happens in one place is not seen in another. */
export interface CrashPlace extends AsyncDisposable {
  /** What the function connects to, whatever it speaks. Asked again after `restart`. @default - nothing that is watched */
  readonly target?: Address;
  /**
   * A fresh start, whatever was before: the target as it is before the first rotation, with new passwords.
   * @returns the first value of the secret, its SecretString
   */
  reset(stage: CrashStage): Promise<string>;
  /**
   * Logs in with a value of the secret, as its consumers do, and ends the session. The value leads to `CrashStage.through`:
   * connect to the target itself, for only the function's connections are to be watched.
   * @returns whether the target let it in
   * @throws whatever says that it could not be asked
   */
  login(value: string): Promise<boolean>;
  /**
   * Users and privileges, one line each, the same lines for the same state: no passwords, no dates.
   * @default - not compared
   */
  snapshot?(): Promise<readonly string[]>;
  /** What the target has logged since the last `reset`, or more. It is searched for secrets. @default - not searched */
  serverLog?(): Promise<string>;
  /** Stops the target at once and starts it again; resolves when it takes logins. @default - it is not restarted */
  restart?(): Promise<void>;
}

/** What a fresh start is told. */
export interface CrashStage {
  /** What the secret must say that the target's address is: a relay that watches the function's connections. */
  readonly through: Address;
  /** Makes another secret, such as a superuser's, in the account of the secret. @returns its ARN */
  createSecret(name: string, value: string): Promise<string>;
}
