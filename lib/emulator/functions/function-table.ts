import type { Access } from '../access/access.js';
import type { Decision } from '../access/decision.js';
import { functionPolicy } from '../access/function-policy.js';
import type { ResourcePolicy } from '../access/resource-policy.js';
import type { Role, RoleTable } from '../access/roles.js';
import type { SessionTable } from '../access/sessions.js';
import { canonicalFunctionArn, parseFunctionArn, parseRoleArn } from '../arns.js';
import type { FunctionDefinition, FunctionEvent } from '../emulator.js';
import type { Randomness } from '../random.js';
import { assertDefinition } from './check-definition.js';
import { childProcess } from './child-process.js';
import { commandPerEvent } from './command.js';
import { lambdaEnvironment, memoryMegabytes, timeoutSeconds } from './environment.js';
import type { ExecutionEnvironment, InvocationResult } from './execution.js';
import { ExecutionRole, unqualified } from './execution-role.js';
import { inProcess } from './in-process.js';
import { OutputLog } from './output-log.js';
import { runtimeProcess } from './runtime.js';

interface BoundFunction {
  readonly definition: FunctionDefinition;
  readonly accountId: string;
  readonly name: string;
  readonly version: string;
  readonly start: (role: Role) => ExecutionEnvironment;
  readonly executionRole: ExecutionRole;
  /** Warm environments that wait for an event. */
  readonly idle: ExecutionEnvironment[];
}

/** The bound functions, and Lambda's way of running them: one event at a time per environment, another when all are busy. */
export class FunctionTable {
  readonly #functions = new Map<string, BoundFunction>();
  readonly #output = new Map<string, OutputLog>();
  /** Every environment that is not gone, also one that outlives its binding, and whose it is. */
  readonly #environments = new Map<ExecutionEnvironment, BoundFunction>();
  /** Those that are not used again once they have finished what they run. */
  readonly #spent = new WeakSet<ExecutionEnvironment>();
  readonly #roles: RoleTable;
  readonly #sessions: SessionTable;
  readonly #access: Access;
  readonly #random: Randomness;
  readonly #endpoint: string;
  #stopped = false;

  constructor(roles: RoleTable, sessions: SessionTable, access: Access, random: Randomness, endpoint: string) {
    this.#roles = roles;
    this.#sessions = sessions;
    this.#access = access;
    this.#random = random;
    this.#endpoint = endpoint;
  }

  bind(given: FunctionDefinition): void {
    const functionArn = canonicalFunctionArn(given.functionArn);
    const definition: FunctionDefinition = { ...given, functionArn };
    const { roleArn } = definition;
    const arn = parseFunctionArn(functionArn);
    if (arn === undefined) throw new TypeError(`not the ARN of a function: ${functionArn}`);
    if (parseRoleArn(roleArn)?.accountId !== arn.accountId) {
      throw new TypeError(`not the ARN of a role in the function's account: ${roleArn}`);
    }
    assertDefinition(definition);
    // An alias may point to any version, $LATEST among them, and nothing here tells to which.
    const version = /^\d+$/.test(arn.qualifier) ? arn.qualifier : '$LATEST';
    if (this.#roles.get(roleArn) === undefined) {
      this.#roles.put({ roleArn, trustPolicy: lambdaTrust, policies: [everything] });
    }
    const log = this.#output.get(functionArn) ?? new OutputLog();
    this.#output.set(functionArn, log);
    // Each environment has a session of its own, of the role as it then is.
    const start = (role: Role) => {
      const session = { functionArn, sourceFunctionArn: unqualified(functionArn) };
      const credentials = this.#sessions.open(role, arn.name, session);
      const environment = lambdaEnvironment(definition, { ...arn, version }, this.#endpoint, credentials);
      return startEnvironment(definition, environment, (text) => log.add(text));
    };
    this.unbind(functionArn);
    this.#functions.set(functionArn, {
      definition,
      accountId: arn.accountId,
      name: arn.name,
      version,
      start,
      executionRole: new ExecutionRole(definition, version, this.#roles, this.#access),
      idle: [],
    });
  }

  /** What is running an event may finish it; its environment is not used again. */
  unbind(functionArn: string): boolean {
    const key = canonicalFunctionArn(functionArn);
    void this.retireIdle(key);
    return this.#functions.delete(key);
  }

  /** Gives up the warm environments that wait for an event. */
  async retireIdle(functionArn: string): Promise<void> {
    const idle = this.#find(functionArn)?.idle.splice(0) ?? [];
    await Promise.all(idle.map((environment) => this.#retire(environment)));
  }

  /** Ends all environments of a function at once, whatever they are doing, and those of earlier bindings with them. @returns how many */
  kill(functionArn: string): number {
    const key = canonicalFunctionArn(functionArn);
    this.#find(functionArn)?.idle.splice(0);
    const living = [...this.#environments].flatMap(([environment, { definition }]) =>
      definition.functionArn === key && environment.usable ? [environment] : [],
    );
    for (const environment of living) void this.#retire(environment);
    return living.length;
  }

  /** The environments that have credentials of this role finish what they run, and are not used again. */
  retireRole(roleArn: string): void {
    for (const [environment, { definition }] of this.#environments) {
      if (definition.roleArn === roleArn) this.#spent.add(environment);
    }
    for (const { definition } of this.#functions.values()) {
      if (definition.roleArn === roleArn) void this.retireIdle(definition.functionArn);
    }
  }

  /** Every definition, in the order of binding. */
  list(): FunctionDefinition[] {
    return [...this.#functions.values()].map(({ definition }) => definition);
  }

  get(functionArn: string): FunctionDefinition | undefined {
    return this.#find(functionArn)?.definition;
  }

  outputOf(functionArn: string): string {
    return this.#output.get(canonicalFunctionArn(functionArn))?.text ?? '';
  }

  /**
   * Whether the function exists and its resource policy lets the service in for this secret: the service sends both
   * AWS:SourceAccount and AWS:SourceArn [recorded-rotation A16].
   */
  invokableFor(
    functionArn: string,
    secret: { readonly arn: string; readonly accountId: string },
    decisions: Decision[] = [],
  ): boolean {
    const resource = this.resource(functionArn);
    if (resource === undefined) return false;
    const refusal = this.#access.refusal({
      caller: { kind: 'service', arn: 'secretsmanager.amazonaws.com' },
      action: 'lambda:InvokeFunction',
      resource,
      resourceAsSent: resource.arn,
      keys: new Map([
        ['aws:sourceaccount', secret.accountId],
        ['aws:sourcearn', secret.arn],
      ]),
      decisions,
    });
    return refusal === undefined;
  }

  /** A function as policies know it. */
  resource(functionArn: string): { arn: string; accountId: string; policy: ResourcePolicy } | undefined {
    const bound = this.#find(functionArn);
    if (bound === undefined) return undefined;
    const { definition, accountId } = bound;
    return {
      arn: canonicalFunctionArn(definition.functionArn),
      accountId,
      policy: functionPolicy(definition, accountId),
    };
  }

  /** @param limitSeconds In place of the function's own time limit. */
  async invoke(functionArn: string, event: FunctionEvent, limitSeconds?: number): Promise<InvocationResult> {
    const bound = this.#find(functionArn);
    if (bound === undefined || this.#stopped) {
      return { errorType: 'ResourceNotFoundException', errorMessage: `Function not found: ${functionArn}` };
    }
    let environment = this.#warm(bound);
    if (environment === undefined) {
      const role = bound.executionRole.start();
      if ('errorType' in role) return role;
      environment = this.#coldStart(bound, role);
    }
    if (environment === undefined) {
      // Without Node's own words, which quote the variables.
      return { errorType: 'Runtime.InvalidEntrypoint', errorMessage: 'The process could not be started.' };
    }
    const result = await environment.invoke(event, {
      requestId: this.#random.uuid(),
      functionArn,
      functionName: bound.name,
      functionVersion: bound.version,
      memoryMegabytes: memoryMegabytes(bound.definition),
      timeoutMillis: (limitSeconds ?? timeoutSeconds(bound.definition)) * 1000,
    });
    const keep = !this.#spent.has(environment) && this.#find(functionArn) === bound;
    if (environment.usable && keep && !this.#stopped) bound.idle.push(environment);
    else await this.#retire(environment);
    return result;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#environments.keys()].map((environment) => this.#retire(environment)));
  }

  #find(functionArn: string): BoundFunction | undefined {
    return this.#functions.get(canonicalFunctionArn(functionArn));
  }

  #warm(bound: BoundFunction): ExecutionEnvironment | undefined {
    for (let environment = bound.idle.pop(); environment !== undefined; environment = bound.idle.pop()) {
      if (environment.usable) return environment;
      void this.#retire(environment);
    }
    return undefined;
  }

  #coldStart(bound: BoundFunction, role: Role): ExecutionEnvironment | undefined {
    try {
      const environment = bound.start(role);
      this.#environments.set(environment, bound);
      return environment;
    } catch {
      return undefined;
    }
  }

  async #retire(environment: ExecutionEnvironment): Promise<void> {
    await environment.stop();
    this.#environments.delete(environment);
  }
}

function startEnvironment(
  definition: FunctionDefinition,
  environment: Readonly<Record<string, string>>,
  output: (text: string) => void,
): ExecutionEnvironment {
  if ('bundle' in definition) return childProcess(definition, environment, output);
  if ('command' in definition) return commandPerEvent(definition, environment, output);
  if ('runtime' in definition) return runtimeProcess(definition, environment, output);
  return inProcess(definition, environment);
}

const everything = {
  policyName: 'everything',
  policyDocument: { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } },
} as const;

const lambdaTrust = {
  Statement: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
} as const;
