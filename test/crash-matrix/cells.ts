import type { CrashCell, CrashReport } from '../../lib/testing/index.js';

/** A cell that recovered, unless told otherwise. */
export function cell(different: Partial<CrashCell> = {}): CrashCell {
  return {
    id: 'db/killed-after/setSecret/exchange-2',
    subject: 'db',
    engine: 'postgres',
    strategy: 'single user',
    accounts: 'one',
    fault: 'killed-after',
    point: { index: 7, step: 'setSecret', kind: 'target', name: 'exchange', occurrence: 2, when: 'after' },
    result: 'recovered',
    attempts: 2,
    millis: 900,
    unavailableMillis: 0,
    findings: [],
    story: ['RotateSecret was called.', 'The function was killed.', 'The second attempt succeeded.'],
    replay: 'npm run crash-matrix -- --only db/killed-after/setSecret/exchange-2',
    ...different,
  };
}

export function report(...cells: readonly CrashCell[]): CrashReport {
  return { startedAt: '2026-01-02T03:04:05.678Z', seed: 7, version: '1.2.3', node: 'v20.0.0', millis: 61_000, cells };
}
