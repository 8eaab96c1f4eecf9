/** What rotators give to look-ups, in one account, with clients that are led to doubles. */
import type { AwsContext } from '../../../lib/databases/managed/aws-call.js';
import type { SetSecretContext } from '../../../lib/rotation/rotator.js';

export const ACCOUNT = '111122223333';
export const REGION = 'us-east-1';
export const SECRET = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:app-AbCdEf`;
export const SUPERUSER = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:rds!superuser-AbCdEf`;

export interface Asking extends AwsContext, Pick<SetSecretContext<object>, 'readTags' | 'secretArn'> {
  /** Actions and resources of each session that was asked for. */
  readonly sessions: (readonly [actions: readonly string[], resources: readonly string[]])[];
}

export function asking(tags: Readonly<Record<string, string>> = {}, accountId = ACCOUNT): Asking {
  const sessions: Asking['sessions'] = [];
  return {
    secretArn: SECRET,
    signal: new AbortController().signal,
    sessions,
    waitFor: async (_what, work) => work,
    readTags: async () => new Map(Object.entries(tags)),
    async aws(actions, resources = ['*']) {
      sessions.push([actions, resources]);
      return {
        region: REGION,
        credentials: { accessKeyId: accountId, secretAccessKey: 'not-verified' },
        maxAttempts: 2,
        requestHandler: { connectionTimeout: 1_000, requestTimeout: 1_000, throwOnRequestTimeout: true },
      };
    },
  };
}

export function arn(type: 'db' | 'cluster', id: string): string {
  return `arn:aws:rds:${REGION}:${ACCOUNT}:${type}:${id}`;
}
