/**
 * A copy of plain state: records, lists, maps and sets all the way down. Everything else (strings, dates, buffers) is
 * never changed in place, so it is shared.
 */
export function snapshot<T>(state: T): T {
  return copied(state) as T;
}

function copied(state: unknown): unknown {
  if (Array.isArray(state)) return state.map(copied);
  if (state instanceof Map) return new Map([...state].map(([key, value]) => [key, copied(value)]));
  if (state instanceof Set) return new Set([...state].map(copied));
  if (typeof state !== 'object' || state === null || Object.getPrototypeOf(state) !== Object.prototype) return state;
  return Object.fromEntries(Object.entries(state).map(([name, value]) => [name, copied(value)]));
}
