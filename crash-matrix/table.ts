/** The report for a terminal: a row for each fault, a column for each subject, and what did not recover. */
import type { CrashCell, CrashReport } from '../lib/testing/index.js';
import { duration } from './duration.js';
import { faultsOf, largest, recoveredOf, type SubjectCells, subjectsOf } from './subjects.js';

export function renderTable(report: CrashReport): string {
  const subjects = subjectsOf(report);
  const failed = report.cells.filter(({ result }) => result === 'failed');
  return [
    ...aligned([
      ...(lookAlike(subjects) ? [['', ...subjects.map(({ name }) => name)]] : []),
      ['', ...subjects.map(({ engine }) => engine)],
      ['', ...subjects.map(({ strategy }) => strategy)],
      ['recovered/tried', ...subjects.map(({ accounts }) => accounts)],
      ...faultsOf(report.cells).map((fault) => [fault, ...subjects.map((subject) => score(subject.at(fault)))]),
      ['all', ...subjects.map(({ cells }) => score(cells))],
      ['points', ...subjects.map(({ points }) => String(points.length))],
      ['attempts, at most', ...subjects.map(({ cells }) => String(largest(cells, ({ attempts }) => attempts)))],
      ['AWSCURRENT refused, at most', ...subjects.map(longestRefusal)],
    ]),
    '',
    ...failed.flatMap(describeFailure),
    ...(report.endedEarly === undefined ? [] : [`Ended early: ${report.endedEarly}`]),
    verdict(report, failed.length),
    '',
  ].join('\n');
}

/** What did not hold, and the command that runs just this. */
export function describeFailure({ id, findings, replay }: CrashCell): string[] {
  return [`FAILED ${id}`, ...findings.map(({ invariant, text }) => `  ${invariant}: ${text}`), `  ${replay}`, ''];
}

/** The cell with all that happened. */
export function renderCell(cell: CrashCell): string {
  const { id, result, attempts, millis, unavailableMillis, findings, story } = cell;
  const facts = [
    `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`,
    unavailableMillis > 0 ? `AWSCURRENT refused for ${duration(unavailableMillis)}` : 'AWSCURRENT never refused',
    `took ${duration(millis)}`,
  ];
  return [
    `${id}: ${result}`,
    facts.join(', '),
    '',
    ...story.map((line, at) => `${String(at + 1).padStart(3)}  ${line}`),
    '',
    ...findings.map(({ invariant, text }) => `${invariant}: ${text}`),
    ...(findings.length > 0 ? [''] : []),
  ].join('\n');
}

/** Names are long: they are there where nothing else tells subjects apart. */
function lookAlike(subjects: readonly SubjectCells[]): boolean {
  const heads = subjects.map(({ engine, strategy, accounts }) => `${engine}, ${strategy}, ${accounts}`);
  return new Set(heads).size < subjects.length;
}

function score(cells: readonly CrashCell[]): string {
  return cells.length === 0 ? '-' : `${recoveredOf(cells)}/${cells.length}`;
}

function longestRefusal({ cells }: SubjectCells): string {
  const longest = largest(cells, ({ unavailableMillis }) => unavailableMillis);
  return longest > 0 ? duration(longest) : 'never';
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((text, at) => Math.max(text.length, widest[at] ?? 0)),
    [],
  );
  return rows.map((row) =>
    row
      .map((text, at) => (at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function verdict({ cells, millis }: CrashReport, failed: number): string {
  const tried = `${cells.length} disturbed ${cells.length === 1 ? 'rotation' : 'rotations'}`;
  return failed === 0
    ? `${tried}, all recovered, in ${duration(millis)}.`
    : `${tried}, ${failed} did not recover, in ${duration(millis)}.`;
}
