import type { Credentials, FunctionDefinition } from '../emulator.js';

export interface FunctionName {
  readonly region: string;
  readonly name: string;
}

/** The variables that Lambda gives a function, and nothing of this process's own. */
export function lambdaEnvironment(
  definition: FunctionDefinition,
  { region, name }: FunctionName,
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
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMegabytes(definition)),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: logGroupName(name),
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
    _HANDLER: `index.${'bundle' in definition ? (definition.handlerName ?? 'handler') : 'handler'}`,
    LANG: 'en_US.UTF-8',
    TZ: 'UTC',
    PATH: '/usr/local/bin:/usr/bin/:/bin',
    // A home that is not there, as on Lambda: no developer's ~/.aws reaches a function.
    HOME: '/home/sbx_user1051',
    ...definition.environment,
  };
}

export const logStreamName = '[$LATEST]emulator';

export function logGroupName(name: string): string {
  return `/aws/lambda/${name}`;
}

export function memoryMegabytes(definition: FunctionDefinition): number {
  return definition.memoryMegabytes ?? 128;
}

export function timeoutSeconds(definition: FunctionDefinition): number {
  return definition.timeoutSeconds ?? 30;
}
