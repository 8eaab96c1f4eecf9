import { types } from 'node:util';
import { HostUnreachableError, RotationError, TlsFailedError } from '../rotation/errors.js';

/** What was connected to, for messages. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/**
 * Turns an error of DNS, the socket or TLS into one that says what failed and what to do. What a driver has told apart already, and what is not of
 * these kinds, is returned as it is.
 */
export function describeConnectionError(error: unknown, { host, port }: Endpoint, timeoutMillis: number): unknown {
  if (!types.isNativeError(error) || error instanceof RotationError) return error;
  const server = `${host}:${port}`;
  const code = codeOf(error);
  // The code says it all; the error itself stays behind, since it may hold more than it shows.
  const because = code ? ` (${code})` : '';

  const check = TLS_CHECKS.get(code) ?? (/^(ERR_SSL_|ERR_TLS_|EPROTO)/.test(code) ? 'protocol' : undefined);
  if (check) return new TlsFailedError(check, `TLS with ${server} failed: ${TLS_PROBLEMS[check]}${because}.`);

  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_FAIL':
    case 'EAI_NODATA':
      return new HostUnreachableError(
        'not found',
        `Host ${host} was not found${because}. Correct host in the secret, or give the function a network in which the name resolves.`,
      );
    case 'ECONNREFUSED':
      return new HostUnreachableError(
        'refused',
        `${server} refused the connection${because}: the host is there, but nothing listens on the port. Correct port in the secret, or start the database.`,
      );
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
      return new HostUnreachableError(
        'timed out',
        `${server} did not answer within ${timeoutMillis / 1000} s${because}. Usually a security group or a missing route: the function's security group must be ` +
          "let in by the database's, and the function must be in a subnet that leads there.",
      );
    case 'ECONNRESET':
    case 'ECONNABORTED':
    case 'EPIPE':
    case 'ERR_STREAM_PREMATURE_CLOSE':
    case 'ERR_STREAM_DESTROYED':
      return closed(server, because);
    default:
      return /terminated|closed|ended by the other party|not queryable/i.test(error.message)
        ? closed(server, because)
        : error;
  }
}

function closed(server: string, because: string): HostUnreachableError {
  return new HostUnreachableError(
    'closed',
    `${server} closed the connection${because}. A restart, a fail-over, a proxy's limit, or not the database's port at all. The step can be run again.`,
  );
}

function codeOf(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code;
  // A name with several addresses fails with one error for each.
  const inner = 'errors' in error && Array.isArray(error.errors) ? error.errors[0] : error.cause;
  return types.isNativeError(inner) ? codeOf(inner) : '';
}

const TLS_PROBLEMS: Readonly<Record<TlsFailedError['check'], string>> = {
  'not offered': 'the server offers none',
  untrusted:
    "the server's certificate is not signed by a trusted authority. If the authority is your own, name its certificate with the option ca or caFile",
  'host name':
    "the server's certificate is for another host name. Use as host in the secret the name that the certificate carries, not an alias or an address",
  expired:
    "the server's certificate has expired or is not valid yet. Renew it (on RDS: rotate the instance's certificate)",
  protocol: 'server and client agree on no protocol; TLS 1.2 or later is demanded',
};

/** @see https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const TLS_CHECKS: ReadonlyMap<string, TlsFailedError['check']> = new Map([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'untrusted'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'untrusted'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'untrusted'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'untrusted'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'untrusted'],
  ['CERT_CHAIN_TOO_LONG', 'untrusted'],
  ['CERT_REVOKED', 'untrusted'],
  ['CERT_SIGNATURE_FAILURE', 'untrusted'],
  ['CERT_UNTRUSTED', 'untrusted'],
  ['CERT_REJECTED', 'untrusted'],
  ['INVALID_CA', 'untrusted'],
  ['INVALID_PURPOSE', 'untrusted'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'host name'],
  ['HOSTNAME_MISMATCH', 'host name'],
  ['CERT_HAS_EXPIRED', 'expired'],
  ['CERT_NOT_YET_VALID', 'expired'],
]);
