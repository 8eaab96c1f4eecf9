/** Places that cannot do what they are asked: a cell fails for it, and the others run. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CrashCell,
  type CrashMatrix,
  CrashMatrixError,
  type CrashPlace,
  CrashPlaceError,
  type CrashSubject,
  crashMatrix,
  UnsoundSubjectError,
} from '../../../lib/testing/index.js';
import { apiKeySubject, bundled, openApiService } from './support/api-key.js';

let bundle: string;
beforeAll(async () => {
  bundle = await bundled('lambda/api-key.ts');
});

type Change = (place: CrashPlace) => Partial<CrashPlace>;

/** @param change What each place does otherwise. */
function subjectWith(change: Change): CrashSubject {
  return apiKeySubject(bundle, {
    async open() {
      const place = await openApiService();
      return { ...place, ...change(place) };
    },
  });
}

/** Fails from one call on, so many times. */
function failing(from: number, times: number, why: () => string) {
  let calls = 0;
  return () => {
    calls += 1;
    if (calls >= from && calls < from + times) throw new Error(why());
  };
}

/** The cells that ran, and why no more did. */
async function ran(matrix: CrashMatrix): Promise<{ cells: CrashCell[]; error: unknown }> {
  const cells: CrashCell[] = [];
  try {
    for await (const cell of matrix.run()) cells.push(cell);
  } catch (error) {
    return { cells, error };
  }
  return { cells, error: undefined };
}

const verdicts = (cells: readonly CrashCell[]) =>
  cells.map(({ result, findings }) => [result, ...findings.map(({ invariant, text }) => `${invariant}: ${text}`)]);

const one = { workers: 1, faults: ['step-delivered-twice'] } as const;

describe('a place that fails', () => {
  it('once, makes that cell fail, says what was asked of it and nothing secret; the others run', async () => {
    let latest = '';
    const subject = subjectWith((place) => {
      // The first two are those of the rehearsal.
      const check = failing(3, 1, () => `no list with ${latest}`);
      return {
        async login(value) {
          latest = JSON.parse(value).key;
          return place.login(value);
        },
        async snapshot() {
          check();
          return (await place.snapshot?.()) ?? [];
        },
      };
    });
    await using matrix = crashMatrix(subject, one);
    const { cells, error } = await ran(matrix);
    expect(error).toBeUndefined();
    expect(verdicts(cells)).toEqual([
      ['failed', 'error: snapshot of the place failed: no list with [secret]'],
      ['recovered'],
      ['recovered'],
      ['recovered'],
    ]);
    expect(cells[0]?.story.join('\n')).toMatch(/delivered twice in a row\.\nThe rotation succeeded\./);
  });

  it('when it is restarted, makes that cell fail', async () => {
    const check = failing(1, 1, () => 'no such server');
    const subject = subjectWith(() => ({ restart: async () => check() }));
    const only = ['createSecret', 'setSecret'].map((step) => `api-key/target-restarted/${step}/delivery`);
    await using matrix = crashMatrix(subject, { workers: 1, only });
    const { cells, error } = await ran(matrix);
    expect(error).toBeUndefined();
    expect(verdicts(cells)).toEqual([['failed', 'error: restart of the place failed: no such server'], ['recovered']]);
  });

  it('to start afresh for good, ends the run after what could be run, and says why', async () => {
    const subject = subjectWith((place) => {
      // Two fresh starts for the rehearsals, and one for the first cell.
      const check = failing(4, Number.POSITIVE_INFINITY, () => 'gone, with superuser-secret');
      return {
        async reset(stage) {
          await stage.createSecret('superuser', JSON.stringify({ password: 'superuser-secret' }));
          check();
          return place.reset(stage);
        },
      };
    });
    await using matrix = crashMatrix(subject, one);
    const { cells, error } = await ran(matrix);
    expect(verdicts(cells)).toEqual([
      ['recovered'],
      ['failed', 'error: reset of the place failed: gone, with [secret]'],
    ]);
    expect(error).toBeInstanceOf(CrashPlaceError);
    expect(error).toHaveProperty(
      'message',
      'api key has no place left to run in: reset of the place failed: gone, with [secret]',
    );
  });

  it('to start afresh for good, fails the case in which it was lost and all after it', async () => {
    const subject = subjectWith((place) => {
      const check = failing(3, Number.POSITIVE_INFINITY, () => 'gone');
      return {
        async reset(stage) {
          check();
          return place.reset(stage);
        },
      };
    });
    await using matrix = crashMatrix(subject, { workers: 1, sample: 1 });
    const [first, second] = matrix.cases;
    await expect(first?.run()).rejects.toBeInstanceOf(CrashMatrixError);
    await expect(second?.run()).rejects.toBeInstanceOf(CrashPlaceError);
  });

  it('to open a second time, ends the run after what ran in the first', async () => {
    let opened = 0;
    const subject = apiKeySubject(bundle, {
      open() {
        opened += 1;
        return opened === 1 ? openApiService() : Promise.reject(new Error('no more ports'));
      },
    });
    await using matrix = crashMatrix(subject, { ...one, workers: 2 });
    const { cells, error } = await ran(matrix);
    expect(verdicts(cells)).toEqual([['recovered']]);
    expect(error).toHaveProperty(
      'message',
      expect.stringMatching(/setSecret\/delivery could not be begun: no more po/),
    );
  });

  it('before anything is disturbed, is an unsound subject', async () => {
    const subject = subjectWith((place) => ({
      reset: async (stage) => JSON.stringify({ ...JSON.parse(await place.reset(stage)), key: 'some other key' }),
    }));
    await using refused = crashMatrix(subject, one);
    await expect(refused.plan()).rejects.toThrow(new UnsoundSubjectError('api key: the first value does not log in'));
    await using failed = crashMatrix(
      subjectWith(() => ({ snapshot: () => Promise.reject(new Error('not allowed')) })),
      one,
    );
    await expect(failed.plan()).rejects.toThrow(
      new UnsoundSubjectError('api key: snapshot of the place failed: not allowed'),
    );
  });
});
