/** The matrix is tested by rotation functions that have one mistake each, and by ones that have none. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type CrashCell, type CrashMatrixOptions, type CrashSubject, crashMatrix } from '../../../lib/testing/index.js';
import { apiKeySubject, bundled } from './support/api-key.js';

let planted: string;
beforeAll(async () => {
  planted = await bundled('test/testing/crash-matrix/support/planted.ts');
});

async function cellsOf(subject: CrashSubject, options: CrashMatrixOptions): Promise<CrashCell[]> {
  await using matrix = crashMatrix(subject, options);
  const cells: CrashCell[] = [];
  for await (const cell of matrix.run()) cells.push(cell);
  return cells;
}

const withMistake = (mistake: string): CrashSubject =>
  apiKeySubject(planted, { function: { bundle: planted, environment: { MISTAKE: mistake } } });

async function findingsOf(subject: CrashSubject, id: string): Promise<string[]> {
  const cells = await cellsOf(subject, { only: [id], workers: 1 });
  expect(cells.map((cell) => cell.id)).toEqual([id]);
  return cells.flatMap(({ findings }) => findings.map(({ invariant, text }) => `${invariant} ${text}`));
}

describe('the invariants', () => {
  const afterSet = 'api-key/killed-after/setSecret/exchange-2';

  it('hold for the same function without a mistake', async () => {
    expect(await findingsOf(withMistake('none'), afterSet)).toEqual([]);
  });

  it('I1: a set that is not idempotent never gets over its second run', async () => {
    const found = await findingsOf(withMistake('set is not idempotent'), 'api-key/killed-after/setSecret/exchange');
    expect(found).toContainEqual(expect.stringMatching(/^I1 no success within 5 attempts.*setSecret: refused/));
    expect(found).toContainEqual('I1 AWSCURRENT is refused');
  });

  it('I2: a promise of no gap is broken by whoever has one', async () => {
    const subject = { ...withMistake('none'), availability: 'always', previous: 'is refused' } as const;
    const found = await findingsOf(subject, 'api-key/killed-before/testSecret/exchange');
    expect(found).toEqual([
      expect.stringMatching(/^I2 consumers were refused \d+ times in the disturbed rotation, for \d+ ms$/),
      expect.stringMatching(/^I2 consumers were refused \d+ times in the next rotation, for \d+ ms$/),
    ]);
  });

  it('I3: what is done after the label has moved is not done by whoever dies there', async () => {
    const id = 'api-key/killed-after/finishSecret/UpdateSecretVersionStage';
    const found = await findingsOf(withMistake('cleans up after the label'), id);
    expect(found).toContainEqual('I3 the value of AWSPREVIOUS still logs in');
    expect(found).toContainEqual('I3 there is, and was not to be: 2 keys');
  });

  it('I3: a second run that leaves a second key behind', async () => {
    expect(await findingsOf(withMistake('leaves a second key'), afterSet)).toContain(
      'I3 there is, and was not to be: 2 keys',
    );
  });

  it('I5: a second run that leaves something in the way of the next rotation', async () => {
    expect(await findingsOf(withMistake('leaves a label'), afterSet)).toEqual([
      'I5 the next rotation failed: createSecret: half a rotation',
    ]);
  });

  it('I4: the new key or the RotationToken in the output is found, and not repeated', async () => {
    expect(await findingsOf(withMistake('logs the key'), afterSet)).toEqual([
      "I4 a secret value in the function's output",
    ]);
    expect(await findingsOf(withMistake('logs the token'), afterSet)).toEqual([
      "I4 a RotationToken in the function's output",
    ]);
  });

  it("I4: the new key in an error's text, and in the target's log", async () => {
    expect((await findingsOf(withMistake('throws the key once'), afterSet)).sort()).toEqual([
      "I4 a secret value in the function's errors",
      "I4 a secret value in the function's output",
    ]);
    expect(await findingsOf(withMistake('puts the key into the address'), afterSet)).toEqual([
      "I4 a secret value in the target's log",
    ]);
  });

  it('I3: a second run that loses a privilege', async () => {
    expect(await findingsOf(withMistake('loses a privilege'), afterSet)).toEqual([
      'I3 there is no longer: scope write',
    ]);
  });
});

describe('a function that is cut off when the labels have moved', () => {
  const id = 'api-key/killed-after/finishSecret/UpdateSecretVersionStage';

  it('recovers whether Secrets Manager takes that for a success or tries again', async () => {
    const [cell] = await cellsOf(withMistake('none'), { only: [id], workers: 1 });
    expect(cell).toMatchObject({ result: 'recovered', attempts: 2 });
    expect(cell?.story.filter((sentence) => sentence.startsWith('A later rotation: Succeeded'))).toHaveLength(2);
    expect(cell?.story).toContain('The same where Secrets Manager does not take that for a success:');
  });

  it('is found out when it can only finish once', async () => {
    expect(await findingsOf(withMistake('finishes once'), id)).toEqual([
      'I1 an attempt after the labels moved failed: finishSecret: it was to be moved',
    ]);
  });
});

describe('a subject that cannot rotate undisturbed', () => {
  it('is told so before any cell', async () => {
    await expect(cellsOf(withMistake('never works'), { workers: 1 })).rejects.toThrow(/ended as Failed in setSecret/);
  });
});

describe('a cell', () => {
  it('kills the real process, and tells its story without secrets', async () => {
    const [cell] = await cellsOf(withMistake('none'), {
      only: ['api-key/killed-after/createSecret/PutSecretValue'],
      workers: 1,
      replay: (id) => `replay ${id}`,
    });
    expect(cell).toMatchObject({
      result: 'recovered',
      attempts: 2,
      replay: 'replay api-key/killed-after/createSecret/PutSecretValue',
      point: { step: 'createSecret', kind: 'secretsmanager', name: 'PutSecretValue', when: 'after' },
    });
    expect(cell?.story.join('\n')).toMatch(/killed with SIGKILL.*signal: SIGKILL.*same token.*succeeded/s);
  });
});

describe('cases', () => {
  it('are known before anything runs, and run each by itself', async () => {
    await using matrix = crashMatrix(withMistake('none'), { sample: 1 });
    expect(matrix.cases).toHaveLength(14);
    const twice = matrix.cases.find(({ fault }) => fault === 'step-delivered-twice');
    const outcome = await twice?.run();
    expect(outcome?.cells.map(({ point }) => point.step)).toEqual([
      'createSecret',
      'setSecret',
      'testSecret',
      'finishSecret',
    ]);
  });

  it('a sample is the same for the same seed, and holds every fault and every step', async () => {
    const ids = async (seed: number) => {
      await using matrix = crashMatrix(withMistake('none'), { seed, sample: 5, workers: 1 });
      return (await matrix.plan()).map(({ id }) => id);
    };
    const [first, second] = [await ids(7), await ids(7)];
    expect(second).toEqual(first);
    expect(new Set(first.map((id) => id.split('/')[1])).size).toBe(13);
    expect(new Set(first.map((id) => id.split('/')[2])).size).toBe(4);
  });
});

describe("the README's rotator of API keys", () => {
  it('recovers at a sample of its points', async () => {
    const cells = await cellsOf(apiKeySubject(await bundled('lambda/api-key.ts')), { sample: 14, seed: 5 });
    expect(cells.length).toBeGreaterThanOrEqual(14);
    expect(cells.filter(({ result }) => result === 'failed')).toEqual([]);
  }, 120_000);
});
