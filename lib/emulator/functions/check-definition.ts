import { assertPolicy } from '../access/policy-check.js';
import type { FunctionDefinition } from '../emulator.js';
import { timeoutSeconds } from './environment.js';

const kinds = ['handler', 'bundle', 'command', 'runtime'] as const;

/** @throws TypeError, RangeError for what could never run */
export function assertDefinition(definition: FunctionDefinition): void {
  const given = kinds.filter((kind) => kind in definition);
  if (given.length !== 1) throw new TypeError(`a function has one of ${kinds.join(', ')}`);
  if ('command' in definition) assertCommand('command', definition.command);
  if ('runtime' in definition) assertCommand('runtime', definition.runtime);
  const { functionArn, resourcePolicy } = definition;
  if (resourcePolicy !== undefined) assertPolicy(resourcePolicy, 'function', `resource policy of ${functionArn}`);
  const seconds = timeoutSeconds(definition);
  if (!(seconds > 0 && seconds <= 900)) throw new RangeError('timeoutSeconds is above 0 and at most 900');
}

/** A text would be taken apart into its letters. */
function assertCommand(kind: string, command: unknown): void {
  const fits = Array.isArray(command) && command.every((part) => typeof part === 'string') && command[0] !== '';
  if (!fits || command.length === 0) throw new TypeError(`${kind} is a list of texts: the program and its arguments`);
}
