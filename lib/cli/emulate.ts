import { type Emulator, type RecordedRequest, startEmulator } from '../emulator/index.js';
import { readInteger, readOptions } from './arguments.js';
import { assemblyHelp, assemblyOptions, deployAssembly, readDeployOptions } from './assembly.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

const help = `Usage: keyturn emulate [options]

Serves AWS Secrets Manager and STS on 127.0.0.1 until interrupted. Everything is kept in memory.
Below /_keyturn/ it serves a control API for tests: GET /_keyturn/ lists it. It can start programs as you.

  --port N       TCP port, 0 for any free one (default 4566)
  --region NAME  Region of the environment that is printed (default us-east-1)
  --seed N       make ARN suffixes, keys and passwords repeatable
  --json         print one JSON document per line
  --help         print this

${assemblyHelp}`;

/**
 * Runs the emulator until SIGINT or SIGTERM. Logs one line per request, without secret values.
 * @returns the exit code: 0 after a signal, 1 when the port is taken or the assembly cannot be deployed
 * @throws UsageError
 */
export async function emulate(args: readonly string[], terminal: Terminal): Promise<number> {
  const options = readOptions(args, {
    port: { type: 'string', default: '4566' },
    region: { type: 'string', default: 'us-east-1' },
    seed: { type: 'string' },
    ...assemblyOptions,
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  if (options.help) {
    terminal.out(help);
    return 0;
  }
  const port = readInteger('port', options.port, 0, 65_535);
  if (!/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(options.region))
    throw new UsageError(`--region '${options.region}' is not a Region`);
  const deployOptions = readDeployOptions(options);
  const line = options.json ? jsonLine : textLine;
  let emulator: Emulator;
  try {
    emulator = await startEmulator({
      port,
      region: options.region,
      ...(options.seed !== undefined && { seed: readInteger('seed', options.seed, 0, Number.MAX_SAFE_INTEGER) }),
      controlApi: true,
      onRequest: (request) => terminal.out(line(request)),
    });
  } catch (error) {
    if (!isPortTrouble(error)) throw error;
    terminal.err(`keyturn: cannot listen on 127.0.0.1:${port}: ${portTroubles[error.code]}\n`);
    return 1;
  }
  terminal.out(options.json ? greetingJson(emulator) : greeting(emulator));
  const deployed =
    options.assembly === undefined ||
    (await Promise.race([
      deployAssembly(emulator, options.assembly, deployOptions, terminal, options.json),
      terminal.interrupted.then(() => true),
    ]));
  if (deployed) await terminal.interrupted;
  await emulator.close();
  return deployed ? 0 : 1;
}

const portTroubles = {
  EADDRINUSE: 'the port is in use. Choose another with --port, or 0 for any free one.',
  EACCES: 'the port needs privileges. Choose another with --port, or 0 for any free one.',
} as const;

function isPortTrouble(error: unknown): error is Error & { readonly code: keyof typeof portTroubles } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code in portTroubles;
}

/** The account is LocalStack's, so that scripts written for it run unchanged. */
function environmentOf({ endpoint, region }: Emulator): Readonly<Record<string, string>> {
  return { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
}

function greeting(emulator: Emulator): string {
  const lines = Object.entries(environmentOf(emulator)).map(([name, value]) => `export ${name}=${value}\n`);
  return `Secrets Manager and STS at ${emulator.endpoint}\n\n${lines.join('')}\n`;
}

function greetingJson(emulator: Emulator): string {
  return `${JSON.stringify({ event: 'listening', endpoint: emulator.endpoint, environment: environmentOf(emulator) })}\n`;
}

function textLine(request: RecordedRequest): string {
  const { time, accountId = '-', region = '-', service, operation, errorCode = 'ok', secretArn, step } = request;
  const about = secretArn === undefined ? '' : ` ${secretArn}`;
  return `${time.toISOString()} ${accountId} ${region} ${service}:${operation} ${errorCode}${about}${step === undefined ? '' : ` (${step})`}\n`;
}

function jsonLine(request: RecordedRequest): string {
  return `${JSON.stringify({ event: 'request', ...request })}\n`;
}
