import { Fault } from '../fault.js';

export interface CredentialScope {
  readonly accessKeyId: string;
  readonly region: string;
}

const form =
  /^AWS4-HMAC-SHA256\s+(?:.*,\s*)?Credential=([^/\s,]+)\/\d{8}\/([a-z0-9-]+)\/[a-z0-9-]+\/aws4_request(?:,|\s|$)/;

/**
 * The access key and Region that a request was signed with.
 * @throws Fault MissingAuthenticationTokenException, IncompleteSignatureException
 */
export function credentialScope(authorization: string | undefined): CredentialScope {
  if (authorization === undefined) {
    throw new Fault('MissingAuthenticationTokenException', 'Missing Authentication Token');
  }
  const [, accessKeyId, region] = form.exec(authorization) ?? [];
  if (accessKeyId === undefined || region === undefined) {
    // Without the header itself, which AWS quotes: it may be another system's password.
    throw new Fault('IncompleteSignatureException', 'Authorization header requires a Credential with a full scope.');
  }
  return { accessKeyId, region };
}
