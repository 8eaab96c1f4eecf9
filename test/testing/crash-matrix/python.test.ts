/** A function that is neither Keyturn's nor JavaScript goes through the same matrix. */
import { describe, expect, it } from '@jest/globals';
import { crashMatrix } from '../../../lib/testing/index.js';
import { pythonWithBoto3 } from '../../emulator/functions/python.js';
import { apiKeySubject } from './support/api-key.js';

const python = pythonWithBoto3();
const title = 'a Python function recovers when it is killed once setSecret has had its effect';

describe('a command', () => {
  if (python === undefined && !process.env.CI) {
    it.skip(`${title} (no Python with boto3 on this machine: apt-get install python3-boto3)`, () => {});
    return;
  }

  it(title, async () => {
    if (python === undefined) throw new Error('no Python with boto3: apt-get install python3-boto3');
    const command = [python, 'test/testing/crash-matrix/support/rotate.py'] as const;
    const only = ['api-key/killed-after/setSecret/exchange-2'];
    await using matrix = crashMatrix(apiKeySubject('', { function: { command } }), { only, workers: 1 });
    const cells = [];
    for await (const { id, result, attempts } of matrix.run()) cells.push({ id, result, attempts });
    expect(cells).toEqual([{ id: only[0], result: 'recovered', attempts: 2 }]);
  }, 60_000);
});
