import { isDn } from './distinguished-name.js';

/** How a user of a domain may be called. */
export type AccountName =
  | { readonly form: 'DN'; readonly dn: string }
  /** `app@corp.example.com`, the user principal name. */
  | { readonly form: 'UPN'; readonly upn: string; readonly prefix: string; readonly suffix: string }
  /** `CORP\app` */
  | { readonly form: 'of a NetBIOS domain'; readonly domain: string; readonly samAccountName: string }
  | { readonly form: 'plain'; readonly samAccountName: string };

/** @see https://learn.microsoft.com/windows/win32/secauthn/user-name-formats */
export function accountName(username: string): AccountName {
  if (isDn(username)) return { form: 'DN', dn: username };
  const at = username.lastIndexOf('@');
  if (at >= 0) return { form: 'UPN', upn: username, prefix: username.slice(0, at), suffix: username.slice(at + 1) };
  const slash = username.indexOf('\\');
  if (slash < 0) return { form: 'plain', samAccountName: username };
  return {
    form: 'of a NetBIOS domain',
    domain: username.slice(0, slash),
    samAccountName: username.slice(slash + 1),
  };
}

/** `corp.example.com` for `DC=corp,DC=example,DC=com`. */
export function dnsNameOf(namingContext: string): string {
  return Array.from(namingContext.matchAll(/(?:^|,)DC=([^,]+)/gi), ([, label]) => label).join('.');
}
