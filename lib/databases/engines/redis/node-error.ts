import { types } from 'node:util';
import { HostUnreachableError, type RotationError, TlsFailedError } from '../../../rotation/errors.js';

/**
 * What went wrong with a node that the secret does not name, said of that node: the caller, who tells errors of sockets and of TLS apart, knows only the one that it names.
 * @param server The node, and how it was found.
 * @returns undefined for what is no error of a connection
 */
export function describeNodeError(error: unknown, server: string): RotationError | undefined {
  if (!types.isNativeError(error) || !('code' in error)) return undefined;
  const code = String(error.code);
  const check = TLS_CHECKS[code] ?? (/CERT|SIGNATURE|CA$|ISSUER/.test(code) ? 'untrusted' : undefined);
  if (check !== undefined || /^(ERR_SSL_|ERR_TLS_|EPROTO)/.test(code)) {
    return new TlsFailedError(
      check ?? 'protocol',
      `TLS with the node ${server} failed (${code}). Every node needs a certificate for the name or address by which the others announce it.`,
    );
  }
  return new HostUnreachableError(
    REASONS[code] ?? 'closed',
    `The node ${server} did not answer (${code}). Users are not replicated, so a password has to be changed at every node. Start the node again, or take it out (CLUSTER FORGET, ` +
      'or REPLICAOF NO ONE at a replica); and see to it that the function reaches the address that it announces.',
  );
}

const TLS_CHECKS: Readonly<Record<string, TlsFailedError['check']>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'host name',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'expired',
};

const REASONS: Readonly<Record<string, HostUnreachableError['reason']>> = {
  ENOTFOUND: 'not found',
  EAI_AGAIN: 'not found',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timed out',
  EHOSTUNREACH: 'timed out',
  ENETUNREACH: 'timed out',
};
