import { LoginRejectedError, TargetMismatchError } from '../../rotation/errors.js';
import type { SetSecretContext } from '../../rotation/rotator.js';
import type { DatabaseSecret } from '../secret.js';

/** How a strategy repairs what no version of the secret opens. */
export interface RecoveryOptions {
  /**
   * When neither AWSPENDING, AWSCURRENT nor AWSPREVIOUS logs in, let the superuser set the password: the one that the secret's `masterarn` names. Default: nobody does; the newest
   * versions without a label are tried, and if none of them logs in, the rotation fails with a LoginRejectedError.
   */
  readonly recover?: 'superuser';
}

/**
 * Tries AWSCURRENT, then AWSPREVIOUS: the database was restored, or a rotation was lost half way. Only a refused login leads to the next.
 * @param attempt Logs in with the version and does its work.
 * @returns undefined if one of them was let in; otherwise the error that says which were not, and the ways out
 */
export async function withKnownLogin(
  context: SetSecretContext<DatabaseSecret>,
  attempt: (label: 'AWSCURRENT' | 'AWSPREVIOUS', version: DatabaseSecret) => Promise<void>,
): Promise<LoginRejectedError | undefined> {
  const letIn = (label: 'AWSCURRENT' | 'AWSPREVIOUS', version: DatabaseSecret) =>
    attempt(label, version).then(
      () => true,
      (error: unknown) => {
        if (error instanceof LoginRejectedError) return false;
        throw error;
      },
    );
  if (await letIn('AWSCURRENT', context.current)) return undefined;
  const previous = await readPrevious(context);
  if (typeof previous === 'string') return nothingLogsIn(context.pending, previous);
  if (await letIn('AWSPREVIOUS', previous)) return undefined;
  return nothingLogsIn(context.pending, 'AWSPREVIOUS was refused too');
}

/** @returns AWSPREVIOUS, or why it cannot be tried. */
async function readPrevious({ previous }: SetSecretContext<DatabaseSecret>): Promise<DatabaseSecret | string> {
  try {
    return (await previous()) ?? 'there is no AWSPREVIOUS';
  } catch (error) {
    if (!(error instanceof TargetMismatchError)) throw error;
    return `AWSPREVIOUS was not tried, since it differs in ${error.fields.join(', ')}`;
  }
}

function nothingLogsIn({ username, host }: DatabaseSecret, previous: string): LoginRejectedError {
  return new LoginRejectedError(
    `Host ${host} refuses user "${username}" with AWSPENDING and with AWSCURRENT; ${previous}. The password was changed outside of Secrets Manager, or a rotation ` +
      'was lost half way. Way out: set the password in the database to the value of AWSCURRENT and rotate again; or let the superuser repair it: ' +
      "recover: 'superuser' in the function, and masterarn, the ARN of the superuser's secret, in the secret.",
  );
}
