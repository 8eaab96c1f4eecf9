/** Rotations that nothing disturbs, of a real function. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { callName } from '../../../lib/testing/crash-matrix/points.js';
import { rehearse, rehearseWarm } from '../../../lib/testing/crash-matrix/rehearsal.js';
import { openStage } from '../../../lib/testing/crash-matrix/stage.js';
import { type CrashSubject, UnsoundSubjectError } from '../../../lib/testing/index.js';
import { apiKeySubject, bundled, openApiService } from './support/api-key.js';

let planted: string;
beforeAll(async () => {
  planted = await bundled('test/testing/crash-matrix/support/planted.ts');
});

const withMistake = (mistake: string, rest: Partial<CrashSubject> = {}) =>
  apiKeySubject('', { function: { bundle: planted, environment: { MISTAKE: mistake } }, ...rest });

describe('a rehearsal', () => {
  it('records each call from a fresh start, and what the target looks like then and later', async () => {
    let rotations = 0;
    const subject = withMistake('none', {
      rotationsBefore: 1,
      async open() {
        const place = await openApiService();
        return {
          ...place,
          snapshot: async () => {
            rotations += 1;
            return [`looked ${rotations}`];
          },
        };
      },
    });
    await using stage = await openStage(subject);
    const { calls, snapshot, laterSnapshot } = await rehearse(subject, stage);
    expect(calls.map((call) => `${call.step} ${callName(call)}`)).toEqual([
      'createSecret delivery',
      'createSecret DescribeSecret',
      'createSecret GetSecretValue',
      'createSecret PutSecretValue',
      'setSecret delivery',
      'setSecret GetSecretValue',
      'setSecret GetSecretValue-2',
      'setSecret exchange',
      'setSecret exchange-2',
      'testSecret delivery',
      'testSecret GetSecretValue',
      'testSecret exchange',
      'finishSecret delivery',
      'finishSecret GetSecretValue',
      'finishSecret DescribeSecret',
      'finishSecret UpdateSecretVersionStage',
    ]);
    expect({ snapshot, laterSnapshot }).toEqual({ snapshot: ['looked 1'], laterSnapshot: ['looked 2'] });
    expect(await rehearseWarm(subject, stage)).toEqual(calls);
    // Nothing stands in the way of whoever comes next.
    expect(stage.onExchange).toBeUndefined();
  }, 30_000);

  it('of a function that fails says where and why, without the secrets that it tells', async () => {
    const subject = withMistake('always throws the key');
    await using stage = await openStage(subject);
    await expect(rehearse(subject, stage)).rejects.toThrow(
      new UnsoundSubjectError(
        'api key: a rotation that nothing disturbs ended as Failed in setSecret: refused: [secret]',
      ),
    );
  });

  it('of a place in which AWSCURRENT does not log in afterwards is unsound', async () => {
    const first = new Set<string>();
    const subject = withMistake('none', {
      async open() {
        const place = await openApiService();
        return {
          ...place,
          async login(value) {
            if (first.size === 0) first.add(value);
            return first.has(value);
          },
        };
      },
    });
    await using stage = await openStage(subject);
    await expect(rehearse(subject, stage)).rejects.toThrow(
      new UnsoundSubjectError('api key: AWSCURRENT does not log in after a rotation that succeeded'),
    );
  });
});
