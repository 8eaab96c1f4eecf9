import type { Filter } from 'ldapts';
import { InvalidSecretError, StepFailedError } from '../../../rotation/errors.js';
import { accountName, dnsNameOf } from './account-name.js';
import type { DirectoryConnection } from './connection.js';

/** The domain that a connection leads to, and where in it users are. */
export interface Domain {
  /** The name to log in with. A plain one is completed to a user principal name. */
  loginName(username: string): Promise<string>;
  /** @throws InvalidSecretError for a user who is not there, or is of another domain */
  dnOf(username: string): Promise<string>;
}

export function domainOf({ ldapts, server, ask }: DirectoryConnection): Domain {
  const { AndFilter, EqualityFilter, OrFilter } = ldapts;
  let contexts: Promise<NamingContexts> | undefined;

  /** Of the root, which can be read without a login. */
  function namingContexts(): Promise<NamingContexts> {
    contexts ??= read();
    return contexts;
  }

  async function read(): Promise<NamingContexts> {
    const attributes = ['defaultNamingContext', 'configurationNamingContext'];
    const { searchEntries } = await ask('read the root', (client) => client.search('', { scope: 'base', attributes }));
    const [root] = searchEntries;
    const [domain, configuration] = attributes.map((attribute) => root?.[attribute]);
    if (typeof domain === 'string' && typeof configuration === 'string') return { domain, configuration };
    throw new StepFailedError(
      `The server at ${server} does not say which domain it holds (defaultNamingContext): it is no domain controller of Active Directory. For other directories take engine ldap.`,
    );
  }

  /** Values go into filters as they are, never as text. */
  async function dnsWhere(base: string, filter: Filter): Promise<string[]> {
    const { searchEntries } = await ask('look for a user', (client) =>
      client.search(base, { scope: 'sub', filter, attributes: ['1.1'], sizeLimit: 2 }),
    );
    return searchEntries.map(({ dn }) => dn);
  }

  const equals = (attribute: string, value: string) => new EqualityFilter({ attribute, value });

  async function isNameOf(netbiosName: string, { domain, configuration }: NamingContexts): Promise<boolean> {
    const filters = [equals('nETBIOSName', netbiosName), equals('nCName', domain)];
    return (await dnsWhere(`CN=Partitions,${configuration}`, new AndFilter({ filters }))).length === 1;
  }

  async function candidates(username: string, contexts: NamingContexts): Promise<string[]> {
    const { domain } = contexts;
    const name = accountName(username);
    switch (name.form) {
      case 'DN':
        return [name.dn];
      case 'plain': {
        // It logs in as a principal name, which another user may have been given: then it is two users, and none is changed.
        const upn = `${name.samAccountName}@${dnsNameOf(domain)}`;
        const filters = [equals('sAMAccountName', name.samAccountName), equals('userPrincipalName', upn)];
        return dnsWhere(domain, new OrFilter({ filters }));
      }
      case 'of a NetBIOS domain':
        // Another domain's user may have a namesake in this one.
        if (!(await isNameOf(name.domain, contexts))) return [];
        return dnsWhere(domain, equals('sAMAccountName', name.samAccountName));
      case 'UPN': {
        const explicit = await dnsWhere(domain, equals('userPrincipalName', name.upn));
        if (explicit.length > 0 || name.suffix.toLowerCase() !== dnsNameOf(domain).toLowerCase()) return explicit;
        return dnsWhere(domain, equals('sAMAccountName', name.prefix));
      }
    }
  }

  return {
    async loginName(username) {
      const name = accountName(username);
      if (name.form !== 'plain') return username;
      return `${name.samAccountName}@${dnsNameOf((await namingContexts()).domain)}`;
    },
    async dnOf(username) {
      const contexts = await namingContexts();
      const [dn, another] = await candidates(username, contexts);
      if (dn !== undefined && another === undefined) return dn;
      throw new InvalidSecretError(
        `The domain ${dnsNameOf(contexts.domain)} at ${server} has ${dn === undefined ? 'no' : 'more than one'} user "${username}" whom this login may see. Correct username in the secret.`,
        ['username is unknown'],
      );
    },
  };
}

interface NamingContexts {
  readonly domain: string;
  readonly configuration: string;
}
