import { types } from 'node:util';
import type { DirectoryServiceClient } from '@aws-sdk/client-directory-service';
import {
  AccessDeniedError,
  HostUnreachableError,
  InvalidOptionsError,
  InvalidSecretError,
  PasswordRefusedError,
  type RotationError,
  StepFailedError,
} from '../../../rotation/errors.js';
import type { Connection } from '../../driver.js';

type DirectoryServiceModule = typeof import('@aws-sdk/client-directory-service');

/** `d-1234567890` */
export function isDirectoryId(host: string): boolean {
  return /^d-[0-9a-f]{10}$/.test(host);
}

/**
 * AWS Directory Service of the account that owns the secret, for one directory.
 * @see https://docs.aws.amazon.com/directoryservice/latest/devguide/API_ResetUserPassword.html
 */
export interface DirectoryService {
  /** The name of the domain, where its controllers are. */
  domainName(): Promise<string>;
  /** Repeatable. */
  resetPassword(username: string, password: string): Promise<void>;
}

export function directoryService(directoryId: string, { aws, signal }: Connection): DirectoryService {
  /** Each action in a session that allows nothing else. */
  async function call<T>(
    action: Action,
    resources: readonly string[],
    send: (client: DirectoryServiceClient, sdk: DirectoryServiceModule) => Promise<T>,
    username = '',
  ): Promise<T> {
    const sdk = await loadSdk();
    const client = new sdk.DirectoryServiceClient(await aws([action], resources));
    try {
      return await send(client, sdk);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw describe(error, { action, directoryId, username });
    } finally {
      client.destroy();
    }
  }

  return {
    async domainName() {
      // There are no permissions on one directory for it.
      const { DirectoryDescriptions: [directory] = [] } = await call('ds:DescribeDirectories', ['*'], (client, sdk) =>
        client.send(new sdk.DescribeDirectoriesCommand({ DirectoryIds: [directoryId] }), { abortSignal: signal }),
      );
      if (directory?.Name) return directory.Name;
      throw noSuchDirectory(directoryId);
    },
    async resetPassword(username, password) {
      const input = { DirectoryId: directoryId, UserName: username, NewPassword: password };
      await call(
        'ds:ResetUserPassword',
        [`arn:*:ds:*:*:directory/${directoryId}`],
        (client, sdk) => client.send(new sdk.ResetUserPasswordCommand(input), { abortSignal: signal }),
        username,
      );
    },
  };
}

async function loadSdk(): Promise<DirectoryServiceModule> {
  try {
    return await import('@aws-sdk/client-directory-service');
  } catch (error) {
    if (!types.isNativeError(error) || !('code' in error) || !/MODULE_NOT_FOUND$/.test(String(error.code))) throw error;
    throw new InvalidOptionsError(
      'managedDirectory()',
      'needs the npm package @aws-sdk/client-directory-service, which was not found: npm install @aws-sdk/client-directory-service',
      { cause: error },
    );
  }
}

type Action = 'ds:DescribeDirectories' | 'ds:ResetUserPassword';

interface Call {
  readonly action: Action;
  readonly directoryId: string;
  readonly username: string;
}

/** A fresh error: the SDK's may hold the request. AWS's words are repeated only where they speak of rules and of who may do what. */
function describe(error: unknown, { action, directoryId, username }: Call): RotationError {
  const { name, message } = types.isNativeError(error) ? error : new Error(String(error));
  switch (name) {
    case 'UserDoesNotExistException':
      return new InvalidSecretError(
        `Directory ${directoryId} has no user "${username}" whose password may be reset. Correct username in the secret; the user has to be in the OU that bears the name of the directory.`,
        ['username is unknown'],
      );
    case 'InvalidPasswordException':
      return new PasswordRefusedError(
        `Directory ${directoryId} refused the new password of user "${username}": ${message}. Give the function a password policy that fits the directory's.`,
      );
    case 'EntityDoesNotExistException':
      return noSuchDirectory(directoryId);
    case 'DirectoryUnavailableException':
      return new HostUnreachableError(
        'refused',
        `Directory ${directoryId} is not available now. The step can be run again.`,
      );
    case 'AccessDeniedException':
      return new AccessDeniedError(
        `${action} was refused: ${message}. Allow it to the role that rotates the secret${action === 'ds:ResetUserPassword' ? `, on directory/${directoryId}` : ''}.`,
      );
  }
  return new StepFailedError(`${action} of directory ${directoryId} failed: ${name}. The step can be run again.`);
}

function noSuchDirectory(directoryId: string): InvalidSecretError {
  return new InvalidSecretError(
    `There is no directory ${directoryId} in the account and Region of the secret. Correct the directory's id in the secret.`,
    ['host is unknown'],
  );
}
