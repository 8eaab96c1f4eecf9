/** A double of AWS Directory Service: what the real SDK asks, answered in its JSON protocol. It is no proof of what AWS itself does. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ManagedDirectory {
  /** What DescribeDirectories says that the domain is called. */
  readonly domainName: string;
  /** @returns false if there is no such user @throws to answer InvalidPasswordException with the error's message */
  resetPassword(username: string, password: string): Promise<boolean>;
}

export interface DirectoryRequest {
  readonly action: string;
  readonly accessKeyId: string;
  readonly region: string;
}

export interface DirectoryServiceDouble extends AsyncDisposable {
  readonly endpoint: string;
  /** Oldest first. */
  readonly requests: readonly DirectoryRequest[];
  /** The next request of the action is answered so. */
  fail(action: 'DescribeDirectories' | 'ResetUserPassword', error: string, message: string): void;
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

const refusal = (error: string, message: string): Answer => ({
  status: 400,
  body: { __type: error, Message: message },
});

/** As the API's reference gives them. */
const DIRECTORY_ID = /^d-[0-9a-f]{10}$/;
const USER_NAME = /^(?!.*[\\"/[\]:;|=,+*?<>@]).{1,64}$/;
const NEW_PASSWORD = /^.{1,127}$/s;

/** @param directories By their ids; may change meanwhile. */
export async function startDirectoryService(
  directories: ReadonlyMap<string, ManagedDirectory>,
): Promise<DirectoryServiceDouble> {
  const requests: DirectoryRequest[] = [];
  const failures = new Map<string, Answer>();

  async function answer(action: string, input: Readonly<Record<string, unknown>>): Promise<Answer> {
    const failure = failures.get(action);
    if (failures.delete(action) && failure) return failure;
    if (action === 'DescribeDirectories') {
      const { DirectoryIds: ids, ...rest } = input;
      if (!Array.isArray(ids) || ids.length !== 1 || Object.keys(rest).length > 0)
        return refusal('ClientException', 'The double knows DescribeDirectories of one directory only');
      const directory = directories.get(ids[0]);
      if (!directory) return refusal('EntityDoesNotExistException', `Directory ${ids[0]} does not exist`);
      const description = {
        DirectoryId: ids[0],
        Name: directory.domainName,
        Type: 'MicrosoftAD',
        Stage: 'Active',
      };
      return { status: 200, body: { DirectoryDescriptions: [description] } };
    }
    if (action !== 'ResetUserPassword') return refusal('UnknownOperationException', action);
    const { DirectoryId: id, UserName: username, NewPassword: password, ...rest } = input;
    const fits =
      typeof id === 'string' &&
      DIRECTORY_ID.test(id) &&
      typeof username === 'string' &&
      USER_NAME.test(username) &&
      typeof password === 'string' &&
      NEW_PASSWORD.test(password) &&
      Object.keys(rest).length === 0;
    if (!fits) return refusal('ValidationException', `1 validation error detected: ${JSON.stringify(input)}`);
    const directory = directories.get(id);
    if (!directory) return refusal('EntityDoesNotExistException', `Directory ${id} does not exist`);
    try {
      if (await directory.resetPassword(username, password)) return { status: 200, body: {} };
      return refusal('UserDoesNotExistException', `User ${username} does not exist`);
    } catch (error) {
      return refusal('InvalidPasswordException', error instanceof Error ? error.message : String(error));
    }
  }

  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const input = JSON.parse(await readBody(incoming));
      const [service, action = ''] = String(incoming.headers['x-amz-target']).split('.');
      const credential = /Credential=([^/]+)\/\d{8}\/([^/]+)\/ds\/aws4_request/.exec(
        incoming.headers.authorization ?? '',
      );
      const [, accessKeyId = '', region = ''] = credential ?? [];
      requests.push({ action, accessKeyId, region });
      const { status, body } =
        service !== 'DirectoryService_20150416' || !credential
          ? refusal('MissingAuthenticationTokenException', 'Not a signed request to Directory Service')
          : await answer(action, input);
      outgoing.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      outgoing.end(JSON.stringify(body));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests,
    fail: (action, error, message) => void failures.set(action, refusal(error, message)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString() || '{}';
}
