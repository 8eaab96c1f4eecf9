import type { RequestDraft } from '../request-log.js';
import { checkWeather } from './check-weather.js';
import { type Forecast, forecastOf, throttled } from './forecast.js';
import { Lag } from './lag.js';
import { RequestRates } from './rates.js';
import { snapshot } from './snapshot.js';
import type { Weather, WeatherControl } from './weather.js';
import { WeatherRules, type WeatherSubject } from './weather-rules.js';

/** The weather that is now. Fair until it is set. */
export class CurrentWeather implements WeatherControl {
  readonly #now: () => Date;
  readonly #seed: number | undefined;
  #current: Weather | undefined;
  #rules: WeatherRules | undefined;
  #rates: RequestRates | undefined;
  #lag: Lag | undefined;
  #memory: Lag | undefined;

  /** @param seed for weather that brings none of its own */
  constructor(now: () => Date, seed: number | undefined) {
    this.#now = now;
    this.#seed = seed;
  }

  get current(): Weather | undefined {
    return this.#current;
  }

  /** Whether reads may see what was before the last write. */
  get lag(): Lag | undefined {
    return this.#lag ?? this.#memory;
  }

  /** Whether the state before the last write is kept in fair weather too, for whoever makes single reads stale. */
  remember(past: boolean): void {
    this.#memory = past ? new Lag({ probability: 0 }, this.#seed, this.#now) : undefined;
  }

  set(weather: Weather): void {
    checkWeather(weather);
    this.clear();
    // A copy: what is set does not change under way.
    this.#current = snapshot(weather);
    const { rules, rates, readAfterWriteLag, seed = this.#seed } = this.#current;
    if (rules !== undefined) this.#rules = new WeatherRules(rules, seed);
    if (rates !== undefined) this.#rates = new RequestRates(rates === 'documented' ? 1 : rates.factor, this.#now);
    if (readAfterWriteLag !== undefined) this.#lag = new Lag(readAfterWriteLag, seed, this.#now);
  }

  clear(): void {
    this.#current = undefined;
    this.#rules = undefined;
    this.#rates = undefined;
    this.#lag = undefined;
  }

  /** What happens to a request, written into its record as well; undefined when nothing does. */
  forecast(subjectOf: () => WeatherSubject, draft: RequestDraft): Forecast | undefined {
    if (this.#rules === undefined && this.#rates === undefined) return undefined;
    const subject = subjectOf();
    const forecast = this.#over(subject);
    if (forecast.marks.length === 0) return undefined;
    draft.weather = forecast.marks;
    return forecast;
  }

  #over(subject: WeatherSubject): Forecast {
    const { service, operation, accountId, region } = subject;
    const withinRate = service === 'sts' || (this.#rates?.admits(accountId, region, operation) ?? true);
    return withinRate ? forecastOf(this.#rules?.strikes(subject) ?? [], service) : throttled(service);
  }
}
