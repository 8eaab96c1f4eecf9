/** What no server of the tests says by itself. What they do say is tested where they are. */
import { describe, expect, it } from '@jest/globals';
import {
  asAnswer,
  describeAnswer,
  describeRefusedChange,
  describeRefusedLogin,
} from '../../../../lib/databases/engines/ldap/server-error.js';

const attempt = { server: 'dc.example:636', username: 'app', doing: 'change the password of user "app"' };

const ofDomain = (data: string) =>
  `80090308: LdapErr: DSID-0C090446, comment: AcceptSecurityContext error, data ${data}, v4f7c`;

describe('a refused login', () => {
  it.each([
    [49, ofDomain('525'), 'LoginRejectedError', /no such user/],
    [49, ofDomain('52e'), 'LoginRejectedError', /wrong credentials/],
    [49, ofDomain('532'), 'LoginRejectedError', /has expired/],
    [49, ofDomain('773'), 'LoginRejectedError', /at the next login/],
    [49, ofDomain('530'), 'AccountLockedError', /at this hour/],
    [49, ofDomain('531'), 'AccountLockedError', /from here/],
    [49, ofDomain('533'), 'AccountLockedError', /disabled/],
    [49, ofDomain('701'), 'AccountLockedError', /account has expired/],
    [49, ofDomain('775'), 'AccountLockedError', /locked out/],
    [49, ofDomain('999'), 'LoginRejectedError', /wrong credentials/],
    [49, '', 'LoginRejectedError', /wrong credentials/],
    [48, '', 'LoginRejectedError', /no password/],
    [32, '', 'LoginRejectedError', /no such user/],
    [34, 'invalid DN', 'InvalidSecretError', /invalid DN.*Correct username/],
    [19, 'Exceed password retry limit. Please try later.', 'AccountLockedError', /Exceed password retry limit/],
    [53, 'Account inactivated. Contact system administrator.', 'AccountLockedError', /Account inactivated/],
    [53, 'unauthenticated bind disallowed', 'StepFailedError', /unauthenticated bind disallowed/],
    [8, '', 'InvalidSecretError', /TLS only/],
    [13, 'TLS confidentiality required', 'InvalidSecretError', /TLS only/],
    [52, 'starting', 'HostUnreachableError', /starting.*can be run again/],
  ])('with result %i %j is a matter of its own', (code, words, name, message) => {
    expect(describeRefusedLogin({ code, words }, attempt)).toMatchObject({
      name,
      message: expect.stringMatching(message),
    });
  });
});

describe('a refused change', () => {
  it.each([
    [19, '0000052D: AtrErr: DSID-03191083', 'PasswordRefusedError', /0000052D.*too short/],
    [
      53,
      '0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM)',
      'PasswordRefusedError',
      /WILL_NOT_PERFORM/,
    ],
    [19, '00000056: AtrErr: DSID-03191083', 'LoginRejectedError', /old password is not the current one/],
    [53, 'unwilling to verify old password', 'LoginRejectedError', /old password is not the current one/],
    [19, 'Failed to update password', 'PasswordRefusedError', /Failed to update password/],
    [53, 'shadow context; no update referral', 'PermissionMissingError', /Point host at the writable one/],
    [53, 'operation restricted', 'StepFailedError', /operation restricted/],
    [10, '', 'PermissionMissingError', /Point host at the writable one/],
    [50, 'User alteration of password is not allowed', 'PermissionMissingError', /alteration/],
    [51, '', 'HostUnreachableError', /busy/],
    [2, 'unsupported extended operation', 'StepFailedError', /unsupported extended operation \(LDAP result 2\)/],
  ])('with result %i %j is a matter of its own', (code, words, name, message) => {
    expect(describeRefusedChange({ code, words }, attempt)).toMatchObject({
      name,
      message: expect.stringMatching(message),
    });
  });
});

describe('an answer', () => {
  it('is what ldapts makes of a result, without the NUL of Active Directory', () => {
    const error = Object.assign(new Error('00002030: NameErr\n\0 Code: 0x20'), { code: 32 });
    expect(asAnswer(error)).toEqual({ code: 32, words: '00002030: NameErr' });
    expect(describeAnswer({ code: 32, words: '' }, attempt).name).toBe('InvalidSecretError');
  });

  it('is no error of the socket', () => {
    expect(asAnswer(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))).toBeUndefined();
    expect(asAnswer('no error')).toBeUndefined();
  });
});
