/**
 * Doubles of AWS APIs that the emulator does not have: HTTP servers that speak a service's protocol to the real SDK, as far as databases are looked up. What they answer is what
 * AWS's API references say; they were never compared with AWS itself.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Emulator } from '../../lib/emulator/index.js';

/** Whose access key signed a request. */
export interface DoubleCaller {
  readonly accountId: string;
  readonly callerArn: string;
}

export interface DoubleCall extends DoubleCaller {
  /** `rds:DescribeDBInstances` */
  readonly action: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What the caller needs permission for. */
  readonly resourceArn: string;
}

export interface DoubleFault {
  readonly code: string;
  readonly message?: string;
  /** Default: 400. */
  readonly status?: number;
}

export interface DoubleOptions {
  /** Who calls. Default: the root of the account that the access key is called after, as in the emulator. */
  readonly callerOf?: (accessKeyId: string, sessionToken: string | undefined) => Promise<DoubleCaller>;
  /** Whether a call is permitted. Default: every call is. */
  readonly permits?: (call: DoubleCall) => boolean;
  /** What goes wrong with a call instead of its answer. */
  readonly fault?: (call: DoubleCall) => DoubleFault | undefined;
}

export interface AwsDouble extends AsyncDisposable {
  readonly endpoint: string;
  /** What was called so far. */
  readonly calls: readonly DoubleCall[];
}

/** One protocol and the operations behind it. */
export interface DoubleService {
  /** As it stands in a signature's scope: `rds`. */
  readonly signingName: string;
  /** @returns operation and parameters; undefined for what is not this service's */
  parse(
    request: IncomingMessage,
    body: string,
  ): { readonly operation: string; readonly parameters: Record<string, unknown> } | undefined;
  resourceArn(
    operation: string,
    parameters: Record<string, unknown>,
    at: { readonly region: string; readonly accountId: string },
  ): string;
  /** @throws DoubleRefusal */
  answer(call: DoubleCall, operation: string): object;
  render(operation: string, answer: object): string;
  renderFault(fault: DoubleFault): string;
  readonly contentType: string;
}

/** What the operation refuses. */
export class DoubleRefusal extends Error {
  readonly fault: DoubleFault;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.fault = { code, message, status };
  }
}

/** Callers as an emulator knows them: it handed out their access keys. */
export function callersOf(emulator: Emulator): NonNullable<DoubleOptions['callerOf']> {
  return async (accessKeyId, sessionToken) => {
    const sts = new STSClient({
      region: 'us-east-1',
      endpoint: emulator.endpoint,
      credentials: {
        accessKeyId,
        secretAccessKey: 'not verified',
        ...(sessionToken !== undefined && { sessionToken }),
      },
    });
    const { Account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
    sts.destroy();
    return { accountId: Account, callerArn: Arn };
  };
}

export async function startAwsDouble(
  services: readonly DoubleService[],
  { callerOf = root, permits = () => true, fault = () => undefined }: DoubleOptions,
): Promise<AwsDouble> {
  const calls: DoubleCall[] = [];

  async function handle(request: IncomingMessage): Promise<{ status: number; contentType: string; body: string }> {
    const [, accessKeyId = '', region = '', signingName = ''] =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=[^,]+, Signature=[0-9a-f]{64}$/.exec(
        request.headers.authorization ?? '',
      ) ?? [];
    const body = await text(request);
    const service = services.find((each) => each.signingName === signingName);
    const parsed = service?.parse(request, body);
    if (service === undefined || parsed === undefined)
      return { status: 404, contentType: 'text/plain', body: 'no such service here' };
    const { operation, parameters } = parsed;
    const refuse = (refusal: DoubleFault) => ({
      status: refusal.status ?? 400,
      contentType: service.contentType,
      body: service.renderFault(refusal),
    });
    try {
      const caller = await callerOf(accessKeyId, request.headers['x-amz-security-token']?.toString());
      const action = `${signingName}:${operation}`;
      const resourceArn = service.resourceArn(operation, parameters, { region, accountId: caller.accountId });
      const call: DoubleCall = { ...caller, action, region, accessKeyId, parameters, resourceArn };
      calls.push(call);
      const wrong = fault(call);
      if (wrong !== undefined) return refuse(wrong);
      if (!permits(call)) {
        const message = `User: ${caller.callerArn} is not authorized to perform: ${action} on resource: ${resourceArn} because no identity-based policy allows the ${action} action`;
        return refuse({
          code: signingName === 'redshift-serverless' ? 'AccessDeniedException' : 'AccessDenied',
          message,
          status: 403,
        });
      }
      return {
        status: 200,
        contentType: service.contentType,
        body: service.render(operation, service.answer(call, operation)),
      };
    } catch (error) {
      if (error instanceof DoubleRefusal) return refuse(error.fault);
      return refuse({ code: 'InternalFailure', message: String(error), status: 500 });
    }
  }

  const server = createServer((request, response) => {
    void handle(request).then(({ status, contentType, body }) => {
      response.writeHead(status, { 'content-type': contentType });
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    calls,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function root(accessKeyId: string): Promise<DoubleCaller> {
  return { accountId: accessKeyId, callerArn: `arn:aws:iam::${accessKeyId}:root` };
}

async function text(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

// ---- The query protocol: RDS and Redshift -----------------------------------------------------------------------------

/** Parses and prints AWS's query protocol. @param memberNames What the members of each list are called. */
export function queryProtocol(
  version: string,
  memberNames: Readonly<Record<string, string>>,
): Pick<DoubleService, 'parse' | 'render' | 'renderFault' | 'contentType'> {
  const xml = (value: unknown): string =>
    typeof value === 'object' && value !== null
      ? Object.entries(value)
          .filter(([, member]) => member !== undefined)
          .map(([name, member]) => `<${name}>${Array.isArray(member) ? list(name, member) : xml(member)}</${name}>`)
          .join('')
      : String(value).replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
  const list = (name: string, members: readonly unknown[]) => {
    const member = memberNames[name] ?? 'member';
    return members.map((each) => `<${member}>${xml(each)}</${member}>`).join('');
  };
  return {
    contentType: 'text/xml',
    parse(_request, body) {
      const { Action, Version, ...parameters } = Object.fromEntries(new URLSearchParams(body));
      return Version === version && Action !== undefined ? { operation: Action, parameters } : undefined;
    },
    render: (operation, answer) =>
      `<${operation}Response><${operation}Result>${xml(answer)}</${operation}Result><ResponseMetadata><RequestId>double</RequestId></ResponseMetadata></${operation}Response>`,
    renderFault: ({ code, message = code }) =>
      `<ErrorResponse><Error><Type>Sender</Type>${xml({ Code: code, Message: message })}</Error><RequestId>double</RequestId></ErrorResponse>`,
  };
}

/** One page of a list that AWS's APIs hand out in pieces. */
export function page<T>(
  all: readonly T[],
  marker: unknown,
  size: number,
): { readonly items: readonly T[]; readonly next: string | undefined } {
  const start = Number(marker ?? 0);
  const end = start + size;
  return { items: all.slice(start, end), next: end < all.length ? String(end) : undefined };
}
