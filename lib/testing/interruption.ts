/** Cuts a rotation under test off, at a call to AWS or at a method of the rotator. */
import type { Emulator, RequestInterception } from '../emulator/index.js';
import type {
  CreateSecretContext,
  DiscardSecretContext,
  FinishSecretContext,
  MaybePromise,
  Rotator,
  SecretValue,
  SetSecretContext,
  TestSecretContext,
} from '../rotation/rotator.js';

/** A call that a function makes in a rotation: a request to AWS, or a method of its rotator. */
export type InterruptibleCall =
  | 'AssumeRole'
  | 'DescribeSecret'
  | 'GetRandomPassword'
  | 'GetSecretValue'
  | 'ListSecretVersionIds'
  | 'PutSecretValue'
  | 'UpdateSecretVersionStage'
  | RotatorMethod;

export type RotatorMethod =
  | 'createSecret'
  | 'discardSecret'
  | 'setSecret'
  | 'afterSetSecret'
  | 'testSecret'
  | 'finishSecret';

/** The next call of a name: before it has any effect, or when it has had its effect and the function does not know yet. */
export type Interruption = (
  | { readonly before: InterruptibleCall; readonly after?: never }
  | { readonly after: InterruptibleCall; readonly before?: never }
) & {
  /**
   * 'kill': the function ends there. Its code cannot be stopped, but what it waits for does not come as long as the harness is
   * open, so no `catch` and no `finally` runs, and no other method of it. 'error': a request is answered with AccessDenied, a
   * method throws. @default 'kill'
   */
  readonly by?: 'kill' | 'error';
};

/** The rotation was over and had never come to where it was to be interrupted: the test would show nothing. */
export class InterruptionMissedError extends Error {
  override readonly name = 'InterruptionMissedError';
  readonly interruption: Interruption;

  constructor(interruption: Interruption) {
    const [when, call] = placeOf(interruption);
    super(`The function was to be interrupted ${when} ${call}, and never came there.`);
    this.interruption = interruption;
  }
}

export interface Interrupter {
  /** Makes the interruption ready, in place of one that has not struck. */
  arm(interruption: Interruption): void;
  /** Nothing is interrupted from now on. @throws InterruptionMissedError when what was armed has not struck */
  disarm(): void;
  /** A process of the function begins. */
  begin(): InterruptedProcess;
  /** Lets go of what was killed and still waits. */
  release(): void;
}

/** What stands for a process: code in this one cannot be killed, so all that leads out of it ends. */
export interface InterruptedProcess {
  isDead(): boolean;
  /** The rotator as this process has it. */
  watched<TSecret extends SecretValue>(rotator: Rotator<TSecret>): Rotator<TSecret>;
}

/** @param kill Ends the processes of the function, as far as the emulator sees them. */
export function createInterrupter(emulator: Emulator, kill: () => void): Interrupter {
  let armed: Interruption | undefined;
  let deaths = 0;
  let release = (): void => {};
  // What a dead process waits for.
  const released = new Promise<never>((_resolve, reject) => {
    release = () => reject(new Error('The process was killed.'));
  });
  released.catch(() => {});

  function strikes(when: 'before' | 'after', call: string): Interruption | undefined {
    const interruption = armed;
    if (interruption?.[when] !== call) return undefined;
    armed = undefined;
    return interruption;
  }

  function die(): void {
    deaths += 1;
    kill();
  }

  function ofRequest(service: 'secretsmanager' | 'sts', operation: string): RequestInterception | undefined {
    const before = strikes('before', operation);
    const interruption = before ?? strikes('after', operation);
    if (interruption === undefined) return undefined;
    emulator.intercept();
    const after = before === undefined;
    if (interruption.by === 'error') return { effect: { error: refusals[service], after } };
    return { effect: { latency: 'hang', after }, [after ? 'after' : 'before']: die };
  }

  async function strike({ by }: Interruption): Promise<void> {
    if (by === 'error') throw new Error('Interrupted.');
    die();
    await released;
  }

  return {
    arm(interruption) {
      armed = interruption;
      emulator.intercept({
        request: ({ functionArn, service, operation }) =>
          functionArn === undefined ? undefined : ofRequest(service, operation),
      });
    },
    disarm() {
      const missed = armed;
      if (missed === undefined) return;
      armed = undefined;
      emulator.intercept();
      throw new InterruptionMissedError(missed);
    },
    begin() {
      const deathsBefore = deaths;
      const isDead = () => deaths > deathsBefore;
      const around: Around = (call, method) => async (context) => {
        if (isDead()) await released;
        const before = strikes('before', call);
        if (before !== undefined) await strike(before);
        try {
          return await method(context);
        } finally {
          if (isDead()) await released;
          const after = strikes('after', call);
          if (after !== undefined) await strike(after);
        }
      };
      return { isDead, watched: (rotator) => watchedRotator(rotator, around) };
    },
    release,
  };
}

const refusals = {
  secretsmanager: { code: 'AccessDeniedException', message: 'Interrupted.' },
  sts: { code: 'AccessDenied', message: 'Interrupted.', status: 403 },
} as const;

function placeOf({ before, after }: Interruption): readonly [when: 'before' | 'after', call: InterruptibleCall] {
  return before === undefined ? ['after', after] : ['before', before];
}

type Around = <C, R>(call: RotatorMethod, method: (context: C) => MaybePromise<R>) => (context: C) => Promise<R>;

/** Inherits from the rotator, whatever it is made of, and has only those methods that it has. */
function watchedRotator<T extends SecretValue>(rotator: Rotator<T>, around: Around): Rotator<T> {
  const methods: Partial<Rotator<T>> = {
    createSecret: around('createSecret', (context: CreateSecretContext<T>) => rotator.createSecret(context)),
    testSecret: around('testSecret', (context: TestSecretContext<T>) => rotator.testSecret(context)),
    ...(rotator.discardSecret && {
      discardSecret: around('discardSecret', (context: DiscardSecretContext<T>) => rotator.discardSecret?.(context)),
    }),
    ...(rotator.setSecret && {
      setSecret: around('setSecret', (context: SetSecretContext<T>) => rotator.setSecret?.(context)),
    }),
    ...(rotator.afterSetSecret && {
      afterSetSecret: around('afterSetSecret', (context: SetSecretContext<T>) => rotator.afterSetSecret?.(context)),
    }),
    ...(rotator.finishSecret && {
      finishSecret: around('finishSecret', (context: FinishSecretContext<T>) => rotator.finishSecret?.(context)),
    }),
  };
  return Object.create(rotator, Object.getOwnPropertyDescriptors(methods));
}
