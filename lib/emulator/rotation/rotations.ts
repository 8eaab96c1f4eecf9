import type { Caller } from '../access/caller.js';
import { canonicalFunctionArn } from '../arns.js';
import type { FunctionEvent, RotationOutcome, RotationStatus, RotationStep, StepOutcome } from '../emulator.js';
import type { EventLog } from '../events.js';
import type { InvocationResult } from '../functions/execution.js';
import type { FunctionTable } from '../functions/function-table.js';
import type { Interceptions } from '../interception/interceptions.js';
import type { Randomness } from '../random.js';
import { CURRENT, PENDING } from '../secrets/labels.js';
import type { Secret } from '../secrets/secret.js';
import type { UndocumentedBehaviour } from '../undocumented.js';
import type { CurrentWeather } from '../weather/current-weather.js';

type Kind = RotationOutcome['kind'];

/** What is told how rotations end, so that it plans the next. */
interface Planner {
  rotated(secret: Secret): void;
  failed(secret: Secret): void;
}

/** One run of a rotation, from RotateSecret (or a new attempt) to its end. */
interface Rotation {
  readonly secret: Secret;
  readonly versionId: string;
  readonly functionArn: string;
  readonly kind: Kind;
  readonly steps: StepOutcome[];
  /** Set while its function runs that step, even when the rotation itself is over. */
  step?: RotationStep;
  token?: string;
  ended?: { readonly status: RotationStatus; readonly message?: string };
  done: Promise<RotationOutcome>;
}

const steps = {
  Rotation: ['createSecret', 'setSecret', 'testSecret', 'finishSecret'],
  TestRotation: ['testSecret'],
} as const;

/**
 * Runs rotations: each step one synchronous invocation, strictly one after the other [recorded-rotation A7]. Between two
 * steps, and only there, a rotation sees that it was cancelled or abandoned: a running function is not killed [D4].
 */
export class Rotations {
  /** The last rotation of each secret, by ARN. */
  readonly #last = new Map<string, Rotation>();
  /** Those whose function may be running. */
  readonly #running = new Set<Rotation>();
  readonly #now: () => Date;
  readonly #functions: FunctionTable;
  readonly #interceptions: Interceptions;
  readonly #weather: CurrentWeather;
  readonly #events: EventLog;
  readonly #random: Randomness;
  readonly #tokens: UndocumentedBehaviour['rotationTokens'];
  readonly #failedTests: UndocumentedBehaviour['failedTests'];
  readonly #relabelled: (secret: Secret) => void;
  readonly #timetable: () => Planner;

  constructor(parts: {
    now: () => Date;
    functions: FunctionTable;
    interceptions: Interceptions;
    weather: CurrentWeather;
    events: EventLog;
    random: Randomness;
    tokens: UndocumentedBehaviour['rotationTokens'];
    failedTests: UndocumentedBehaviour['failedTests'];
    /** Told of a secret that lost a label otherwise than by a request. */
    relabelled: (secret: Secret) => void;
    /** Told how rotations end. It starts them too, and so comes later. */
    timetable: () => Planner;
  }) {
    this.#now = parts.now;
    this.#functions = parts.functions;
    this.#interceptions = parts.interceptions;
    this.#weather = parts.weather;
    this.#events = parts.events;
    this.#random = parts.random;
    this.#tokens = parts.tokens;
    this.#failedTests = parts.failedTests;
    this.#relabelled = parts.relabelled;
    this.#timetable = parts.timetable;
  }

  /** Starts to rotate the secret to a version that is registered already. Does not wait [A10]. */
  start(secret: Secret, versionId: string, functionArn: string, kind: Kind): Promise<RotationOutcome> {
    const rotation: Rotation = {
      secret,
      versionId,
      functionArn,
      kind,
      steps: [],
      done: Promise.resolve({ kind, status: 'Stopped', versionId, steps: [] }),
    };
    rotation.done = this.#run(rotation);
    this.#last.set(secret.arn, rotation);
    return rotation.done;
  }

  /** A rotation that was due could not even start: a failure without a step. What AWS logs then was never recorded. */
  refuse(secret: Secret, versionId: string, functionArn: string, message: string): void {
    const kind = 'Rotation';
    const outcome: RotationOutcome = { kind, status: 'Failed', message, versionId, steps: [] };
    const rotation: Rotation = { secret, versionId, functionArn, kind, steps: [], done: Promise.resolve(outcome) };
    this.#last.set(secret.arn, rotation);
    this.#fail(rotation, message);
  }

  /** The version that is being rotated to, if a rotation is in flight. */
  inFlight(secret: Secret): string | undefined {
    const last = this.#last.get(secret.arn);
    return last !== undefined && last.ended === undefined ? last.versionId : undefined;
  }

  cancel(secret: Secret): void {
    const last = this.#last.get(secret.arn);
    if (last !== undefined) this.#end(last, 'Cancelled', 'Rotation was cancelled.');
  }

  /**
   * Someone put a new value under AWSCURRENT. A version that was pending is abandoned: AWSPENDING goes and the event log
   * says so, in flight or not [I1; AWS's documents for the label]. An AWSPENDING left over on what was AWSCURRENT goes
   * in silence: nothing recorded tells, but the next rotation would otherwise be refused for ever.
   */
  currentWritten(secret: Secret, versionId: string, formerCurrent: string | undefined): void {
    const pending = secret.labels.get(PENDING);
    const inFlight = this.inFlight(secret);
    if (pending !== undefined && pending !== versionId) secret.labels.delete(PENDING);
    const abandoned = inFlight ?? (pending === formerCurrent ? undefined : pending);
    if (abandoned === undefined || abandoned === versionId) return;
    const last = this.#last.get(secret.arn);
    if (last !== undefined) this.#end(last, 'Abandoned', 'A new value was written while the rotation ran.');
    this.#events.rotationAbandoned(secret, abandoned);
  }

  /**
   * The function that a version written by this caller with this RotationToken is known to come from: the caller is the
   * function's own execution role, or the token is the one of the step that runs. A wrong token proves nothing, and
   * does no harm either: AWS documents no error for it. A function whose rotation was abandoned while it runs is still
   * that function: what it writes then is what the next attempt finds.
   */
  provenance(secret: Secret, versionId: string, caller: Caller, token: string | undefined): string | undefined {
    const last = this.#last.get(secret.arn);
    if (last === undefined || last.versionId !== versionId) return undefined;
    if (last.ended !== undefined && last.step === undefined) return undefined;
    const executionRole = this.#functions.get(last.functionArn)?.roleArn;
    const ownRole = caller.kind === 'session' && caller.role.roleArn === executionRole;
    const rightToken = token !== undefined && token === last.token;
    return ownRole || rightToken ? last.functionArn : undefined;
  }

  /** The step that a function is running, for the request log. With several at once, the one on this secret. */
  stepOf(functionArn: string, secretArn: string | undefined): { step: RotationStep; rotation: Rotation } | undefined {
    const runs = (rotation: Rotation) =>
      rotation.step !== undefined && canonicalFunctionArn(rotation.functionArn) === functionArn;
    // Nearly always the secret's last: only else are all that run at once looked at.
    const last = secretArn === undefined ? undefined : this.#last.get(secretArn);
    if (last?.step !== undefined && runs(last)) return { step: last.step, rotation: last };
    const candidates = [...this.#running].filter(runs);
    const rotation =
      candidates.find(({ secret }) => secret.arn === secretArn) ??
      (candidates.length === 1 ? candidates[0] : undefined);
    return rotation?.step === undefined ? undefined : { step: rotation.step, rotation };
  }

  async settled(secret: Secret): Promise<RotationOutcome> {
    for (;;) {
      const last = this.#last.get(secret.arn);
      if (last === undefined) throw new Error(`${secret.arn} was never rotated`);
      const outcome = await last.done;
      if (this.#last.get(secret.arn) === last) return outcome;
    }
  }

  /** Ends every rotation in flight; their functions are stopped by their own table. */
  stop(): void {
    for (const rotation of this.#running) this.#end(rotation, 'Stopped', 'The emulator was closed.');
  }

  async #run(rotation: Rotation): Promise<RotationOutcome> {
    const { secret, versionId, kind } = rotation;
    this.#running.add(rotation);
    this.#events.rotation(`${kind}Started`, secret, versionId);
    // RotateSecret answers first: the rest happens in the service's own time.
    await new Promise(setImmediate);
    for (const step of steps[kind]) {
      if (rotation.ended === undefined) await this.#runStep(rotation, step);
    }
    if (kind === 'TestRotation') this.#removeTestLabel(rotation);
    if (rotation.ended === undefined) this.#judge(rotation);
    this.#running.delete(rotation);
    const { status, message } = rotation.ended ?? { status: 'Succeeded' };
    return { kind, status, ...(message !== undefined && { message }), versionId, steps: rotation.steps };
  }

  async #runStep(rotation: Rotation, step: RotationStep): Promise<void> {
    const { secret, versionId, functionArn } = rotation;
    const token = (this.#tokens === 'per rotation' ? rotation.token : undefined) ?? this.#random.uuid();
    rotation.token = token;
    rotation.step = step;
    const event: FunctionEvent = {
      Step: step,
      SecretId: secret.arn,
      ClientRequestToken: versionId,
      RotationToken: token,
    };
    const begin = performance.now();
    const error = await this.#deliver(rotation, event);
    const millis = performance.now() - begin;
    delete rotation.step;
    if (this.#tokens === 'per step') delete rotation.token;
    rotation.steps.push({
      step,
      millis,
      ...(error && { error: error.errorMessage, errorType: error.errorType }),
    });
    if (rotation.ended !== undefined) return;
    // A function's error leaves every label as it is.
    if (error !== undefined) {
      this.#fail(rotation, `Error when executing lambda ${functionArn} during ${step} step`);
    } else if (step === 'createSecret' && secret.versions.get(versionId)?.createdByFunction !== functionArn) {
      // AWS does not document when it looks. Right after createSecret is the earliest moment at which it can, before
      // setSecret hands the value to the database. A version that is still empty was not created by the function either.
      this.#fail(
        rotation,
        `Pending secret version ${versionId} for Secret ${secret.arn} was not created by Lambda ${functionArn}. Remove the AWSPENDING staging label and restart rotation`,
      );
    }
  }

  /** Invokes the function: once, unless the weather or somebody who intercepts wants it otherwise. */
  async #deliver({ secret, functionArn }: Rotation, event: FunctionEvent): Promise<InvocationResult> {
    const { Step: step, SecretId: secretArn, ClientRequestToken: versionId, RotationToken: rotationToken } = event;
    const delivery = this.#weather.delivery({ functionArn, step, secret: [secret.name, secretArn] });
    try {
      const invocation = { functionArn, secretArn, versionId, step, rotationToken };
      const interception = this.#interceptions.ofInvocation(invocation);
      const { cold = false, deliveries = 'once', timeoutSeconds } = { ...delivery, ...interception };
      await interception?.before?.();
      // Two that overlap are both cold: a warm one would be done before the other has started.
      if (cold || deliveries === 'overlapping') await this.#functions.retireIdle(functionArn);
      const first = this.#functions.invoke(functionArn, event, timeoutSeconds);
      if (deliveries === 'twice') await first;
      if (deliveries !== 'once') await this.#functions.invoke(functionArn, event, timeoutSeconds);
      const result = await first;
      await interception?.after?.(result?.errorMessage);
      return result;
    } catch (error) {
      // Code of a test: the rotation's outcome shows it there.
      return { errorType: 'InterceptorFailed', errorMessage: `The interceptor threw: ${String(error)}` };
    }
  }

  /** Every step returned. Done is: AWSPENDING is nowhere or with AWSCURRENT, and AWSCURRENT is on the new version. */
  #judge(rotation: Rotation): void {
    const { secret, versionId, kind } = rotation;
    const pending = secret.labels.get(PENDING);
    const current = secret.labels.get(CURRENT);
    const promoted = current === versionId && (pending === undefined || pending === versionId);
    if (kind === 'Rotation' && !promoted) {
      // What AWS says here was never recorded.
      this.#fail(
        rotation,
        `AWSCURRENT was not moved to version ${versionId} of Secret ${secret.arn} by the finishSecret step`,
      );
      return;
    }
    if (kind === 'Rotation') {
      // Stamped when finishSecret has returned, and without touching LastChangedDate [A9].
      secret.lastRotatedDate = this.#now();
      this.#timetable().rotated(secret);
    }
    rotation.ended = { status: 'Succeeded' };
    this.#events.rotation(`${kind}Succeeded`, secret, versionId);
  }

  /** After a deferred test AWSPENDING goes, and LastChangedDate stays [C5, C7]. A cancel leaves labels alone [D3]. */
  #removeTestLabel({ secret, versionId, ended }: Rotation): void {
    if (ended?.status === 'Cancelled' || secret.labels.get(PENDING) !== versionId) return;
    if (ended?.status === 'Failed' && this.#failedTests === 'AWSPENDING stays') return;
    secret.labels.delete(PENDING);
    this.#relabelled(secret);
  }

  #fail(rotation: Rotation, message: string): void {
    this.#end(rotation, 'Failed', message);
    this.#events.rotation(`${rotation.kind}Failed`, rotation.secret, rotation.versionId, message);
    if (rotation.kind === 'Rotation') this.#timetable().failed(rotation.secret);
  }

  #end(rotation: Rotation, status: RotationStatus, message: string): void {
    rotation.ended ??= { status, message };
  }
}
