import type { Fault } from '../fault.js';
import type { JsonFields, JsonValue } from '../operations/operation.js';

/**
 * JSON as the service writes it: keys sorted, absent members left out, dates as epoch seconds in Java's form
 * [recorded-rotation F5].
 */
export function writeJson(value: JsonValue): string {
  if (value instanceof Date) return javaDouble(value.getTime() / 1000);
  if (isList(value)) return `[${value.map(writeJson).join(',')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .flatMap((key) => {
      const member = value[key];
      return member === undefined ? [] : [`${JSON.stringify(key)}:${writeJson(member)}`];
    });
  return `{${members.join(',')}}`;
}

/** Only ValidationException spells its message with a small letter [recorded-rotation H1]. */
export function faultBody({ code, message }: Fault): string {
  const fields: JsonFields = { __type: code, [code === 'ValidationException' ? 'message' : 'Message']: message };
  return JSON.stringify(fields);
}

/** Double.toString: 1.790456633433E9 from ten million on, and always a fraction. */
function javaDouble(seconds: number): string {
  const [mantissa = '', exponent] = (Math.abs(seconds) < 1e7 ? String(seconds) : seconds.toExponential()).split('e+');
  const fraction = mantissa.includes('.') ? mantissa : `${mantissa}.0`;
  return exponent === undefined ? fraction : `${fraction}E${exponent}`;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
