/** What `bindFunction` takes: the kinds of functions, and what each gets. Types only. */
import type { PolicyDocument } from '../access/policy.js';
import type { RotationStep } from '../rotation/step.js';

/** Lambda's context object, as far as a rotation function can ask for it. */
export interface FunctionContext {
  readonly callbackWaitsForEmptyEventLoop: boolean;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  readonly awsRequestId: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  getRemainingTimeInMillis(): number;
  done(): void;
  fail(): void;
  succeed(): void;
}

/** What the service sends to a rotation function. The token is sensitive. */
export interface FunctionEvent {
  readonly Step: RotationStep;
  readonly SecretId: string;
  readonly ClientRequestToken: string;
  readonly RotationToken: string;
}

/** A grant in the function's resource policy to secretsmanager.amazonaws.com; what is absent is not asked for. */
export interface InvokePermission {
  readonly sourceAccount?: string;
  /** ArnLike: `*` and `?` are wildcards. */
  readonly sourceArn?: string;
}

interface FunctionConfiguration {
  /**
   * `arn:aws:lambda:REGION:ACCOUNT:function:NAME`. With a version or an alias at its end it is a function of its own, known
   * under that ARN alone; only `:$LATEST` is the same as none.
   */
  readonly functionArn: string;
  /** The execution role. Sessions are called `arn:aws:sts::ACCOUNT:assumed-role/ROLE/NAME`. */
  readonly roleArn: string;
  /** 1 to 900. @default 30, as the functions that AWS deploys */
  readonly timeoutSeconds?: number;
  /** @default 128 */
  readonly memoryMegabytes?: number;
  /** Joins Lambda's own variables and wins over them. */
  readonly environment?: Readonly<Record<string, string>>;
  /** @default '/aws/lambda/NAME' */
  readonly logGroup?: string;
  /**
   * Where it is in a VPC: its role then needs what Lambda does to put it there. There is no network here, the function
   * reaches what this process reaches. @default - in none
   */
  readonly vpc?: { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] };
  /** @default - the function's own account; `[]` for nobody */
  readonly invokePermissions?: readonly InvokePermission[];
  /** Its resource policy, in place of `invokePermissions`: what Lambda's AddPermission writes. @default - what `invokePermissions` say */
  readonly resourcePolicy?: PolicyDocument;
}

/** Runs in this process. */
export interface InProcessFunction extends FunctionConfiguration {
  /** Called at each cold start with Lambda's variables; what it returns is called with every event. */
  readonly handler: (
    environment: Readonly<Record<string, string>>,
  ) => (event: FunctionEvent, context: FunctionContext) => unknown;
}

/** Runs in a Node process of its own that sees Lambda's variables alone and stays warm between events. */
export interface BundledFunction extends FunctionConfiguration {
  /** Path of a .mjs, .cjs or .js file. */
  readonly bundle: string;
  /** Name of the exported function. @default 'handler' */
  readonly handlerName?: string;
  /** The Node to run it with. @default the one that runs this */
  readonly nodePath?: string;
}

/**
 * Any command, in any language: started for each event, which it reads as one line of JSON on its standard input. Exit status
 * 0 is success, anything else the function's error. It sees Lambda's variables, the PATH of this process and `LAMBDA_TASK_ROOT`;
 * what it writes to stdout and stderr is `functionOutput`. Its time limit includes its start; then it is killed with all that
 * it started.
 */
export interface CommandFunction extends FunctionConfiguration {
  /** The program and its arguments. No shell reads it. */
  readonly command: readonly [string, ...string[]];
  /** The folder that it runs in. @default - that of this process */
  readonly cwd?: string;
}

/**
 * A command that runs a Lambda runtime interface client, such as `python3 -m awslambdaric app.handler` or a `bootstrap`: it
 * fetches events from the Lambda Runtime API at `AWS_LAMBDA_RUNTIME_API`, one at a time, and stays warm between them. It
 * sees the same variables as a `CommandFunction`; give it `_HANDLER` in `environment` if it reads that. 10 s to start, then
 * the time limit counts for each event.
 * Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes", version 2018-06-01.
 */
export interface RuntimeFunction extends FunctionConfiguration {
  /** The program and its arguments. No shell reads it. */
  readonly runtime: readonly [string, ...string[]];
  /** The folder that it runs in. @default - that of this process */
  readonly cwd?: string;
}

export type FunctionDefinition = InProcessFunction | BundledFunction | CommandFunction | RuntimeFunction;
