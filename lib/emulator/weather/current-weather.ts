import type { RequestDraft } from '../request-log.js';
import type { Secret } from '../secrets/secret.js';
import { checkWeather } from './check-weather.js';
import { type Forecast, forecastOf, throttled } from './forecast.js';
import { Lag } from './lag.js';
import { RequestRates } from './rates.js';
import { snapshot } from './snapshot.js';
import type { Weather, WeatherControl } from './weather.js';
import { type Delivery, type DeliverySubject, WeatherRules, type WeatherSubject } from './weather-rules.js';

/** The weather that is now. Fair until it is set. */
export class CurrentWeather implements WeatherControl {
  readonly #now: () => Date;
  readonly #seed: number | undefined;
  #current: Weather | undefined;
  #rules: WeatherRules | undefined;
  #rates: RequestRates | undefined;
  #lag: Lag | undefined;
  #past: Lag | undefined;

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
    return this.#lag;
  }

  /** With it, a read sees what was before the last write since `remember`. */
  get past(): Lag | undefined {
    return this.#past;
  }

  /** Whether the state before the last write is kept whatever the weather is, for whoever makes single reads stale. */
  remember(past: boolean): void {
    this.#past = past ? new Lag({ probability: 1 }, this.#seed, this.#now) : undefined;
  }

  /** To be called before a write of this secret, or of one that is not there yet. The result: call it when the write succeeded. */
  beforeWrite(secret: Secret | undefined): (arn: string) => void {
    const written = [this.#lag, this.#past].map((lag) => lag?.beforeWrite(secret));
    return (arn) => {
      for (const each of written) each?.(arn);
    };
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

  /** How an invocation is delivered. */
  delivery(subject: DeliverySubject): Delivery {
    return this.#rules?.delivery(subject) ?? {};
  }

  #over(subject: WeatherSubject): Forecast {
    const { service, operation, accountId, region } = subject;
    const withinRate = service === 'sts' || (this.#rates?.admits(accountId, region, operation) ?? true);
    return withinRate ? forecastOf(this.#rules?.strikes(subject) ?? [], service) : throttled(service);
  }
}
