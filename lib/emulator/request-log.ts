import type { Decision } from './access/decision.js';
import type { RecordedRequest } from './emulator.js';
import type { Fault } from './fault.js';
import { History } from './history.js';
import type { RawInput } from './shapes/read-input.js';
import { type Members, type Shape, wireName } from './shapes/shape.js';

/** A record under way: whoever learns something of the request writes it down. */
export type RequestDraft = { -readonly [K in keyof Omit<RecordedRequest, 'decisions'>]: RecordedRequest[K] } & {
  readonly decisions: Decision[];
};

/** The requests that came in. */
export class RequestLog {
  readonly history: History<RecordedRequest>;
  readonly #now: () => Date;
  readonly #onRequest: ((request: RecordedRequest) => void) | undefined;

  constructor(now: () => Date, onRequest: ((request: RecordedRequest) => void) | undefined, historyLimit: number) {
    this.#now = now;
    this.#onRequest = onRequest;
    this.history = new History(historyLimit);
  }

  get all(): readonly RecordedRequest[] {
    return this.history.all;
  }

  begin(): RequestDraft {
    return { time: this.#now(), service: 'unknown', operation: 'unknown', parameters: {}, decisions: [] };
  }

  end(draft: RequestDraft, fault: Fault | undefined): void {
    if (fault !== undefined) {
      // CloudTrail shortens this one name [recorded-rotation I4].
      draft.errorCode = fault.code === 'AccessDeniedException' ? 'AccessDenied' : fault.code;
      draft.errorMessage = fault.message;
    }
    this.history.add(draft);
    this.#onRequest?.(draft);
  }
}

/** CloudTrail's requestParameters: what the operation knows, but for what is sensitive [recorded-rotation I3]. */
export function parametersOf(
  { name, input: members }: { readonly name: string; readonly input: Members },
  input: RawInput,
): Readonly<Record<string, unknown>> {
  const defaults = name === 'CreateSecret' ? { forceOverwriteReplicaSecret: false } : {};
  return { ...defaults, ...withoutSensitive(members, input) };
}

function withoutSensitive(members: Members, input: RawInput): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members)
      .filter(([name, shape]) => input[name] !== undefined && !('sensitive' in shape))
      .map(([name, shape]) => [wireName(name), logged(shape, input[name])]),
  );
}

function logged(shape: Shape, value: unknown): unknown {
  if (shape.kind === 'structure') return withoutSensitive(shape.members, Object(value));
  return shape.kind === 'list' && Array.isArray(value) ? value.map((item: unknown) => logged(shape.of, item)) : value;
}
