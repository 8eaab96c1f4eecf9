import { sessionArn } from '../arns.js';
import type { Credentials } from '../emulator.js';
import { Fault } from '../fault.js';
import type { Randomness } from '../random.js';
import { type Caller, rootOf } from './caller.js';
import type { PolicyDocument } from './policy.js';
import { keyAlphabet, type Role, type RoleTable } from './roles.js';

interface Session {
  readonly credentials: Credentials;
  readonly roleArn: string;
  /** Of the role as it was: one of the same name that is made later has none of its sessions. */
  readonly roleId: string;
  readonly sessionName: string;
  readonly policy?: PolicyDocument;
  readonly functionArn?: string;
  readonly sourceFunctionArn?: string;
}

const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * Whose access key is whose. LocalStack's convention for roots: a 12-digit access key id is that account's root and
 * `test` is account 000000000000. Signatures are not verified: the secret half of a root's key is anything.
 */
export class SessionTable {
  readonly #sessions = new Map<string, Session>();
  readonly #roles: RoleTable;
  readonly #random: Randomness;
  readonly #now: () => Date;

  constructor(roles: RoleTable, random: Randomness, now: () => Date) {
    this.#roles = roles;
    this.#random = random;
    this.#now = now;
  }

  /** Hands out the credentials of a new session of a role. Without `seconds` they live as long as the emulator. */
  open(
    role: Role,
    sessionName: string,
    rest: { policy?: PolicyDocument; functionArn?: string; sourceFunctionArn?: string; seconds?: number },
  ): Credentials {
    const { seconds, ...session } = rest;
    const credentials: Credentials = {
      accessKeyId: `ASIA${this.#random.characters(keyAlphabet, 16)}`,
      secretAccessKey: this.#random.characters(base64, 40),
      sessionToken: this.#random.characters(base64, 300),
      ...(seconds !== undefined && { expiration: new Date(this.#now().getTime() + seconds * 1000) }),
    };
    this.#sessions.set(credentials.accessKeyId, {
      credentials,
      roleArn: role.roleArn,
      roleId: role.id,
      sessionName,
      ...session,
    });
    return credentials;
  }

  /** Ends the sessions that a role has now. @returns how many, without those that were over */
  expire(roleArn: string): number {
    const expiration = this.#now();
    const ending = [...this.#sessions].filter(
      ([, session]) => session.roleArn === roleArn && !isOver(session, expiration),
    );
    for (const [key, session] of ending) {
      this.#sessions.set(key, { ...session, credentials: { ...session.credentials, expiration } });
    }
    return ending.length;
  }

  /**
   * @throws Fault UnrecognizedClientException for a key that nobody was given, also when its session token is missing or
   * another's; ExpiredTokenException for one that is over
   */
  callerOf(accessKeyId: string, sessionToken: string | undefined): Caller {
    const rootAccount = accessKeyId === 'test' ? '000000000000' : accessKeyId;
    if (/^\d{12}$/.test(rootAccount)) return rootOf(rootAccount);
    const session = this.#sessions.get(accessKeyId);
    const role = session && this.#roles.get(session.roleArn);
    if (role === undefined || role.id !== session?.roleId || session.credentials.sessionToken !== sessionToken) {
      throw new Fault('UnrecognizedClientException', 'The security token included in the request is invalid.');
    }
    if (isOver(session, this.#now())) {
      throw new Fault('ExpiredTokenException', 'The security token included in the request is expired');
    }
    return {
      kind: 'session',
      accountId: role.accountId,
      arn: sessionArn(role, session.sessionName),
      userId: `${role.id}:${session.sessionName}`,
      role,
      ...(session.policy !== undefined && { sessionPolicy: session.policy }),
      ...(session.functionArn !== undefined && { functionArn: session.functionArn }),
      ...(session.sourceFunctionArn !== undefined && { sourceFunctionArn: session.sourceFunctionArn }),
    };
  }
}

function isOver({ credentials: { expiration } }: Session, now: Date): boolean {
  return expiration !== undefined && expiration.getTime() <= now.getTime();
}
