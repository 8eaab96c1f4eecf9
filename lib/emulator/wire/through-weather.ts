import type { Fault } from '../fault.js';
import type { Forecast } from '../weather/forecast.js';
import type { Connection, WireAnswer } from './door.js';

/** An answer, and the refusal that it is, if it is one. */
export interface Outcome {
  readonly answer: WireAnswer;
  readonly fault: Fault | undefined;
}

/** What can be done with a request. */
export interface CarriedRequest {
  carryOut(): Outcome;
  refuse(fault: Fault): Outcome;
  /** Waited for once it has been carried out. */
  carriedOut(): void | Promise<void>;
  killCaller(): void;
}

const cutOff: Outcome = { answer: { status: 0, headers: {}, body: '', cut: 'whole' }, fault: undefined };

/** Takes one request through its weather. The operation itself is carried out in one go, as ever, or not at all. */
export async function throughWeather(
  { before, after, end }: Forecast,
  connection: Connection,
  request: CarriedRequest,
): Promise<Outcome> {
  if (before !== 0 && !(await stays(connection, before))) return cutOff;
  const kills = end?.kind === 'drop' && end.kills;
  if (end?.kind === 'drop' && end.at === 'before') {
    if (kills) request.killCaller();
    return cutOff;
  }
  if (end?.kind === 'fault' && !end.after) return request.refuse(end.fault);
  const outcome = request.carryOut();
  await request.carriedOut();
  if (kills) request.killCaller();
  if (after !== 0 && !(await stays(connection, after))) return { ...outcome, answer: cutOff.answer };
  if (end?.kind === 'fault') return request.refuse(end.fault);
  if (end === undefined) return outcome;
  return { ...outcome, answer: { ...outcome.answer, cut: end.at === 'half' ? 'half' : 'whole' } };
}

/** Waits so long. False, and at once, when the caller has given up. */
function stays(connection: Connection, millis: number | 'hang'): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = millis === 'hang' ? undefined : setTimeout(resolve, millis, true);
    connection.whenGone(() => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}
