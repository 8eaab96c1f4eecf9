/** Domains of a kind that Samba does not let come about. How names lead to users is in active-directory.test.ts. */
import { expect, it } from '@jest/globals';
import * as ldapts from 'ldapts';
import type { DirectoryConnection } from '../../../../lib/databases/engines/ldap/connection.js';
import { domainOf } from '../../../../lib/databases/engines/ldap/domain.js';

const root = {
  defaultNamingContext: 'DC=corp,DC=example',
  configurationNamingContext: 'CN=Configuration,DC=corp,DC=example',
};

/** A server that finds these users, whatever it is asked for. */
function connection(root: object, dns: readonly string[]) {
  const filters: string[] = [];
  const search = async (base: string, { filter }: { filter?: ldapts.Filter } = {}) => {
    if (filter) filters.push(String(filter));
    return { searchEntries: base === '' ? [root] : dns.map((dn) => ({ dn })) };
  };
  const ask = (_doing: string, request: (client: object) => unknown) => request({ search });
  return { filters, server: { ldapts, server: 'dc:636', ask } as unknown as DirectoryConnection };
}

it('a plain name that is the principal name of another user, as whom it would log in, leads to nobody', async () => {
  const { server, filters } = connection(root, ['CN=app', 'CN=other']);
  await expect(domainOf(server).dnOf('app')).rejects.toMatchObject({
    name: 'InvalidSecretError',
    message: expect.stringMatching(/more than one user "app"/),
  });
  expect(filters).toEqual(['(|(sAMAccountName=app)(userPrincipalName=app@corp.example))']);
});

it('a name goes into a filter as it is', async () => {
  const { server, filters } = connection(root, ['CN=app']);
  expect(await domainOf(server).dnOf('*)(cn=a@elsewhere')).toBe('CN=app');
  expect(filters).toEqual(['(userPrincipalName=\\2a\\29\\28cn=a@elsewhere)']);
});

it('a server without a domain is none of Active Directory', async () => {
  const { server } = connection({ defaultNamingContext: [], configurationNamingContext: [] }, []);
  await expect(domainOf(server).loginName('app')).rejects.toMatchObject({
    name: 'StepFailedError',
    message: expect.stringMatching(/take engine ldap/),
  });
});
