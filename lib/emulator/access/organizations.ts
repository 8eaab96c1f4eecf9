import type { AccessRequest } from './access-request.js';
import type { ConditionKeys } from './request-keys.js';

/** The organization of each account that is in one. */
export type Organizations = ReadonlyMap<string, string>;

/** Whose organization is whose: the caller's, the resource's, and that of the resource for which a service calls. */
export function organizationKeys(
  { caller, resource, keys }: Pick<AccessRequest, 'caller' | 'resource' | 'keys'>,
  organizations: Organizations,
): ConditionKeys {
  const accounts = [
    ['aws:principalorgid', caller.kind === 'service' ? undefined : caller.accountId],
    ['aws:resourceorgid', resource?.accountId],
    ['aws:sourceorgid', caller.kind === 'service' ? keys?.get('aws:sourceaccount') : undefined],
  ] as const;
  return new Map(
    accounts.flatMap(([key, account]) => {
      const organization = organizations.get(String(account));
      return organization === undefined ? [] : [[key, organization]];
    }),
  );
}
