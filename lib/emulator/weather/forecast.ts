import { Fault } from '../fault.js';
import type { WeatherError, WeatherMark } from './weather.js';
import type { Strike, WeatherSubject } from './weather-rules.js';

/** What will happen to one request. */
export interface Forecast {
  /** Milliseconds before the operation is carried out; 'hang' for as long as the caller waits. */
  readonly before: number | 'hang';
  /** And between that and the answer. */
  readonly after: number | 'hang';
  readonly end?: ForecastEnd;
  readonly marks: readonly WeatherMark[];
}

export type ForecastEnd =
  | { readonly kind: 'fault'; readonly fault: Fault; readonly after: boolean }
  | { readonly kind: 'drop'; readonly at: 'before' | 'after' | 'half'; readonly kills: boolean };

export function throttled(service: WeatherSubject['service']): Forecast {
  const fault = new Fault(service === 'sts' ? 'Throttling' : 'ThrottlingException', 'Rate exceeded');
  return { before: 0, after: 0, end: { kind: 'fault', fault, after: false }, marks: ['throttled'] };
}

export const fair: Forecast = { before: 0, after: 0, marks: [] };

/** Delays add up, and only one strike at most is not a delay. */
export function forecastOf(strikes: readonly Strike[], service: WeatherSubject['service']): Forecast {
  let before: Forecast['before'] = 0;
  let after: Forecast['after'] = 0;
  let end: ForecastEnd | undefined;
  const marks: WeatherMark[] = [];
  for (const { effect, millis } of strikes) {
    if ('latency' in effect) {
      marks.push(effect.latency === 'hang' ? 'hung' : 'delayed');
      const late = effect.latency === 'hang' ? effect.latency : millis;
      if (effect.after) after = sum(after, late);
      else before = sum(before, late);
    } else if ('drop' in effect) {
      end = { kind: 'drop', at: effect.drop, kills: false };
      marks.push(`dropped ${effect.drop}`);
    } else if ('kill' in effect) {
      end = { kind: 'drop', at: effect.kill, kills: true };
      marks.push(`killed ${effect.kill}`);
    } else if ('error' in effect) {
      const late = effect.after ?? false;
      end = { kind: 'fault', fault: faultOf(effect.error, service), after: late };
      marks.push(late ? 'failed after' : 'failed');
    } else {
      ({ end } = throttled(service));
      marks.push('throttled');
    }
  }
  return { before, after, ...(end !== undefined && { end }), marks };
}

function sum(a: number | 'hang', b: number | 'hang'): number | 'hang' {
  return a === 'hang' || b === 'hang' ? 'hang' : a + b;
}

function faultOf({ code, message, status }: WeatherError, service: WeatherSubject['service']): Fault {
  return new Fault(
    code ?? (service === 'sts' ? 'InternalFailure' : 'InternalServiceError'),
    message ?? 'An error occurred on the server side.',
    status ?? (code === undefined ? 500 : 400),
  );
}
