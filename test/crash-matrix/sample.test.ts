/** A sample of the crash matrix, the same at each run. All of it: `npm run crash-matrix`. */
import { expect, it } from '@jest/globals';
import { fixtures } from '../../crash-matrix/fixtures/index.js';
import { runMatrix } from '../../crash-matrix/run.js';
import { crashFaults } from '../../lib/testing/crash-matrix/faults.js';

// Among them every strategy, function and secret in one account and in two, and a target that is no database.
const subjects = ['postgres-single-user', 'postgres-alternating-users-two-accounts', 'api-key'];
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
  const alternating = cells.filter(({ strategy }) => strategy?.startsWith('alternating users'));
  expect(alternating.filter(({ unavailableMillis }) => unavailableMillis > 0)).toEqual([]);
}, 120_000);
