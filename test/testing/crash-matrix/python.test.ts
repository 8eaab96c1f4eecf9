/** A function that is neither Keyturn's nor JavaScript goes through the same matrix. */
import { expect, it } from '@jest/globals';
import { crashMatrix } from '../../../lib/testing/index.js';
import { pythonWithBoto3 } from '../../emulator/functions/python.js';
import { apiKeySubject } from './support/api-key.js';

const python = pythonWithBoto3();

(python === undefined ? it.skip : it)(
  'a Python function recovers wherever it is killed in setSecret',
  async () => {
    const command = [python ?? '', 'test/testing/crash-matrix/support/rotate.py'] as const;
    await using matrix = crashMatrix(apiKeySubject('', { function: { command } }), {
      only: [
        'api-key/killed-before/setSecret/exchange-2',
        'api-key/killed-after/setSecret/exchange-2',
        'api-key/answer-lost/setSecret/exchange-2',
      ],
    });
    const results: Record<string, string> = {};
    for await (const { fault, result } of matrix.run()) results[fault] = result;
    expect(results).toEqual({ 'killed-before': 'recovered', 'killed-after': 'recovered', 'answer-lost': 'recovered' });
  },
  60_000,
);
