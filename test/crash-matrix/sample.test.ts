/** A sample of the whole matrix, the same at each run. All of it: `npm run crash-matrix`. */
import { describe, expect, it } from '@jest/globals';
import { fixtures } from '../../crash-matrix/fixtures/index.js';
import { runMatrix } from '../../crash-matrix/run.js';
import { crashFaults } from '../../lib/testing/crash-matrix/faults.js';

const options = { subjects: [], faults: [], sample: 15, seed: 1, workers: 3 };

describe('a sample of the crash matrix', () => {
  it('recovers, with every fault and every step of every subject', async () => {
    const witness = { planned: () => {}, done: () => {} };
    const { cells } = await runMatrix(fixtures, options, witness, new AbortController().signal);

    const failed = cells.filter(({ result }) => result === 'failed');
    expect(failed.map(({ id, findings, story, replay }) => ({ id, findings, story, replay }))).toEqual([]);
    for (const { name } of fixtures) {
      const own = cells.filter(({ subject }) => subject === name);
      expect(new Set(own.map(({ fault }) => fault))).toEqual(new Set(crashFaults.map(({ name: fault }) => fault)));
      expect(new Set(own.map(({ point }) => point.step)).size).toBe(4);
      expect(own.length).toBeGreaterThanOrEqual(options.sample);
    }
    const alternating = cells.filter(({ strategy }) => strategy === 'alternating users');
    expect(alternating.filter(({ unavailableMillis }) => unavailableMillis > 0)).toEqual([]);
  });
});
