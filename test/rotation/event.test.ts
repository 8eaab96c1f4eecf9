import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidEventError } from '../../lib/rotation/errors.js';
import { parseEvent } from '../../lib/rotation/event.js';

const valid = {
  Step: 'createSecret',
  SecretId: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:app/db-a1B2c3',
  ClientRequestToken: '0a1b2c3d-0000-4000-8000-000000000001',
  RotationToken: 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
};

describe('parseEvent', () => {
  it('takes what Secrets Manager sends, and drops nothing but unknown fields', () => {
    expect(parseEvent({ ...valid, Extra: 1 })).toEqual(valid);
  });

  it('takes an event without a RotationToken', () => {
    const { RotationToken: _, ...without } = valid;
    expect(parseEvent(without)).toEqual(without);
  });

  it.each([
    ['create_secret', 'createSecret'],
    ['set_secret', 'setSecret'],
    ['test_secret', 'testSecret'],
    ['finish_secret', 'finishSecret'],
  ])('section 7: Step given as %s is taken as %s', (spelling, step) => {
    expect(parseEvent({ ...valid, Step: spelling }).Step).toBe(step);
  });

  it('takes a secret name, as some emulators send it', () => {
    expect(parseEvent({ ...valid, SecretId: 'app/db' }).SecretId).toBe('app/db');
  });

  it.each([
    ['Step', 'rotate'],
    ['Step', undefined],
    ['Step', 'toString'],
    ['SecretId', ''],
    ['SecretId', 'a'.repeat(2049)],
    ['SecretId', 'arn:aws:s3:::bucket'],
    ['SecretId', 'name with space'],
    ['SecretId', 7],
    ['ClientRequestToken', 'a'.repeat(31)],
    ['ClientRequestToken', 'a'.repeat(65)],
    ['ClientRequestToken', null],
    ['RotationToken', 'a'.repeat(35)],
    ['RotationToken', 'a'.repeat(257)],
    ['RotationToken', `${'a'.repeat(36)}!`],
    ['RotationToken', null],
  ])('refuses a bad %s and names it', (field, value) => {
    let thrown: unknown;
    try {
      parseEvent({ ...valid, [field]: value });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(InvalidEventError);
    expect(thrown).toMatchObject({ code: 'InvalidEvent', field, name: 'InvalidEventError' });
  });

  it('never prints a malformed RotationToken', () => {
    expect(() => parseEvent({ ...valid, RotationToken: 'CANARY-short' })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('CANARY') }) as unknown as Error,
    );
  });

  it('either takes or refuses with a typed error whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything(), (input) => {
        try {
          parseEvent(input);
          return false;
        } catch (error) {
          return error instanceof InvalidEventError;
        }
      }),
      { numRuns: 1000 },
    );
  });
});
