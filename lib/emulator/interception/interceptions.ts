import type {
  InterceptedInvocation,
  InterceptedRequest,
  Interceptor,
  InvocationInterception,
  RequestInterception,
} from './interceptor.js';

/** Who intercepts, if anyone does. */
export class Interceptions {
  #interceptor: Interceptor | undefined;
  readonly #changed: (intercepting: boolean) => void;

  /** @param changed told whether somebody intercepts from now on */
  constructor(changed: (intercepting: boolean) => void) {
    this.#changed = changed;
  }

  set(interceptor: Interceptor | undefined): void {
    this.#interceptor = interceptor;
    this.#changed(interceptor !== undefined);
  }

  ofRequest(request: () => InterceptedRequest): RequestInterception | undefined {
    return this.#interceptor?.request?.(request());
  }

  ofInvocation(invocation: InterceptedInvocation): InvocationInterception | undefined {
    return this.#interceptor?.invocation?.(invocation);
  }
}
