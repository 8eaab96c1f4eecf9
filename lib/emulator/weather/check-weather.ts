import type { RotationStep } from '../rotation/step.js';
import type { Weather } from './weather.js';

type Check = (value: unknown, path: string) => void;

/**
 * Weather may come as JSON from anywhere, and a mistyped member would be a storm that never comes: all of it is checked.
 * @throws TypeError that names the member
 */
export function checkWeather(weather: unknown): asserts weather is Weather {
  members({
    seed: number({ integer: true, min: Number.MIN_SAFE_INTEGER }),
    rules: list(rule),
    readAfterWriteLag: lag,
    rates,
  })(weather, 'weather');
}

const steps: readonly RotationStep[] = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];

const rule: Check = (value, path) => {
  members(
    {
      service: oneOf('secretsmanager', 'sts'),
      operation: oneOrMany(text),
      accountId: oneOrMany(text),
      region: oneOrMany(text),
      callerArn: oneOrMany(text),
      functionArn: oneOrMany(text),
      secret: oneOrMany(text),
      step: oneOrMany(oneOf(...steps)),
      calls,
      probability: number({ max: 1 }),
      times: number({ integer: true, min: 1 }),
      effect,
    },
    ['effect'],
  )(value, path);
  const given = fieldsOf(value, path);
  if (!('deliver' in fieldsOf(given.effect, path))) return;
  for (const name of ofRequestsAlone) {
    if (given[name] !== undefined)
      throw new TypeError(`${path}.${name} is of requests, and \`deliver\` strikes invocations`);
  }
};

const ofRequestsAlone = ['service', 'operation', 'accountId', 'region', 'callerArn'] as const;

const calls: Check = (value, path) =>
  Array.isArray(value)
    ? list(number({ integer: true, min: 1 }))(value, path)
    : members({ every: number({ integer: true, min: 1 }) }, ['every'])(value, path);

const flag: Check = (value, path) => demand(typeof value === 'boolean', path, 'true or false');

const effects: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  throttle: { throttle: oneOf(true) },
  error: {
    error: members({ code: text, message: text, status: number({ integer: true, min: 400, max: 599 }) }),
    after: flag,
  },
  latency: { latency, after: flag },
  drop: { drop: oneOf('before', 'after', 'half') },
  kill: { kill: oneOf('before', 'after') },
  deliver: { deliver: oneOf('twice', 'overlapping', 'cold') },
};

function effect(value: unknown, path: string): void {
  const [kind, ...more] = Object.keys(effects).filter((name) => name in fieldsOf(value, path));
  demand(kind !== undefined && more.length === 0, path, `one of ${Object.keys(effects).join(', ')}`);
  members(effects[kind ?? ''] ?? {})(value, path);
}

function latency(value: unknown, path: string): void {
  if (value === 'hang') return;
  const limits = { max: 2 ** 31 - 1 };
  if (Array.isArray(value)) {
    list(number(limits))(value, path);
    demand(value.length === 2 && value[0] <= value[1], path, 'two numbers, the smaller one first');
  } else {
    number(limits)(value, path);
  }
}

const lag: Check = (value, path) => {
  const given = fieldsOf(value, path);
  members({
    millis: number({ above: 0 }),
    reads: number({ integer: true, min: 1 }),
    probability: number({ max: 1 }),
  })(value, path);
  demand(given.millis !== undefined || given.reads !== undefined, path, 'limited by `millis` or `reads`');
};

const rates: Check = (value, path) => {
  if (value !== 'documented') members({ factor: number({ above: 0 }) }, ['factor'])(value, path);
};

function members(known: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  return (value, path) => {
    const given = fieldsOf(value, path);
    for (const [name, member] of Object.entries(given)) {
      const check = Object.hasOwn(known, name) ? known[name] : undefined;
      if (check === undefined) throw new TypeError(`${path} has no member ${name}`);
      if (member !== undefined) check(member, `${path}.${name}`);
    }
    for (const name of required) demand(given[name] !== undefined, `${path}.${name}`, 'given');
  };
}

function fieldsOf(value: unknown, path: string): Readonly<Record<string, unknown>> {
  demand(typeof value === 'object' && value !== null && !Array.isArray(value), path, 'an object');
  return value as Readonly<Record<string, unknown>>;
}

function list(check: Check): Check {
  return (value, path) => {
    demand(Array.isArray(value), path, 'a list');
    for (const [i, item] of (value as unknown[]).entries()) check(item, `${path}[${i}]`);
  };
}

function oneOrMany(check: Check): Check {
  return (value, path) => (Array.isArray(value) ? list(check)(value, path) : check(value, path));
}

function oneOf(...allowed: readonly unknown[]): Check {
  return (value, path) => demand(allowed.includes(value), path, `one of ${allowed.join(', ')}`);
}

function text(value: unknown, path: string): void {
  demand(typeof value === 'string' && value !== '', path, 'a string that is not empty');
}

function number(limits: { integer?: boolean; min?: number; above?: number; max?: number }): Check {
  const { integer = false, above, min = 0, max = Number.MAX_SAFE_INTEGER } = limits;
  const wanted = `${integer ? 'an integer' : 'a number'} ${above === undefined ? `from ${min}` : `above ${above}`} to ${max}`;
  return (value, path) => {
    const fits =
      typeof value === 'number' &&
      (!integer || Number.isInteger(value)) &&
      (above === undefined ? value >= min : value > above) &&
      value <= max;
    demand(fits, path, wanted);
  };
}

function demand(fits: boolean, path: string, wanted: string): void {
  if (!fits) throw new TypeError(`${path} must be ${wanted}`);
}
