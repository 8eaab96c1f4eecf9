/** Sees every call of the function, in order, and disturbs one of them. */
import type { Emulator, InterceptedInvocation, RequestInterception, RotationStep } from '../../emulator/index.js';
import { type CrashFault, reads, throttledRequests } from './faults.js';
import { type Call, CallCounter, isSameCall } from './points.js';
import type { ExchangeInterception } from './relay.js';
import type { CrashPoint } from './report.js';

/** One invocation of the function. Times are `performance.now()`. */
export interface SeenInvocation {
  readonly step: RotationStep;
  readonly from: number;
  to?: number;
  error?: string;
}

/** A fault, the call that it meets, and its deed, made ready. */
export interface Disturbance {
  readonly fault: CrashFault;
  readonly point: Pick<CrashPoint, keyof Call>;
  /** The function's time limit in the step in which its call hangs. */
  readonly hangSeconds: number;
  deed(): void | Promise<void>;
  /** Resolves when the deed is over, at once where it never began. */
  settled(): Promise<void>;
}

/** What of a stage is watched. */
export interface Watched {
  readonly emulator: Pick<Emulator, 'intercept'>;
  onExchange: (() => ExchangeInterception | undefined) | undefined;
}

/** Watches a stage from its making until `end`. */
export class Watch {
  /** In the order of their beginning, the invocations among them. */
  readonly calls: Call[] = [];
  readonly invocations: SeenInvocation[] = [];
  readonly rotationTokens = new Set<string>();
  /** When the disturbance struck, if it did. */
  struckAt: number | undefined;
  readonly #changed: () => void;
  readonly #stage: Watched;
  #disturbance: Disturbance | undefined;
  readonly #counter = new CallCounter();
  #running: RotationStep | undefined;
  #throttled = 0;

  /** @param changed Told whenever a call that may have an effect has had it. */
  constructor(stage: Watched, disturbance?: Disturbance, changed: () => void = () => undefined) {
    this.#stage = stage;
    this.#disturbance = disturbance;
    this.#changed = changed;
    stage.onExchange = () => this.#exchange();
    stage.emulator.intercept({
      request: ({ functionArn, service, operation, step }) =>
        functionArn === undefined || step === undefined ? undefined : this.#request(step, service, operation),
      invocation: (invocation) => this.#invocation(invocation),
    });
  }

  /** What comes from now on is not disturbed. */
  disarm(): void {
    this.#disturbance = undefined;
  }

  end(): void {
    this.#stage.onExchange = undefined;
    this.#stage.emulator.intercept();
  }

  #strikes(call: Call): Disturbance | undefined {
    this.calls.push(call);
    // Of the same name and number there is one.
    if (this.#disturbance === undefined || !isSameCall(call, this.#disturbance.point)) return undefined;
    this.struckAt = performance.now();
    return this.#disturbance;
  }

  #request(step: RotationStep, service: 'secretsmanager' | 'sts', operation: string): RequestInterception {
    const disturbance = this.#strikes(this.#counter.next(step, service, operation));
    if (disturbance === undefined) {
      return this.#throttledAgain(service, operation) ?? (reads(operation) ? {} : { after: this.#changed });
    }
    const { fault, deed } = disturbance;
    if (fault.call === 'throttled') this.#throttled = throttledRequests - 1;
    const effect = effectOf(fault.call, service);
    return {
      ...(effect !== undefined && { effect }),
      stale: fault.call === 'stale',
      ...this.#around(fault, deed),
    };
  }

  /** SDKs ask again for what was throttled. */
  #throttledAgain(service: 'secretsmanager' | 'sts', operation: string): RequestInterception | undefined {
    const { kind, name } = this.#disturbance?.point ?? {};
    if (this.#throttled === 0 || kind !== service || name !== operation) return undefined;
    this.#throttled -= 1;
    return { effect: { throttle: true } };
  }

  #exchange(): ExchangeInterception | undefined {
    // A connection that is closed after the invocation belongs to none.
    if (this.#running === undefined) return undefined;
    const disturbance = this.#strikes(this.#counter.next(this.#running, 'target', 'exchange'));
    if (disturbance === undefined) return { after: this.#changed };
    const { fault, deed } = disturbance;
    const end = endOf(fault.call);
    return { ...(end !== undefined && { end }), ...this.#around(fault, deed) };
  }

  /** The deed at its time, and word of the effect. */
  #around({ when }: CrashFault, deed: Disturbance['deed']): Pick<RequestInterception, 'before' | 'after'> {
    if (when === 'before') return { before: deed, after: this.#changed };
    return {
      after: async () => {
        await deed();
        this.#changed();
      },
    };
  }

  #invocation({ step, rotationToken }: InterceptedInvocation) {
    this.rotationTokens.add(rotationToken);
    const disturbance = this.#strikes(this.#counter.next(step, 'step', 'delivery'));
    const delivery = disturbance?.fault.delivery;
    // Only the step that hangs is short of time: what a slow machine takes for the others is no finding.
    const { fault, point, hangSeconds } = this.#disturbance ?? {};
    const hangs = fault?.call === 'hang after' && point?.step === step && this.struckAt === undefined;
    const seen: SeenInvocation = { step, from: performance.now() };
    this.invocations.push(seen);
    return {
      cold: delivery === 'cold',
      deliveries: delivery === 'twice' || delivery === 'overlapping' ? delivery : ('once' as const),
      ...(hangs && hangSeconds !== undefined && { timeoutSeconds: hangSeconds }),
      before: async () => {
        await disturbance?.deed();
        this.#running = step;
      },
      after: async (error: string | undefined) => {
        this.#running = undefined;
        seen.to = performance.now();
        this.#changed();
        if (error !== undefined) seen.error = error;
        // A function need not wait for the exchange at which somebody else begins. What is done in this step is over before the next one; that it failed is told elsewhere.
        await this.#disturbance?.settled().catch(() => undefined);
      },
    };
  }
}

function effectOf(call: CrashFault['call'], service: 'secretsmanager' | 'sts'): RequestInterception['effect'] {
  switch (call) {
    case 'cut before':
      return { drop: 'before' };
    case 'cut after':
      return { drop: 'after' };
    case 'hang after':
      return { latency: 'hang', after: true };
    case 'refused':
      return service === 'sts'
        ? { error: { code: 'AccessDenied', message: 'Refused by the crash matrix.', status: 403 } }
        : { error: { code: 'AccessDeniedException', message: 'Refused by the crash matrix.' } };
    case 'throttled':
      return { throttle: true };
    default:
      return undefined;
  }
}

function endOf(call: CrashFault['call']): ExchangeInterception['end'] {
  if (call === 'refused') return 'cut before';
  return call === 'cut before' || call === 'cut after' || call === 'hang after' ? call : undefined;
}
