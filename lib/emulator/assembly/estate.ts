import type { PolicyDocument } from '../access/policy.js';
import type { RoleTable } from '../access/roles.js';
import type { RotationOutcome } from '../emulator.js';
import { Fault } from '../fault.js';
import type { KeyTable } from '../kms/key-table.js';
import { callOperation } from '../operations/call.js';
import type { JsonFields } from '../operations/operation.js';
import type { Service } from '../service.js';
import { DeployError, type Place } from './deploy-error.js';
import { FunctionRegistry } from './function-registry.js';
import { RoleRegistry } from './role-registry.js';

/** What is remembered of a resource, to tell at the next deploy what has changed. No secret values: digests. */
export interface DeployedResource {
  /** Names it in the whole estate. */
  readonly key: string;
  readonly logicalId: string;
  readonly type: string;
  /** Another identity at the next deploy means: replaced. */
  readonly identity: string;
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** What its model wants to know at the next deploy, and other models of it. */
  readonly facts: Readonly<Record<string, string>>;
  /** Of each property as the template resolves to. */
  readonly digests: Readonly<Record<string, string>>;
  readonly deletionPolicy: string;
  readonly updateReplacePolicy: string;
  /** Why it was left alone, '' when its type has no model; undefined for what is modelled. */
  readonly leftAlone: string | undefined;
}

export interface StackRecord {
  readonly stackName: string;
  readonly accountId: string;
  readonly region: string;
  /** By logical id, each after those that it depends on. */
  readonly resources: Map<string, DeployedResource>;
  outputs: Readonly<Record<string, string>>;
  /** Names that other stacks of the account and Region import. */
  exports: ReadonlyMap<string, string>;
}

/** Everything that was deployed into one emulator. */
export class Estate {
  readonly stacks = new Map<string, StackRecord>();
  readonly roles: RoleRegistry;
  readonly functions: FunctionRegistry;
  readonly #ssm = new Map<string, string>();
  readonly keys: KeyTable;
  readonly #service: Service;
  #last: Promise<unknown> = Promise.resolve();

  constructor(service: Service, roles: RoleTable) {
    this.#service = service;
    this.keys = service.keys;
    this.roles = new RoleRegistry(roles);
    this.functions = new FunctionRegistry(service.functions);
  }

  /** One deploy after the other: each finds what the one before has left. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  stack(stackName: string, accountId: string, region: string): StackRecord {
    const key = [accountId, region, stackName].join(' ');
    const record = this.stacks.get(key) ?? {
      stackName,
      accountId,
      region,
      resources: new Map(),
      outputs: {},
      exports: new Map(),
    };
    this.stacks.set(key, record);
    return record;
  }

  /** Forgets a stack, whose resources were removed. */
  delete({ stackName, accountId, region }: StackRecord): void {
    this.stacks.delete([accountId, region, stackName].join(' '));
  }

  /** A call as CloudFormation makes it for whoever deploys: here the root of the account. @throws DeployError */
  call(
    { accountId, region }: Pick<StackRecord, 'accountId' | 'region'>,
    operation: string,
    input: Readonly<Record<string, unknown>>,
    place: Place,
  ): JsonFields {
    try {
      return callOperation(this.#service, { accountId, region, operation, input });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      throw new DeployError(`${operation} was refused with ${error.code}: ${error.message}`, place, { cause: error });
    }
  }

  /** Whether the emulator has a function under this ARN, whoever bound it. */
  hasFunction(functionArn: string): boolean {
    return this.#service.functions.get(functionArn) !== undefined;
  }

  hasSecret(accountId: string, region: string, name: string): boolean {
    return this.#service.secrets.find(name, accountId, region) !== undefined;
  }

  /** How the rotation ends that was started last. */
  async settled(secretArn: string): Promise<RotationOutcome> {
    const secret = this.#service.secrets.findAnywhere(secretArn);
    if (secret === undefined) throw new DeployError(`${secretArn} is gone before its rotation has ended`);
    return this.#service.rotations.settled(secret);
  }

  ssmParameter(accountId: string, region: string, name: string): string | undefined {
    return this.#ssm.get([accountId, region, name].join(' '));
  }

  putSsmParameter(accountId: string, region: string, name: string, value: string): void {
    this.#ssm.set([accountId, region, name].join(' '), value);
  }

  deleteSsmParameter(accountId: string, region: string, name: string): void {
    this.#ssm.delete([accountId, region, name].join(' '));
  }

  exported(accountId: string, region: string, name: string): string | undefined {
    for (const stack of this.stacks.values()) {
      const value = stack.accountId === accountId && stack.region === region ? stack.exports.get(name) : undefined;
      if (value !== undefined) return value;
    }
    return undefined;
  }
}

/** A document of a template; whether it is a policy is for those to say who evaluate it. */
export function policyDocument(document: unknown): PolicyDocument {
  return document as PolicyDocument;
}
