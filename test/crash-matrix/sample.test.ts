/** A sample of the crash matrix, the same at each run. All of it: `npm run crash-matrix`. */
import { expect, it } from '@jest/globals';
import { fixtures } from '../../crash-matrix/fixtures/index.js';
import { runMatrix } from '../../crash-matrix/run.js';
import { crashFaults } from '../../lib/testing/crash-matrix/faults.js';
import { redisIsMissing } from '../support/redis-binaries.js';

// Among them cloning and a second password, one account and two, a server that forks and one that does not. The rotator of API keys has a sample of its own (test/testing/crash-matrix).
const subjects = [
  'postgres-alternating-users-two-accounts',
  ...(redisIsMissing === undefined ? ['redis-dual-password'] : []),
];
const sample = crashFaults.length;

it('a sample of the crash matrix recovers, with every fault and every step of each subject', async () => {
  const options = { subjects, faults: [], sample, seed: 1, workers: 3 };
  const witness = { planned: () => {}, done: () => {} };
  const { cells } = await runMatrix(fixtures, options, witness, new AbortController().signal);

  const failed = cells.filter(({ result }) => result === 'failed');
  expect(failed.map(({ id, findings, story, replay }) => ({ id, findings, story, replay }))).toEqual([]);
  for (const name of subjects) {
    const own = cells.filter(({ subject }) => subject === name);
    expect(new Set(own.map(({ fault }) => fault)).size).toBe(crashFaults.length);
    expect(new Set(own.map(({ point }) => point.step)).size).toBe(4);
    expect(own.length).toBeGreaterThanOrEqual(sample);
  }
  expect(cells.filter(({ unavailableMillis }) => unavailableMillis > 0)).toEqual([]);
}, 120_000);
