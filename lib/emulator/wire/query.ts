import { Fault } from '../fault.js';
import { checkLimits } from '../shapes/check-limits.js';
import type { RawInput } from '../shapes/read-input.js';
import type { StsOperation } from '../sts/operation.js';

const ownParameters = new Set(['Action', 'Version']);

/**
 * The parameters of a query, read and checked. One that is not served is refused: to ignore a session tag or a managed
 * policy would hand out another session than was asked for.
 * @throws Fault ValidationError, MalformedInput
 */
export function readQuery(operation: StsOperation, parameters: URLSearchParams): RawInput {
  const input: Record<string, unknown> = {};
  for (const [name, text] of parameters) {
    const shape = Object.hasOwn(operation.input, name) ? operation.input[name] : undefined;
    if (shape !== undefined) {
      input[name] = shape.kind === 'integer' ? readInteger(text) : text;
    } else if (!ownParameters.has(name)) {
      throw new Fault(
        'ValidationError',
        `The emulator does not serve the parameter ${name.slice(0, 64)} of ${operation.name}.`,
      );
    }
  }
  checkLimits(operation.input, input, 'ValidationError');
  return input;
}

/** As recorded for DurationSeconds: a sign and leading zeros pass, spaces and fractions do not [recorded-authority K3]. */
function readInteger(text: string): number {
  const value = Number(text);
  if (!/^[+-]?\d+$/.test(text) || Math.abs(value) > 2_147_483_647) {
    throw new Fault('MalformedInput', 'The input is not a 32-bit integer.');
  }
  return value;
}
