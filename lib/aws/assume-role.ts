import { types } from 'node:util';
import { AssumeRoleCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { AssumeRoleFailedError } from '../rotation/errors.js';
import type { SecretArn } from './arn.js';

/** The role to assume before Secrets Manager is called, usually one in the account that owns the secret. */
export interface AssumeRole {
  readonly roleArn: string;
  /** What the role's trust policy demands as `sts:ExternalId`, 2 to 1224 characters. */
  readonly externalId?: string;
}

/** Who is calling, as far as it is known: the account of the function. */
export interface Caller {
  readonly accountId: string | undefined;
}

export type ChooseRole = (secret: SecretArn, caller: Caller) => AssumeRole | undefined;

/**
 * The role `roleName` in whichever account owns the secret; none when the function lives in that account.
 * @param roleName With its path, if it has one: `rotation/SecretRotation`.
 */
export function roleInSecretAccount(roleName: string, options: { readonly externalId?: string } = {}): ChooseRole {
  return ({ partition, accountId }, caller) =>
    accountId === caller.accountId
      ? undefined
      : { roleArn: `arn:${partition}:iam::${accountId}:role/${roleName}`, ...options };
}

export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

export interface SessionRequest extends AssumeRole {
  readonly sessionName: string;
  /** The session policy. */
  readonly policy: string;
  /** The Region whose STS endpoint is called. */
  readonly region: string;
  /** How long the session must last, in milliseconds. */
  readonly neededMillis: number;
  readonly signal: AbortSignal;
}

/** The shortest session that STS gives, in seconds; a step takes at most as long as Lambda allows, which is the same. */
const SESSION_SECONDS = 900;
/** Clocks differ; a session that is about to end is not used. */
const CLOCK_SKEW_MILLIS = 30_000;

export interface RoleAssumer {
  /** @throws AssumeRoleFailedError */
  assume(request: SessionRequest): Promise<SessionCredentials>;
  /** The session is not used again: it ended before its time. */
  forget(session: SessionCredentials): void;
}

/** Assumes roles, and keeps the sessions for as long as the function is warm and they are valid. */
export function roleAssumer(config: STSClientConfig): RoleAssumer {
  const sessions = new Map<string, SessionCredentials>();
  let client: STSClient | undefined;

  async function assume(request: SessionRequest): Promise<SessionCredentials> {
    const { roleArn, externalId, sessionName, policy, region, neededMillis, signal } = request;
    const key = JSON.stringify([roleArn, externalId, sessionName, policy]);
    const known = sessions.get(key);
    if (known !== undefined && known.expiration.getTime() - Date.now() > neededMillis + CLOCK_SKEW_MILLIS) return known;
    for (const [other, session] of sessions) if (session.expiration.getTime() <= Date.now()) sessions.delete(other);

    // The SDK calls the Region's own STS endpoint, which also works behind a VPC endpoint.
    client ??= new STSClient({ ...config, region });
    const command = new AssumeRoleCommand({
      RoleArn: roleArn,
      RoleSessionName: sessionName,
      Policy: policy,
      DurationSeconds: SESSION_SECONDS,
      ...(externalId !== undefined && { ExternalId: externalId }),
    });
    const { Credentials: credentials } = await client.send(command, { abortSignal: signal }).catch((error: unknown) => {
      if (signal.aborted) throw signal.reason;
      throw assumeRoleFailed(roleArn, error);
    });
    if (
      !credentials?.AccessKeyId ||
      !credentials.SecretAccessKey ||
      !credentials.SessionToken ||
      !credentials.Expiration
    ) {
      throw new AssumeRoleFailedError('unknown', `AssumeRole of ${roleArn} returned no credentials.`);
    }
    const session = {
      accessKeyId: credentials.AccessKeyId,
      secretAccessKey: credentials.SecretAccessKey,
      sessionToken: credentials.SessionToken,
      expiration: credentials.Expiration,
    };
    sessions.set(key, session);
    return session;
  }

  return {
    assume,
    forget(session) {
      for (const [key, known] of sessions) if (known === session) sessions.delete(key);
    },
  };
}

/** 2 to 64 characters of this set. CloudTrail then reads as function@version. */
export function sessionName(functionName: string | undefined, versionId: string): string {
  const clean = (text: string) => text.replace(/[^\w+=,.@-]/g, '-');
  const version = clean(versionId).slice(0, 36);
  return `${clean(functionName ?? 'keyturn').slice(0, 63 - version.length)}@${version}`;
}

function assumeRoleFailed(roleArn: string, error: unknown): AssumeRoleFailedError {
  const { name, message } = types.isNativeError(error) ? error : new Error(String(error));
  const said = `AssumeRole of ${roleArn} failed: ${name}: ${message}`;
  if (name !== 'AccessDenied' && name !== 'AccessDeniedException') {
    return new AssumeRoleFailedError('unknown', said, { cause: error });
  }
  if (/identity-based policy|permissions boundary|session policy|service control policy/.test(message)) {
    return new AssumeRoleFailedError(
      'caller policy',
      `${said}. The function's execution role may not assume it: allow sts:AssumeRole on ${roleArn} there.`,
      { cause: error },
    );
  }
  if (/trust policy|resource-based policy/.test(message)) {
    return new AssumeRoleFailedError(
      'trust policy',
      `${said}. The role's trust policy does not admit the function's execution role (or demands another external id): change it in the account that owns the secret.`,
      { cause: error },
    );
  }
  return new AssumeRoleFailedError(
    'unknown',
    `${said}. AWS does not say whose policy refused. Check that the role exists, that its trust policy admits the function's execution role (and the external id), ` +
      `and that the execution role allows sts:AssumeRole on ${roleArn}. A role made seconds ago may not be visible yet.`,
    { cause: error },
  );
}
