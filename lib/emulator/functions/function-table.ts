import { fitsGlob } from '../access/glob.js';
import type { RoleTable } from '../access/roles.js';
import type { SessionTable } from '../access/sessions.js';
import { parseFunctionArn, parseRoleArn } from '../arns.js';
import type { FunctionDefinition, FunctionEvent } from '../emulator.js';
import type { Randomness } from '../random.js';
import { childProcess } from './child-process.js';
import { lambdaEnvironment, memoryMegabytes, timeoutSeconds } from './environment.js';
import type { ExecutionEnvironment, InvocationResult } from './execution.js';
import { inProcess } from './in-process.js';

interface BoundFunction {
  readonly definition: FunctionDefinition;
  readonly accountId: string;
  readonly name: string;
  readonly start: () => ExecutionEnvironment;
  /** Warm environments that wait for an event. */
  readonly idle: ExecutionEnvironment[];
}

/** The bound functions, and Lambda's way of running them: one event at a time per environment, another when all are busy. */
export class FunctionTable {
  readonly #functions = new Map<string, BoundFunction>();
  readonly #output = new Map<string, string>();
  readonly #environments = new Set<ExecutionEnvironment>();
  readonly #roles: RoleTable;
  readonly #sessions: SessionTable;
  readonly #random: Randomness;
  readonly #endpoint: string;
  #stopped = false;

  constructor(roles: RoleTable, sessions: SessionTable, random: Randomness, endpoint: string) {
    this.#roles = roles;
    this.#sessions = sessions;
    this.#random = random;
    this.#endpoint = endpoint;
  }

  bind(definition: FunctionDefinition): void {
    const { functionArn, roleArn } = definition;
    const arn = parseFunctionArn(functionArn);
    if (arn === undefined) throw new TypeError(`not the ARN of a function: ${functionArn}`);
    if (parseRoleArn(roleArn)?.accountId !== arn.accountId) {
      throw new TypeError(`not the ARN of a role in the function's account: ${roleArn}`);
    }
    const seconds = timeoutSeconds(definition);
    if (!(seconds > 0 && seconds <= 900)) throw new RangeError('timeoutSeconds is above 0 and at most 900');
    const role = this.#roles.get(roleArn) ?? this.#roles.put({ roleArn, trustPolicy: lambdaTrust, policies: [everything] });
    const environment = lambdaEnvironment(
      definition,
      arn,
      this.#endpoint,
      this.#sessions.open(role, arn.name, { functionArn }),
    );
    const start = () =>
      'bundle' in definition
        ? childProcess(definition, environment, (text) =>
            this.#output.set(functionArn, this.outputOf(functionArn) + text),
          )
        : inProcess(definition, environment);
    for (const warm of this.#functions.get(functionArn)?.idle ?? []) void this.#retire(warm);
    this.#functions.set(functionArn, { definition, accountId: arn.accountId, name: arn.name, start, idle: [] });
  }

  get(functionArn: string): FunctionDefinition | undefined {
    return this.#functions.get(functionArn)?.definition;
  }

  outputOf(functionArn: string): string {
    return this.#output.get(functionArn) ?? '';
  }

  /**
   * Whether the function exists and its resource policy lets the service in for this secret: the service sends both
   * AWS:SourceAccount and AWS:SourceArn [recorded-rotation A16].
   */
  invokableFor(functionArn: string, secret: { readonly arn: string; readonly accountId: string }): boolean {
    const bound = this.#functions.get(functionArn);
    const permissions = bound?.definition.invokePermissions ?? [{ sourceAccount: bound?.accountId ?? '' }];
    return permissions.some(
      ({ sourceAccount, sourceArn }) =>
        bound !== undefined &&
        (sourceAccount === undefined || sourceAccount === secret.accountId) &&
        (sourceArn === undefined || fitsGlob(sourceArn, secret.arn)),
    );
  }

  async invoke(functionArn: string, event: FunctionEvent): Promise<InvocationResult> {
    const bound = this.#functions.get(functionArn);
    if (bound === undefined || this.#stopped) {
      return { errorType: 'ResourceNotFoundException', errorMessage: `Function not found: ${functionArn}` };
    }
    const environment = this.#warm(bound) ?? this.#coldStart(bound);
    if (environment === undefined) {
      // Without Node's own words, which quote the variables.
      return { errorType: 'Runtime.InvalidEntrypoint', errorMessage: 'The process could not be started.' };
    }
    const result = await environment.invoke(event, {
      requestId: this.#random.uuid(),
      functionArn,
      functionName: bound.name,
      memoryMegabytes: memoryMegabytes(bound.definition),
      timeoutMillis: timeoutSeconds(bound.definition) * 1000,
    });
    const stillBound = this.#functions.get(functionArn) === bound;
    if (environment.usable && stillBound && !this.#stopped) bound.idle.push(environment);
    else await this.#retire(environment);
    return result;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#environments].map((environment) => this.#retire(environment)));
  }

  #warm(bound: BoundFunction): ExecutionEnvironment | undefined {
    for (let environment = bound.idle.pop(); environment !== undefined; environment = bound.idle.pop()) {
      if (environment.usable) return environment;
      this.#environments.delete(environment);
    }
    return undefined;
  }

  #coldStart(bound: BoundFunction): ExecutionEnvironment | undefined {
    try {
      const environment = bound.start();
      this.#environments.add(environment);
      return environment;
    } catch {
      return undefined;
    }
  }

  async #retire(environment: ExecutionEnvironment): Promise<void> {
    this.#environments.delete(environment);
    await environment.stop();
  }
}

const everything = {
  policyName: 'everything',
  policyDocument: { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } },
} as const;

const lambdaTrust = {
  Statement: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
} as const;
