/** The report for people: what each rotation was, a table with a column for each, and what was not as expected. */
import type { RotationStep } from '../lib/emulator/index.js';
import type { DemoReport, Problem, RotationReport } from './report.js';

const STEPS: readonly RotationStep[] = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];

/** Label of a row, and what it says of a rotation. */
type Row = readonly [label: string, cell: (rotation: RotationReport) => string];

const ROWS: readonly Row[] = [
  ['', ({ id }) => `(${id})`],
  ...STEPS.map((name): Row => [`${name}: ms, calls`, (rotation) => stepCell(rotation, name)]),
  ['all steps: ms', ({ steps }) => String(steps.reduce((sum, { millis }) => sum + millis, 0))],
  [
    'Secrets Manager calls',
    ({ secretsManagerCalls, expected }) => `${secretsManagerCalls} (≤ ${expected.maxSecretsManagerCalls})`,
  ],
  ['STS calls', ({ stsCalls }) => String(stsCalls)],
  ['rotation', ({ status }) => status.toLowerCase()],
  ['old credential', ({ oldRefused }) => (oldRefused === null ? 'none' : oldRefused ? 'refused' : 'accepted')],
  ['new credential', ({ newAccepted }) => (newAccepted ? 'accepted' : 'refused')],
  ["consumer's attempts", ({ consumer }) => String(consumer.attempts)],
  ["consumer's failures", ({ consumer }) => String(consumer.failures)],
  ['failing for: ms', ({ consumer }) => String(consumer.failingMillis)],
  ['as expected', ({ ok }) => (ok ? 'yes' : 'NO')],
];

export function renderReport(report: DemoReport): string {
  const { rotations, problems } = report;
  return [
    '',
    ...rotations.map(legend),
    '',
    ...table(rotations),
    '',
    ...notes(report),
    ...problems.flatMap(describe),
    '',
    verdict(report),
    '',
  ].join('\n');
}

function legend({ id, name, accounts, message }: RotationReport): string {
  const where =
    accounts.function === accounts.secret
      ? `account ${accounts.secret}`
      : `function in ${accounts.function}, secret in ${accounts.secret}`;
  return `${`(${id})`.padEnd(5)}${name}; ${where}${message === undefined ? '' : `\n     ${message}`}`;
}

function table(rotations: readonly RotationReport[]): string[] {
  const rows = ROWS.map(([label, cell]) => [label, ...rotations.map(cell)]);
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, at) => Math.max(cell.length, widest[at] ?? 0)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function stepCell({ steps }: RotationReport, name: RotationStep): string {
  const step = steps.find((each) => each.step === name);
  return step === undefined ? '-' : `${step.millis}, ${step.calls + step.stsCalls}`;
}

function notes({ bundles, leaks, node }: DemoReport): string[] {
  const sizes = Object.entries(bundles).map(([name, bytes]) => `${name} ${Math.round(bytes / 1000)} kB`);
  const { secretValues, rotationTokens, sessionCredentials } = leaks.searchedFor;
  return [
    'Between setSecret and finishSecret a single user (and the API key) has its new credential while AWSCURRENT still is the old one:',
    'the failures above. Alternating users have no such gap, and the first rotation makes the second user, so there is no old credential.',
    `Leaks: ${leaks.found.length}; searched for ${secretValues} secret values, ${rotationTokens} RotationTokens and ${sessionCredentials} session ` +
      `credentials in ${leaks.searchedIn.length} logs, records and outputs.`,
    `Functions ran on Node ${node}; bundles with the AWS SDK: ${sizes.join(', ')}.`,
  ];
}

function describe({ where, expected, found, lookAt }: Problem): string[] {
  return ['', `NOT AS EXPECTED (${where})`, `  expected: ${expected}`, `  found:    ${found}`, `  look at:  ${lookAt}`];
}

function verdict({ ok, problems, durationMillis }: DemoReport): string {
  const seconds = (durationMillis / 1000).toFixed(1);
  return ok ? `Everything as expected, in ${seconds} s.` : `${problems.length} not as expected, in ${seconds} s.`;
}
