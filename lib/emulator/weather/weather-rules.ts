import { fitsGlob } from '../access/glob.js';
import type { OneOrMany } from '../access/policy.js';
import type { InterceptedRequest } from '../interception/interceptor.js';
import { type Randomness, randomness } from '../random.js';
import type { WeatherEffect, WeatherRule } from './weather.js';

/** What rules ask about a request. */
export type WeatherSubject = InterceptedRequest;

/** An effect that applies now, its chances drawn. */
export interface Strike {
  readonly effect: WeatherEffect;
  /** For a latency that is not `hang`. */
  readonly millis: number;
}

interface Entry {
  readonly rule: WeatherRule;
  readonly random: Randomness;
  /** Requests that fitted. */
  met: number;
  /** Times that it struck. */
  struck: number;
}

/** The rules, each with its count and its stream of chances. */
export class WeatherRules {
  readonly #entries: readonly Entry[];

  constructor(rules: readonly WeatherRule[], seed: number | undefined) {
    this.#entries = rules.map((rule, i) => ({
      rule,
      random: randomness(seed, `weather rule ${i}`),
      met: 0,
      struck: 0,
    }));
  }

  /**
   * The effects that the rules have for this request, in order. Every rule that fits counts it; one whose effect cannot
   * happen any more, since an earlier rule ended the request, does not use up its `times`.
   */
  strikes(subject: WeatherSubject): Strike[] {
    const strikes: Strike[] = [];
    let over = false;
    for (const entry of this.#entries) {
      const { rule, random } = entry;
      if (!fits(rule, subject)) continue;
      entry.met += 1;
      // Drawn for each request that fits, so that other rules and limits do not shift the stream.
      const chance = fraction(random);
      const range = fraction(random);
      const due =
        called(rule.calls, entry.met) &&
        chance < (rule.probability ?? 1) &&
        entry.struck < (rule.times ?? Number.POSITIVE_INFINITY);
      const delays = 'latency' in rule.effect;
      if (!due || (over && !delays)) continue;
      entry.struck += 1;
      over ||= !delays;
      strikes.push({ effect: rule.effect, millis: delayOf(rule.effect, range) });
    }
    return strikes;
  }
}

/** An effect without chances: a range of delays has its middle. */
export function strikeOf(effect: WeatherEffect): Strike {
  return { effect, millis: delayOf(effect, 0.5) };
}

/** From 0 up to, not including, 1. */
export function fraction(random: Randomness): number {
  return random.below(2 ** 32) / 2 ** 32;
}

function fits(rule: WeatherRule, subject: WeatherSubject): boolean {
  const is = <T>(wanted: OneOrMany<T> | undefined, actual: T | undefined) =>
    wanted === undefined || listed(wanted).some((one) => one === actual);
  const matches = (wanted: OneOrMany<string> | undefined, actual: readonly string[]) =>
    wanted === undefined || listed(wanted).some((pattern) => actual.some((text) => fitsGlob(pattern, text)));
  return (
    is(rule.service, subject.service) &&
    is(rule.operation, subject.operation) &&
    is(rule.accountId, subject.accountId) &&
    is(rule.region, subject.region) &&
    is(rule.step, subject.step) &&
    matches(rule.callerArn, [subject.callerArn]) &&
    matches(rule.functionArn, subject.functionArn === undefined ? [] : [subject.functionArn]) &&
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
