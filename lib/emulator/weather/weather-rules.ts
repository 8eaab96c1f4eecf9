import { fitsGlob } from '../access/glob.js';
import type { OneOrMany } from '../access/policy.js';
import type { InterceptedRequest, InvocationInterception } from '../interception/interceptor.js';
import { type Randomness, randomness } from '../random.js';
import type { DeliveryEffect, WeatherEffect, WeatherRule } from './weather.js';

/** What rules ask about a request. */
export type WeatherSubject = InterceptedRequest;

/** What rules ask about an invocation. */
export type DeliverySubject = Required<Pick<WeatherSubject, 'functionArn' | 'step' | 'secret'>>;

/** How an invocation is delivered. */
export type Delivery = Pick<InvocationInterception, 'cold' | 'deliveries'>;

/** An effect that applies now, its chances drawn. */
export interface Strike {
  readonly effect: WeatherEffect;
  /** For a latency that is not `hang`. */
  readonly millis: number;
}

interface Entry<E> {
  readonly rule: WeatherRule;
  readonly effect: E;
  readonly random: Randomness;
  /** Requests that fitted. */
  met: number;
  /** Times that it struck. */
  struck: number;
}

/** The rules, each with its count and its stream of chances. */
export class WeatherRules {
  readonly #ofRequests: Entry<WeatherEffect>[] = [];
  readonly #ofDeliveries: Entry<DeliveryEffect>[] = [];

  constructor(rules: readonly WeatherRule[], seed: number | undefined) {
    for (const [i, rule] of rules.entries()) {
      const { effect } = rule;
      const entry = { rule, random: randomness(seed, `weather rule ${i}`), met: 0, struck: 0 };
      if ('deliver' in effect) this.#ofDeliveries.push({ ...entry, effect });
      else this.#ofRequests.push({ ...entry, effect });
    }
  }

  /**
   * The effects that the rules have for this request, in order. Every rule that fits counts it; one whose effect cannot
   * happen any more, since an earlier rule ended the request, does not use up its `times`.
   */
  strikes(subject: WeatherSubject): Strike[] {
    const strikes: Strike[] = [];
    let over = false;
    for (const entry of this.#ofRequests) {
      const { rule, effect } = entry;
      // Nobody is there to be killed.
      if (!fits(rule, subject) || ('kill' in effect && subject.functionArn === undefined)) continue;
      const { due, range } = meet(entry);
      const delays = 'latency' in effect;
      if (!due || (over && !delays)) continue;
      entry.struck += 1;
      over ||= !delays;
      strikes.push({ effect, millis: delayOf(effect, range) });
    }
    return strikes;
  }

  /** How the rules have this invocation delivered; of two that say how often, the first. */
  delivery(subject: DeliverySubject): Delivery {
    let delivery: Delivery = {};
    for (const entry of this.#ofDeliveries) {
      const { rule, effect } = entry;
      if (!fits(rule, subject) || !meet(entry).due) continue;
      entry.struck += 1;
      delivery = effect.deliver === 'cold' ? { ...delivery, cold: true } : { deliveries: effect.deliver, ...delivery };
    }
    return delivery;
  }
}

/** Counts what fits a rule, and draws for it each time, so that other rules and limits do not shift the stream. */
function meet(entry: Entry<unknown>): { readonly due: boolean; readonly range: number } {
  const { rule, random } = entry;
  entry.met += 1;
  const chance = fraction(random);
  const range = fraction(random);
  const due =
    called(rule.calls, entry.met) &&
    chance < (rule.probability ?? 1) &&
    entry.struck < (rule.times ?? Number.POSITIVE_INFINITY);
  return { due, range };
}

/** An effect without chances: a range of delays has its middle. */
export function strikeOf(effect: WeatherEffect): Strike {
  return { effect, millis: delayOf(effect, 0.5) };
}

/** From 0 up to, not including, 1. */
export function fraction(random: Randomness): number {
  return random.below(2 ** 32) / 2 ** 32;
}

function fits(rule: WeatherRule, subject: Partial<WeatherSubject>): boolean {
  const is = <T>(wanted: OneOrMany<T> | undefined, actual: T | undefined) =>
    wanted === undefined || listed(wanted).some((one) => one === actual);
  const matches = (wanted: OneOrMany<string> | undefined, actual: OneOrMany<string> = []) =>
    wanted === undefined || listed(wanted).some((pattern) => listed(actual).some((text) => fitsGlob(pattern, text)));
  return (
    is(rule.service, subject.service) &&
    is(rule.operation, subject.operation) &&
    is(rule.accountId, subject.accountId) &&
    is(rule.region, subject.region) &&
    is(rule.step, subject.step) &&
    matches(rule.callerArn, subject.callerArn) &&
    matches(rule.functionArn, subject.functionArn) &&
    matches(rule.secret, subject.secret)
  );
}

function listed<T>(value: OneOrMany<T>): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}

function called(calls: WeatherRule['calls'], nth: number): boolean {
  if (calls === undefined) return true;
  return 'length' in calls ? calls.includes(nth) : nth % calls.every === 0;
}

function delayOf(effect: WeatherEffect, drawn: number): number {
  if (!('latency' in effect) || effect.latency === 'hang') return 0;
  if (typeof effect.latency === 'number') return effect.latency;
  const [least, most] = effect.latency;
  return least + (most - least) * drawn;
}
