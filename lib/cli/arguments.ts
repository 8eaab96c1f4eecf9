import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from './usage-error.js';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<O extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: O; strict: true; allowPositionals: false }>
>['values'];

/**
 * Reads options; nothing but options is expected.
 * @throws UsageError for an option that does not exist, lacks its value, or has one too many
 */
export function readOptions<const O extends Options>(args: readonly string[], options: O): Values<O> {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** @throws UsageError naming the option unless it is a whole number from low to high */
export function readInteger(option: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (!/^\d{1,16}$/.test(text) || value < low || value > high) {
    throw new UsageError(`--${option} is a whole number from ${low} to ${high}, not '${text}'`);
  }
  return value;
}
