/** What an authentication plugin of the server does. @see https://dev.mysql.com/doc/refman/8.0/en/authentication-plugins.html */

export type PluginName = 'caching_sha2_password' | 'sha256_password' | 'mysql_native_password';

export interface AuthenticationPlugin {
  readonly name: PluginName;
  /** What is stored of a password: `authentication_string`, bytes as Latin-1. Undefined if the plugin does not take the password. */
  verifierOf(password: Buffer): string | undefined;
  /** Whether a text has the form of a verifier, for IDENTIFIED WITH ... AS. */
  isVerifier(text: string): boolean;
  matches(verifier: string, password: Buffer): boolean;
  /** Asks the client for its proof. */
  authenticate(exchange: Exchange, credentials: Credentials): Promise<Outcome>;
}

/** A client that wants to log in. */
export interface Exchange {
  /** Over TLS. */
  readonly secure: boolean;
  /** 20 bytes, without the NUL at the end. */
  readonly scramble: Buffer;
  /** The client's answer to the scramble. */
  readonly response: Buffer;
  /** AuthMoreData. */
  send(data: Buffer): void;
  receive(): Promise<Buffer>;
}

export interface Credentials {
  /** The account, for what the plugin remembers of it. */
  readonly key: string;
  /** The primary and, if there is one, the secondary; an empty one is no password. */
  readonly verifiers: readonly string[];
}

export interface Outcome {
  readonly authenticated: boolean;
  /** For the words "using password: YES". */
  readonly usedPassword: boolean;
}

export const refused = (usedPassword: boolean): Outcome => ({ authenticated: false, usedPassword });
export const admitted = (usedPassword: boolean): Outcome => ({ authenticated: true, usedPassword });

/** No password was given: right where there is none. */
export const withoutPassword = ({ verifiers }: Credentials): Outcome =>
  verifiers[0] === '' ? admitted(false) : refused(false);

export function xor(bytes: Buffer, pad: Buffer): Buffer {
  return Buffer.from(bytes.map((byte, index) => byte ^ (pad[index % pad.length] ?? 0)));
}

/** Clear text ends with a NUL. */
export function clearText(data: Buffer): Buffer | undefined {
  return data.at(-1) === 0 ? data.subarray(0, -1) : undefined;
}
