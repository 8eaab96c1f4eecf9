import { describe, expect, it } from '@jest/globals';
import { accountName, dnsNameOf } from '../../../../lib/databases/engines/ldap/account-name.js';
import { escapeValue, isDn } from '../../../../lib/databases/engines/ldap/distinguished-name.js';

describe('a value of a DN', () => {
  // The examples of RFC 4514, section 4, among them.
  it.each([
    ['James "Jim" Smith, III', 'James \\"Jim\\" Smith\\, III'],
    ['Before\rAfter', 'Before\rAfter'],
    ['#hash first, # later', '\\#hash first\\, # later'],
    [' spaces ', '\\ spaces\\20'],
    [' ', '\\20'],
    ['a+b;c<d>e=f\\g', 'a\\+b\\;c\\<d\\>e\\=f\\\\g'],
    ['nul\0', 'nul\\00'],
    ['Lučić', 'Lučić'],
    ['*)(uid=*', '*)(uid\\=*'],
  ])('of %j is escaped', (text, escaped) => {
    expect(escapeValue(text)).toBe(escaped);
  });
});

it.each([
  ['uid=app,ou=people,dc=example,dc=com', true],
  ['CN=App', true],
  ['0.9.2342.19200300.100.1.1 = app', true],
  ['app', false],
  ['=app', false],
  ['1=app', false],
  ['a b=c', false],
  ["semi;' OR 1=1", false],
])('%j is a DN: %j', (name, dn) => {
  expect(isDn(name)).toBe(dn);
});

describe('a user of a domain', () => {
  it.each([
    ['app', { form: 'plain', samAccountName: 'app' }],
    ['app@corp.example.com', { form: 'UPN', upn: 'app@corp.example.com', prefix: 'app', suffix: 'corp.example.com' }],
    ['a@b@corp', { form: 'UPN', upn: 'a@b@corp', prefix: 'a@b', suffix: 'corp' }],
    ['CORP\\app', { form: 'of a NetBIOS domain', domain: 'CORP', samAccountName: 'app' }],
    ['CN=App,DC=corp', { form: 'DN', dn: 'CN=App,DC=corp' }],
  ])('may be called %s', (name, parts) => {
    expect(accountName(name)).toEqual(parts);
  });

  it('is of the domain that the naming context says', () => {
    expect(dnsNameOf('DC=corp,DC=example,DC=test')).toBe('corp.example.test');
    expect(dnsNameOf('dc=a')).toBe('a');
    expect(dnsNameOf('OU=x,DC=a,DC=b')).toBe('a.b');
  });
});
