import type { Deadline } from '../rotation/deadline.js';
import { InvalidEventError, InvalidOptionsError } from '../rotation/errors.js';
import type { RotationEvent } from '../rotation/event.js';
import type { StepContext } from '../rotation/rotator.js';
import { checkRoleArn, parseSecretArn, type SecretArn } from './arn.js';
import { type AssumeRole, type ChooseRole, roleAssumer, type SessionCredentials, sessionName } from './assume-role.js';
import {
  type Clients,
  patience,
  type SecretsManagerClient,
  type SecretsManagerClientConfig,
  secretsManagerClient,
} from './secrets-manager.js';
import { actionsPolicy, readPolicy, stepPolicy } from './session-policy.js';

export interface AwsOptions {
  /** The role to assume before Secrets Manager is called, or how to choose it. Default: none, the function's own role calls. */
  readonly assumeRole?: AssumeRole | ChooseRole;
  /** The Secrets Manager endpoint, a URL. Default: SECRETS_MANAGER_ENDPOINT (as AWS's functions read it), then the SDK's own rules. */
  readonly endpoint?: string;
  /** The STS endpoint, a URL. Default: the SDK's own rules, which give the Region's endpoint. */
  readonly stsEndpoint?: string;
  /** The function's own credentials. Default: the SDK's chain, which finds those of the execution role. */
  readonly credentials?: NonNullable<SecretsManagerClientConfig['credentials']>;
}

/** One invocation, as far as access to AWS is concerned. */
export interface AccessRequest {
  readonly event: RotationEvent;
  readonly deadline: Deadline;
  readonly functionName: string | undefined;
  readonly functionArn: string | undefined;
  readonly remainingMillis: number;
  readonly generatesRemotely: boolean;
  /** Told of every session, so that its credentials never reach a log. */
  onCredentials(credentials: SessionCredentials): void;
}

/** How one invocation reaches AWS: Secrets Manager, and what rotators need besides. */
export interface AwsAccess extends Clients {
  readonly aws: StepContext['aws'];
}

/** Clients that live as long as the function is warm, with the function's own credentials or those of the role to assume. */
export function awsAccess(options: AwsOptions, environment: NodeJS.ProcessEnv): (request: AccessRequest) => AwsAccess {
  const endpoint = checkUrl('endpoint', options.endpoint ?? environment.SECRETS_MANAGER_ENDPOINT);
  const stsEndpoint = checkUrl('stsEndpoint', options.stsEndpoint);
  const { assumeRole: roleOption, credentials } = options;
  if (roleOption !== undefined && typeof roleOption !== 'function') checkRoleArn(roleOption.roleArn);
  const own = { ...(credentials !== undefined && { credentials }) };
  const assumer = roleAssumer({
    ...own,
    ...(stsEndpoint !== undefined && { endpoint: stsEndpoint }),
    maxAttempts: 5,
  });
  const ownClients = new Map<string | undefined, SecretsManagerClient>();
  const sessionClients = new WeakMap<SessionCredentials, SecretsManagerClient>();

  function config(secret: SecretArn | undefined): SecretsManagerClientConfig {
    return {
      ...own,
      ...(endpoint !== undefined && { endpoint }),
      ...(secret !== undefined && { region: secret.region }),
    };
  }

  function ownClient(secret: SecretArn | undefined): SecretsManagerClient {
    const client = ownClients.get(secret?.region) ?? secretsManagerClient(config(secret));
    ownClients.set(secret?.region, client);
    return client;
  }

  return (request) => {
    const { event, deadline } = request;
    const secret = parseSecretArn(event.SecretId);
    const role = chooseRole(roleOption, secret, request.functionArn);
    const region = secret && { region: secret.region };
    if (role === undefined || secret === undefined) {
      const client = Promise.resolve(ownClient(secret));
      return {
        forSecret: () => client,
        forReading: () => client,
        renew: async () => false,
        aws: async () => ({ ...patience, ...region, ...own }),
      };
    }
    const sessions = new WeakMap<SecretsManagerClient, SessionCredentials>();

    async function openSession(policy: string, session: AssumeRole, from: SecretArn): Promise<SessionCredentials> {
      const assuming = assumer.assume({
        ...session,
        policy,
        sessionName: sessionName(request.functionName, event.ClientRequestToken),
        region: environment.AWS_REGION ?? from.region,
        neededMillis: request.remainingMillis,
        signal: deadline.signal,
      });
      const credentials = await deadline.waitFor(`AssumeRole of ${session.roleArn} (STS)`, assuming);
      request.onCredentials(credentials);
      return credentials;
    }

    async function sessionClient(policy: string, session: AssumeRole, from: SecretArn): Promise<SecretsManagerClient> {
      const credentials = await openSession(policy, session, from);
      const client = sessionClients.get(credentials) ?? secretsManagerClient({ ...config(from), credentials });
      sessionClients.set(credentials, client);
      sessions.set(client, credentials);
      return client;
    }

    const { Step } = event;
    let forSecret: Promise<SecretsManagerClient> | undefined;
    return {
      forSecret: () => {
        forSecret ??= sessionClient(stepPolicy(secret, Step, request.generatesRemotely), role, secret);
        return forSecret;
      },
      forReading: (secretId) => sessionClient(readPolicy(secret, secretId), role, secret),
      async renew(client) {
        const session = sessions.get(client);
        if (session === undefined) return false;
        assumer.forget(session);
        // Calls that go out together are refused together and need one new session: where the first is getting it, the second waits, and then finds it kept.
        await forSecret;
        forSecret = undefined;
        return true;
      },
      async aws(actions, resources = ['*']) {
        const session = await openSession(actionsPolicy(actions, resources), role, secret);
        // Whoever uses it cannot tell that it ended before its time, so the next invocation gets another one.
        assumer.forget(session);
        const { accessKeyId, secretAccessKey, sessionToken } = session;
        return { ...patience, ...region, credentials: { accessKeyId, secretAccessKey, sessionToken } };
      },
    };
  };
}

function chooseRole(
  option: AwsOptions['assumeRole'],
  secret: SecretArn | undefined,
  functionArn: string | undefined,
): AssumeRole | undefined {
  if (option === undefined) return undefined;
  if (secret === undefined) {
    throw new InvalidEventError('SecretId', 'must be the full ARN of the secret when a role is to be assumed');
  }
  if (typeof option !== 'function') return option;
  const role = option(secret, { accountId: functionArn?.split(':')[4] });
  if (role !== undefined) checkRoleArn(role.roleArn);
  return role;
}

function checkUrl(option: string, url: string | undefined): string | undefined {
  if (url === undefined || URL.canParse(url)) return url;
  throw new InvalidOptionsError(option, 'must be a URL, https://… for instance');
}
