import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { crashFaults } from '../lib/testing/crash-matrix/faults.js';
import type { CrashFaultName } from '../lib/testing/index.js';
import type { Fixture } from './fixtures/fixture.js';

export interface Options {
  /** The one cell to run. */
  readonly only?: string;
  /** Names of subjects; all of them when empty. */
  readonly subjects: readonly string[];
  /** All of them when empty. */
  readonly faults: readonly CrashFaultName[];
  /** Cells of each subject: so many, or below 1 that share of them. Without it, all. */
  readonly sample?: number;
  readonly seed: number;
  /** Cells that run at the same time. */
  readonly workers: number;
  readonly json?: string;
  readonly html?: string;
}

const MOST_WORKERS = 64;

/** A quarter of the time is spent waiting: for a deadline, and between the attempts of what is throttled. */
const defaultWorkers = () => cpus().length + 1;

const lines = (entries: readonly (readonly [string, string])[]) =>
  entries.map(([name, text]) => `  ${name.padEnd(44)}${text}\n`).join('');

export function help(fixtures: readonly Fixture[]): string {
  return `Usage: npm run crash-matrix -- [options]

Disturbs rotations at every point at which they talk to the outside, in every way, and says which of them recover. The
functions are those of lambda/, each a process that is really killed; the databases are real; Secrets Manager is the emulator.

  --subject NAME   only this one; may be given again (default: all of the list below but those that say otherwise)
  --fault NAME     only this one; may be given again
  --sample N       so many cells of each subject (2 or more), or that share of them (0.05: one in twenty), chosen by the seed;
                   every fault and step is among them
  --seed S         what chooses the sample: a whole number (default: 1)
  --workers N      cells that run at the same time, 1 to ${MOST_WORKERS} (default: one more than there are cores, here ${defaultWorkers()})
  --only ID        run this cell and print its whole story
  --json FILE      where the report goes (default: crash-matrix.json, with --only nowhere)
  --html FILE      where the page goes (default: crash-matrix.html, with --only nowhere)
  --help           print this

Subjects:
${lines(fixtures.map(({ name, what, onlyWhenNamed }) => [name, `${what}${onlyWhenNamed ? ' (only when named)' : ''}`]))}
Faults:
${lines(crashFaults.map(({ name, text }) => [name, text]))}
Exit code: 0 if every cell recovered, 1 if one did not or could not be run, 2 for arguments that are not understood, 130 after Ctrl-C.
`;
}

/** The arguments are not understood; the message says which. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError */
export function parseCommandLine(args: readonly string[], fixtures: readonly Fixture[]): Options | 'help' {
  const { help: helpAsked, only, subject, fault, sample, seed, workers, json, html } = read(args);
  if (helpAsked) return 'help';
  for (const name of subject) {
    if (!fixtures.some((fixture) => fixture.name === name)) throw new UsageError(`there is no subject '${name}'`);
  }
  const faults = fault.map((name) => {
    const known = crashFaults.find((each) => each.name === name);
    if (known === undefined) throw new UsageError(`there is no fault '${name}'`);
    return known.name;
  });
  if (only !== undefined && (subject.length > 0 || fault.length > 0 || sample !== undefined)) {
    throw new UsageError('--only names one cell; --subject, --fault and --sample choose among many');
  }
  const to = only === undefined ? { json: 'crash-matrix.json', html: 'crash-matrix.html' } : {};
  return {
    ...(only !== undefined && { only }),
    subjects: subject,
    faults,
    ...(sample !== undefined && { sample: shareOrNumber('--sample', sample) }),
    seed: wholeNumber('--seed', seed, 0, 2 ** 32 - 1),
    workers: workers === undefined ? defaultWorkers() : wholeNumber('--workers', workers, 1, MOST_WORKERS),
    ...to,
    ...(json !== undefined && { json }),
    ...(html !== undefined && { html }),
  };
}

function shareOrNumber(option: string, text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 2 && Number.isSafeInteger(number)) return number;
  if (/^0?\.\d+$/.test(text) && number > 0) return number;
  throw new UsageError(`${option} is a whole number from 2, or a share such as 0.05, not '${text}'`);
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new UsageError(`${option} is a whole number from ${least} to ${most}, not '${text}'`);
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        subject: { type: 'string', multiple: true, default: [] },
        fault: { type: 'string', multiple: true, default: [] },
        sample: { type: 'string' },
        seed: { type: 'string', default: '1' },
        workers: { type: 'string' },
        json: { type: 'string' },
        html: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
