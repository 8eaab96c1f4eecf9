/** Each invariant by itself: what it lets pass, and what it does not. */
import { describe, expect, it } from '@jest/globals';
import {
  currentWorks,
  isAvailable,
  laterRotationWorks,
  nothingCameOut,
  nothingLeftBehind,
  onlyKnownValuesLogIn,
  wasAvailable,
} from '../../../lib/testing/crash-matrix/invariants.js';

const texts = (findings: readonly { invariant: string; text: string }[]) =>
  findings.map(({ invariant, text }) => `${invariant} ${text}`);

describe('I1', () => {
  const good = {
    attempts: 2,
    succeeded: true,
    lastError: undefined,
    labels: new Map([
      ['AWSCURRENT', 'b'],
      ['AWSPENDING', 'b'],
    ]),
    login: true,
  } as const;

  it('holds', () => {
    expect(currentWorks(good)).toEqual([]);
    expect(currentWorks({ ...good, labels: new Map([['AWSCURRENT', 'b']]) })).toEqual([]);
  });

  it.each([
    [
      { succeeded: false, lastError: 'setSecret: refused' },
      'I1 no success within 2 attempts; the last one: setSecret: refused',
    ],
    [
      {
        labels: new Map([
          ['AWSCURRENT', 'b'],
          ['AWSPENDING', 'c'],
        ]),
      },
      'I1 the rotation succeeded, and AWSPENDING is on a version that is not AWSCURRENT',
    ],
    [{ login: false }, 'I1 AWSCURRENT is refused'],
    [{ login: new Error('no route') }, 'I1 AWSCURRENT could not be tried: no route'],
  ])('does not: %j', (change, text) => {
    expect(texts(currentWorks({ ...good, ...change }))).toEqual([text]);
  });
});

describe('I2', () => {
  const refused = (from: number) => ({ from, to: from + 5, again: false });
  const invocations = [
    { step: 'createSecret', from: 0, to: 10 },
    { step: 'setSecret', from: 10, to: 20, error: 'killed' },
    { step: 'setSecret', from: 100, to: 110 },
    { step: 'testSecret', from: 110, to: 120 },
    { step: 'finishSecret', from: 120, to: 125, error: 'throttled' },
    { step: 'finishSecret', from: 200, to: 210 },
  ] as const;
  const gap = {
    availability: 'except between setSecret and finishSecret',
    rotation: 'the disturbed rotation',
    invocations,
  } as const;

  it('holds for a gap from the first setSecret to the finishSecret that succeeded', () => {
    for (const from of [10, 50, 126, 209]) expect(wasAvailable({ ...gap, refused: [refused(from)] })).toEqual([]);
  });

  it.each([0, 4, 211, 1_000])('does not for a refusal outside of it, at %d', (from) => {
    expect(texts(wasAvailable({ ...gap, refused: [refused(50), refused(from)] }))).toEqual([
      'I2 consumers were refused 1 times in the disturbed rotation, outside of setSecret to finishSecret, for 5 ms',
    ]);
  });

  it('does not for any refusal where none was announced', () => {
    const always = { ...gap, availability: 'always', rotation: 'the next rotation' } as const;
    expect(texts(wasAvailable({ ...always, refused: [refused(50)] }))).toEqual([
      'I2 consumers were refused 1 times in the next rotation, for 5 ms',
    ]);
    expect(wasAvailable({ ...always, refused: [] })).toEqual([]);
  });

  it('does not when nobody gets in at the end', () => {
    expect(texts(isAvailable(false))).toEqual(['I2 consumers did not get in within 5 s after the end']);
    expect(isAvailable(true)).toEqual([]);
  });
});

describe('I3', () => {
  const versions = [
    { versionId: 'c', labels: ['AWSCURRENT', 'AWSPENDING'], value: 'third' },
    { versionId: 'b', labels: ['AWSPREVIOUS'], value: 'second' },
    { versionId: 'a', labels: [], value: 'first' },
    // What somebody else wrote meanwhile: the same value again.
    { versionId: 'd', labels: [], value: 'third' },
  ];
  const known = async (previous: 'logs in' | 'is refused', ...accepted: string[]) =>
    texts(await onlyKnownValuesLogIn({ versions, previous, login: async (value) => accepted.includes(value) }));

  it('holds when nothing but AWSCURRENT logs in, and AWSPREVIOUS where it is to', async () => {
    expect(await known('is refused', 'third')).toEqual([]);
    expect(await known('logs in', 'third', 'second')).toEqual([]);
  });

  it('does not when an old password logs in', async () => {
    expect(await known('is refused', 'third', 'second')).toEqual(['I3 the value of AWSPREVIOUS still logs in']);
    expect(await known('logs in', 'third', 'second', 'first')).toEqual(['I3 a value without labels still logs in']);
  });

  it('does not when nobody can tell', async () => {
    const login = () => Promise.reject(new Error('no route'));
    expect(texts(await onlyKnownValuesLogIn({ versions, previous: 'logs in', login }))).toEqual([
      'I3 a value without labels could not be tried: no route',
    ]);
  });

  it('does not for a user or privilege too many or too few', () => {
    const undisturbed = ['role app', 'role app_clone', 'app may SELECT'];
    expect(nothingLeftBehind({ undisturbed, now: [...undisturbed].reverse() })).toEqual([]);
    expect(texts(nothingLeftBehind({ undisturbed, now: ['role app', 'role app_clone', 'role app_clone_2'] }))).toEqual([
      'I3 there is, and was not to be: role app_clone_2',
      'I3 there is no longer: app may SELECT',
    ]);
  });

  it('does not for a line that is there twice', () => {
    expect(texts(nothingLeftBehind({ undisturbed: ['a user'], now: ['a user', 'a user'] }))).toEqual([
      'I3 there is, and was not to be: a user',
    ]);
  });
});

describe('I4', () => {
  const secrets = { 'a secret value': ['Kx7fQz2mLp9w'], 'a RotationToken': new Set(['6c1f-token']) };

  it('holds when nothing came out', () => {
    expect(nothingCameOut({ secrets, places: { log: 'Kx7fQz2mLp9 6c1f' } })).toEqual([]);
  });

  it('does not when it did, for each place and kind', () => {
    const places = { output: 'a Kx7fQz2mLp9w b', log: btoa('app:Kx7fQz2mLp9w'), record: '{"token":"6c1f-token"}' };
    expect(texts(nothingCameOut({ secrets, places }))).toEqual([
      'I4 a secret value in output',
      'I4 a secret value in log',
      'I4 a RotationToken in record',
    ]);
  });
});

describe('I5', () => {
  it('holds, and does not when the next rotation fails or nobody can log in after it', () => {
    expect(laterRotationWorks({ succeeded: true, error: undefined, login: true })).toEqual([]);
    expect(texts(laterRotationWorks({ succeeded: false, error: 'createSecret: wedged', login: true }))).toEqual([
      'I5 the next rotation failed: createSecret: wedged',
    ]);
    expect(texts(laterRotationWorks({ succeeded: true, error: undefined, login: false }))).toEqual([
      'I5 AWSCURRENT is refused after the next rotation',
    ]);
    expect(texts(laterRotationWorks({ succeeded: true, error: undefined, login: new Error('no route') }))).toEqual([
      'I5 AWSCURRENT could not be tried after the next rotation: no route',
    ]);
  });
});
