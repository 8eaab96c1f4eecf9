import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { replaceMembers } from '../../lib/rotation/json-members.js';

const replace = (text: string, changes: Record<string, unknown>) =>
  replaceMembers(text, new Map(Object.entries(changes).map(([key, value]) => [key, JSON.stringify(value)])));

describe('replaceMembers', () => {
  it('leaves every other byte alone', () => {
    const text =
      '{ "big": 12345678901234567890,\n\t"ten": 1.0e1, "password" : "old" , "2":1,"1":2,\n"nested":{"password":"deep, \\" }"} }\n';
    expect(replace(text, { password: 'new' })).toBe(text.replace('"old"', '"new"'));
  });

  it.each([
    ['{}', '{"a":1}'],
    [' { } ', ' {"a":1} '],
    ['{"b":2}', '{"b":2,"a":1}'],
    ['{"b": 2 }', '{"b": 2,"a":1 }'],
    ['{"a":true}', '{"a":1}'],
    ['{"a":[{"a":2}],"b":-1.5e3}', '{"a":1,"b":-1.5e3}'],
    ['{"a":2,"a":3}', '{"a":1,"a":1}'],
    ['{"\\u0061":2}', '{"\\u0061":1}'],
  ])('%s becomes %s', (text, expected) => {
    const result = replace(text, { a: 1 });
    expect(result).toBe(expected);
    expect(JSON.parse(result).a).toBe(1);
  });

  it('means the same as spreading the changes over the object, for any JSON', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
    fc.assert(
      fc.property(object, object, fc.constantFrom(undefined, 2, '\t'), (current, changes, indent) => {
        const result = replace(JSON.stringify(current, undefined, indent), changes);
        // Through JSON on both sides, since -0 has no JSON form.
        const expected = JSON.parse(JSON.stringify({ ...current, ...changes }));
        expect(JSON.parse(result)).toEqual(expected);
        const kept = Object.keys(JSON.parse(JSON.stringify(current)));
        expect(Object.keys(JSON.parse(result)).slice(0, kept.length)).toEqual(
          Object.keys(JSON.parse(JSON.stringify({ ...current, ...changes }))).slice(0, kept.length),
        );
      }),
      { numRuns: 1000 },
    );
  });
});
