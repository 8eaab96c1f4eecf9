import { describe, expect, it } from '@jest/globals';
import { writeJson } from '../../../lib/emulator/wire/json.js';

describe('JSON as the service writes it', () => {
  it('F5: has its keys in order, at every depth, and none for what is absent', () => {
    expect(writeJson({ Name: 'a', ARN: 'b', Nothing: undefined, Rules: { b: [{ z: 1, y: true }], a: '"' } })).toBe(
      '{"ARN":"b","Name":"a","Rules":{"a":"\\"","b":[{"y":true,"z":1}]}}',
    );
  });

  it.each([
    [1790456633433, '1.790456633433E9'],
    [1790456674950, '1.79045667495E9'],
    [1790380800000, '1.7903808E9'],
    [2000000000000, '2.0E9'],
    [9_999_999_500, '9999999.5'],
    [0, '0.0'],
  ])('F5: writes the moment %d as %s', (millis, text) => {
    expect(writeJson(new Date(millis))).toBe(text);
  });
});
