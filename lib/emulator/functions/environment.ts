import path from 'node:path';
import type { Credentials, FunctionDefinition } from '../emulator.js';

export interface FunctionName {
  readonly region: string;
  readonly name: string;
  readonly version: string;
}

/** The variables that Lambda gives a function, and nothing of this process's own. */
export function lambdaEnvironment(
  definition: FunctionDefinition,
  { region, name, version }: FunctionName,
  endpoint: string,
  credentials: Credentials,
): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken ?? '',
    // The one variable that Lambda does not set: it sends every AWS SDK to the emulator.
    AWS_ENDPOINT_URL: endpoint,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMegabytes(definition)),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: definition.logGroup ?? logGroupName(name),
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName(version),
    LANG: 'en_US.UTF-8',
    TZ: 'UTC',
    // A home that is not there, as on Lambda: no developer's ~/.aws reaches a function.
    HOME: '/home/sbx_user1051',
    ...variablesOfKind(definition),
    ...definition.environment,
  };
}

function variablesOfKind(definition: FunctionDefinition): Record<string, string> {
  if ('command' in definition || 'runtime' in definition) {
    // The host's programs are found, `python3` for one; an image on Lambda has its own. Lambda names no runtime either.
    return { PATH: process.env.PATH ?? '', LAMBDA_TASK_ROOT: path.resolve(definition.cwd ?? '.') };
  }
  return {
    PATH: '/usr/local/bin:/usr/bin/:/bin',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
    _HANDLER: `index.${'bundle' in definition ? (definition.handlerName ?? 'handler') : 'handler'}`,
  };
}

export function logStreamName(version: string): string {
  return `[${version}]emulator`;
}

export function logGroupName(name: string): string {
  return `/aws/lambda/${name}`;
}

export function memoryMegabytes(definition: FunctionDefinition): number {
  return definition.memoryMegabytes ?? 128;
}

export function timeoutSeconds(definition: FunctionDefinition): number {
  return definition.timeoutSeconds ?? 30;
}
