import { describe, expect, it } from '@jest/globals';
import { crashFaults } from '../../../lib/testing/crash-matrix/faults.js';
import { callName } from '../../../lib/testing/crash-matrix/points.js';
import { plan } from '../../../lib/testing/crash-matrix/rehearsal.js';
import { sampled } from '../../../lib/testing/crash-matrix/sample.js';
import type { CrashSubject } from '../../../lib/testing/index.js';

const steps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
const calls = steps.flatMap((step) => [
  { step, kind: 'step', name: 'delivery', occurrence: 1 } as const,
  { step, kind: 'sts', name: 'AssumeRole', occurrence: 1 } as const,
  { step, kind: 'secretsmanager', name: 'GetSecretValue', occurrence: 1 } as const,
  { step, kind: 'secretsmanager', name: 'GetSecretValue', occurrence: 2 } as const,
  { step, kind: 'secretsmanager', name: 'PutSecretValue', occurrence: 1 } as const,
  { step, kind: 'target', name: 'exchange', occurrence: 1 } as const,
]);
const subject: CrashSubject = {
  name: 'A Subject',
  function: { bundle: '' },
  availability: 'always',
  open: () => Promise.reject(new Error('not opened')),
};
const warm = calls.filter(({ kind }) => kind !== 'sts');
const cells = plan(subject, calls, warm, true);
const ids = (chosen: typeof cells) => chosen.map(({ id }) => id);

describe('plan', () => {
  it('has a cell for each fault at each call at which it can strike, once', () => {
    expect(new Set(ids(cells)).size).toBe(cells.length);
    const struck = (name: string) => cells.filter(({ fault }) => fault.name === name).map(({ point }) => point);
    expect(struck('killed-before')).toHaveLength(20);
    expect(struck('throttled').every(({ kind }) => kind === 'secretsmanager' || kind === 'sts')).toBe(true);
    expect(struck('stale-read').map(callName)).toEqual(steps.flatMap(() => ['GetSecretValue', 'GetSecretValue-2']));
    expect(struck('step-delivered-twice').map(({ kind }) => kind)).toEqual(steps.map(() => 'step'));
    expect(new Set(cells.map(({ fault }) => fault.name)).size).toBe(crashFaults.length);
  });

  it('is cold where only a cold function calls', () => {
    expect(cells.filter(({ cold }) => cold).every(({ point }) => point.kind === 'sts')).toBe(true);
    expect(cells.filter(({ point }) => point.kind === 'sts').every(({ cold }) => cold)).toBe(true);
  });

  it('restarts no target that cannot be restarted', () => {
    const left = plan(subject, calls, warm, false).filter(({ fault }) => fault.name === 'target-restarted');
    expect(left).toEqual([]);
  });
});

describe('sampled', () => {
  it('is the same for the same seed, in whichever order the calls were recorded', () => {
    const chosen = ids(sampled(cells, 40, 7));
    expect(ids(sampled(cells, 40, 7))).toEqual(chosen);
    expect(ids(sampled([...cells].reverse(), 40, 7)).sort()).toEqual([...chosen].sort());
  });

  it('differs by seed', () => {
    expect(ids(sampled(cells, 40, 8))).not.toEqual(ids(sampled(cells, 40, 7)));
  });

  it.each([2, 14, 30, 60])('of %d has every fault and step, each once, in order', (sample) => {
    for (const seed of [0, 1, 2, 2 ** 32 - 1]) {
      const chosen = sampled(cells, sample, seed);
      expect(new Set(chosen.map(({ fault }) => fault.name)).size).toBe(crashFaults.length);
      expect(new Set(chosen.map(({ point }) => point.step)).size).toBe(steps.length);
      expect(chosen).toEqual(cells.filter((cell) => chosen.includes(cell)));
      if (sample >= 18) expect(chosen).toHaveLength(sample);
    }
  });

  it('takes a share, and all', () => {
    expect(sampled(cells, 0.5, 1)).toHaveLength(Math.ceil(cells.length / 2));
    expect(sampled(cells, 1, 1)).toEqual(cells);
    expect(sampled(cells, 10_000, 1)).toEqual(cells);
  });
});
