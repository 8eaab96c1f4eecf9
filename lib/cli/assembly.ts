/** `keyturn emulate --assembly`: its options, and the lines it prints. */
import { readFileSync } from 'node:fs';
import {
  type DatabaseTarget,
  DeployError,
  type Deployment,
  type DeployOptions,
  type DeployProgress,
  type Emulator,
  type FunctionCode,
  type PolicyDocument,
} from '../emulator/index.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

export const assemblyHelp = `  --assembly FOLDER             deploy what \`cdk synth\` wrote: cdk.out
  --account ID                  account of stacks that name none (default 000000000000)
  --target DATABASE=URL         where a database really is, such as Stack/Database=postgres://127.0.0.1:5432/app
  --function FUNCTION=COMMAND   a command to run instead of a function's code, such as Stack/Rotation='python3 rotate.py'
  --function-environment N=V    joins the environment of every function
  --function-node FILE          the Node that runs the functions
  --parameter NAME=VALUE        a parameter of the templates
  --ssm-parameter NAME=VALUE    an SSM parameter that no stack makes
  --managed-policy ARN=FILE     a managed policy of AWS that is not known here
                                databases and functions by STACK/CONSTRUCT/PATH or STACK/LOGICALID; each may be repeated
`;

const repeated = { type: 'string', multiple: true } as const;

export const assemblyOptions = {
  assembly: { type: 'string' },
  account: { type: 'string' },
  target: repeated,
  function: repeated,
  'function-environment': repeated,
  'function-node': { type: 'string' },
  parameter: repeated,
  'ssm-parameter': repeated,
  'managed-policy': repeated,
} as const;

export type AssemblyValues = {
  readonly [name in keyof typeof assemblyOptions]?: (typeof assemblyOptions)[name] extends typeof repeated
    ? string[]
    : string;
};

/** @throws UsageError naming the option that cannot be read */
export function readDeployOptions(values: AssemblyValues): DeployOptions {
  const { account } = values;
  const given = Object.keys(assemblyOptions).find((name) => name in values && name !== 'assembly');
  if (values.assembly === undefined && given !== undefined) throw new UsageError(`--${given} goes with --assembly`);
  if (account !== undefined && !/^\d{12}$/.test(account)) throw new UsageError('--account is 12 digits');
  return {
    ...(account !== undefined && { accountId: account }),
    ...(values['function-node'] !== undefined && { nodePath: values['function-node'] }),
    targets: pairs('target', values.target, readTarget),
    functions: pairs('function', values.function, readCommand),
    environment: pairs('function-environment', values['function-environment'], (value) => value),
    parameters: pairs('parameter', values.parameter, (value) => value),
    ssmParameters: pairs('ssm-parameter', values['ssm-parameter'], (value) => value),
    managedPolicies: pairs('managed-policy', values['managed-policy'], readPolicy),
  };
}

/** @returns whether it worked; what did not is on the terminal */
export async function deployAssembly(
  emulator: Emulator,
  folder: string,
  options: DeployOptions,
  terminal: Terminal,
  json: boolean,
): Promise<boolean> {
  const line = json ? jsonLine : progressLine;
  try {
    const deployment = await emulator.deploy(folder, {
      ...options,
      onProgress: (progress) => terminal.out(line(progress)),
    });
    terminal.out(json ? summaryJson(deployment) : summary(deployment));
    return true;
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    const before = error.done.length === 0 ? 'Nothing was deployed.' : `${error.done.length} steps were done before.`;
    terminal.err(`keyturn: ${inOptions(error.message)}\n${before}\n`);
    return false;
  }
}

/** Errors name the options of `emulator.deploy`; here they are called otherwise. */
function inOptions(message: string): string {
  const names: Readonly<Record<string, string>> = {
    targets: '--target',
    functions: '--function',
    parameters: '--parameter',
    ssmParameters: '--ssm-parameter',
    managedPolicies: '--managed-policy',
  };
  return message.replace(/`(\w+)`/g, (written, name: string) => names[name] ?? written);
}

function pairs<T>(
  option: string,
  values: readonly string[] = [],
  read: (value: string, option: string) => T,
): Record<string, T> {
  return Object.fromEntries(
    values.map((pair) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
      // What was written instead is not told: it may be a secret.
      if (name === undefined || value === undefined) throw new UsageError(`--${option} is NAME=VALUE`);
      return [name, read(value, option)];
    }),
  );
}

function readTarget(url: string): DatabaseTarget {
  const [, engine, host, port, dbname] =
    /^([\w-]+):\/\/(\[[^\]]+\]|[^:/@]+)(?::(\d{1,5}))?(?:\/([^/]*))?$/.exec(url) ?? [];
  if (engine === undefined || host === undefined) {
    throw new UsageError('--target is NAME=ENGINE://HOST:PORT/DBNAME, without a user or a password');
  }
  return {
    engine: engine === 'postgresql' ? 'postgres' : engine,
    host,
    ...(port !== undefined && { port: Number(port) }),
    ...(dbname && { dbname }),
  };
}

function readCommand(text: string): FunctionCode {
  const [program, ...args] = text.split(/\s+/).filter((word) => word !== '');
  if (program === undefined) throw new UsageError('--function is NAME=COMMAND');
  return { command: [program, ...args] };
}

function readPolicy(file: string): PolicyDocument {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new UsageError(`--managed-policy: ${file} is not a file of JSON`);
  }
}

function progressLine({ action, stackName, logicalId, type, status, message }: DeployProgress): string {
  const outcome = status === undefined ? '' : ` ${status}${message === undefined ? '' : `: ${message}`}`;
  return `${action} ${stackName}/${logicalId} ${type}${outcome}\n`;
}

function jsonLine(progress: DeployProgress): string {
  return `${JSON.stringify({ event: 'deploy', ...progress })}\n`;
}

function summary({ stacks }: Deployment): string {
  const lines = stacks.map((stack) => {
    const types = [...new Set(stack.notModelled.map(({ type }) => type))].sort();
    const outputs = Object.entries(stack.outputs).map(([name, value]) => `  ${name} = ${value}\n`);
    const left = types.length === 0 ? '' : `  left alone, not modelled: ${types.join(', ')}\n`;
    return `deployed ${stack.stackName} to ${stack.accountId} ${stack.region}\n${outputs.join('')}${left}`;
  });
  return `${lines.join('')}\n`;
}

function summaryJson({ stacks, rotations }: Deployment): string {
  const told = rotations.map(({ outcome, ...rotation }) => {
    // What a function threw is its own words, and nobody knows what is in them.
    const steps = outcome.steps.map(({ error: _, ...step }) => step);
    return { ...rotation, outcome: { ...outcome, steps } };
  });
  return `${JSON.stringify({ event: 'deployed', stacks, rotations: told })}\n`;
}
