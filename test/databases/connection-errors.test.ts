import { describe, expect, it } from '@jest/globals';
import { describeConnectionError } from '../../lib/databases/connection-errors.js';
import { LoginRejectedError } from '../../lib/rotation/errors.js';

const describeCode = (code: string, message = 'raw message') =>
  describeConnectionError(Object.assign(new Error(message), { code }), { host: 'db.example', port: 5432 }, 5_000);

describe('errors of a connection', () => {
  it.each([
    ['ENOTFOUND', 'not found'],
    ['EAI_AGAIN', 'not found'],
    ['ECONNREFUSED', 'refused'],
    ['ETIMEDOUT', 'timed out'],
    ['EHOSTUNREACH', 'timed out'],
    ['ECONNRESET', 'closed'],
    ['EPIPE', 'closed'],
  ])('%s: the host is unreachable (%s)', (code, reason) => {
    expect(describeCode(code)).toMatchObject({ name: 'HostUnreachableError', reason });
    expect(String(describeCode(code))).toMatch(new RegExp(`db\\.example.*\\(${code}\\)`));
    expect(String(describeCode(code))).not.toContain('raw message');
  });

  it.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'untrusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'untrusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'host name'],
    ['CERT_HAS_EXPIRED', 'expired'],
    ['CERT_NOT_YET_VALID', 'expired'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'protocol'],
    ['EPROTO', 'protocol'],
  ])('%s: TLS failed (%s)', (code, check) => {
    expect(describeCode(code)).toMatchObject({ name: 'TlsFailedError', check });
    expect(String(describeCode(code))).toMatch(/TLS with db\.example:5432 failed/);
  });

  it('finds the code inside of an error for several addresses, and in a cause', () => {
    const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    for (const error of [new AggregateError([refused, refused]), new Error('outer', { cause: refused })]) {
      expect(describeConnectionError(error, { host: 'db', port: 1 }, 5_000)).toMatchObject({ reason: 'refused' });
    }
  });

  it('leaves alone what is of another kind', () => {
    const rejected = new LoginRejectedError('refused');
    const other = new Error('something else');
    for (const error of [rejected, other, 'text']) {
      expect(describeConnectionError(error, { host: 'db', port: 1 }, 5_000)).toBe(error);
    }
  });
});
