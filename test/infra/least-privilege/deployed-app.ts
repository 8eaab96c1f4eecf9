/** One app in an emulator of its own: deployed, with or without a part of its policies, and rotated. */
import path from 'node:path';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import {
  type Decision,
  type DeployedStack,
  type Deployment,
  type DeployOptions,
  type Emulator,
  startEmulator,
} from '../../../lib/emulator/index.js';
import { type AwsDouble, callersOf, type DoubleCall } from '../../support/aws-double.js';
import { type RdsDoubleOptions, startRdsDouble } from '../../support/rds-double.js';
import { loseVersion } from '../lost-version.js';
import type { SynthesizedApp } from '../synthesize.js';
import { FUNCTION_ACCOUNT, ORGANIZATION, SECRET_ACCOUNT } from './apps.js';
import { keep, type Removal, type Statement, writeWithout } from './statements.js';

export interface Secret {
  readonly stackName: string;
  readonly id: string;
  /** The statements that its rotation may need: STACK/LOGICALID. @default - all */
  readonly concerns?: RegExp;
  /** Whether two users take turns, or one login is changed. */
  readonly alternates?: boolean;
}

interface Options {
  readonly synthesized: SynthesizedApp;
  readonly rotated: readonly Secret[];
  readonly deployOptions: (emulator: Emulator) => DeployOptions;
  /** What is in RDS, where the functions ask RDS. */
  readonly rds?: Pick<RdsDoubleOptions, 'clusters' | 'instances'>;
}

export interface Trial {
  /** Why a rotation failed, or could not start; undefined when all succeeded. */
  readonly failure: string | undefined;
  /** What was refused to functions and services meanwhile. */
  readonly refused: readonly Decision[];
}

export function clientOf(emulator: Emulator, { accountId, region }: DeployedStack): SecretsManagerClient {
  const credentials = emulator.credentialsFor(accountId);
  return new SecretsManagerClient({ endpoint: emulator.endpoint, region, credentials, maxAttempts: 1 });
}

export async function readValue(
  emulator: Emulator,
  stack: DeployedStack,
  SecretId: string,
): Promise<Record<string, string>> {
  const { SecretString } = await clientOf(emulator, stack).send(new GetSecretValueCommand({ SecretId }));
  return JSON.parse(SecretString ?? '');
}

/** What functions ask besides the emulator, with the emulator's decisions on who may. */
interface Beside {
  readonly environment: Readonly<Record<string, string>>;
  readonly decisions: readonly Decision[];
  close(): Promise<void>;
}

async function startBeside(emulator: Emulator, databases: Options['rds']): Promise<Beside> {
  const decisions: Decision[] = [];
  if (databases === undefined) return { environment: {}, decisions, close: async () => {} };
  const permits = ({ callerArn, action, resourceArn }: DoubleCall) => {
    const role = callerArn.replace(/^arn:aws:sts::(\d+):assumed-role\/([^/]+)\/.*$/, 'arn:aws:iam::$1:role/$2');
    const decision = emulator.simulatePrincipalPolicy({ callerArn: role, action, resourceArn });
    decisions.push(decision);
    return decision.allowed;
  };
  const rds: AwsDouble = await startRdsDouble({ ...databases, callerOf: callersOf(emulator), permits });
  return {
    environment: {
      AWS_ENDPOINT_URL_RDS: rds.endpoint,
      NODE_OPTIONS: `--require=${path.join(__dirname, '../../support/rds-names.cjs')}`,
    },
    decisions,
    close: async () => rds[Symbol.asyncDispose](),
  };
}

export class DeployedApp {
  readonly emulator: Emulator;
  readonly #options: Options;
  readonly #beside: Beside;
  readonly #writeComplete: () => void;
  #deployment: Deployment;
  #coldStarts = 0;

  static async start(options: Options): Promise<DeployedApp> {
    const emulator = await startEmulator({
      organizations: { [FUNCTION_ACCOUNT]: ORGANIZATION, [SECRET_ACCOUNT]: ORGANIZATION },
      historyLimit: Number.POSITIVE_INFINITY,
    });
    let beside: Beside | undefined;
    try {
      beside = await startBeside(emulator, options.rds);
      const { environment, ...rest } = options.deployOptions(emulator);
      const deployed = { ...rest, environment: { ...environment, ...beside.environment } };
      return new DeployedApp(emulator, options, beside, await emulator.deploy(options.synthesized.folder, deployed));
    } catch (error) {
      await Promise.all([emulator.close(), beside?.close()]);
      throw error;
    }
  }

  private constructor(emulator: Emulator, options: Options, beside: Beside, deployment: Deployment) {
    this.emulator = emulator;
    this.#options = options;
    this.#beside = beside;
    this.#deployment = deployment;
    this.#writeComplete = keep(options.synthesized);
  }

  async close(): Promise<void> {
    await Promise.all([this.emulator.close(), this.#beside.close()]);
  }

  get stacks(): readonly DeployedStack[] {
    return this.#deployment.stacks;
  }

  get tests(): Deployment['rotations'] {
    return this.#deployment.rotations;
  }

  stack(name: string): DeployedStack {
    return this.#deployment.stack(name);
  }

  /** The decisions that were not about the root of an account: those on functions, and on Lambda and Secrets Manager for them. */
  decisions(): Decision[] {
    return this.#decisionsSince([0, 0]).filter(({ callerArn }) => !callerArn.endsWith(':root'));
  }

  #decisionsSince([here, beside]: readonly [number, number]): Decision[] {
    return [...this.emulator.decisions.slice(here), ...this.#beside.decisions.slice(beside)];
  }

  /** Deploys the app without something, looks, and deploys it whole again. */
  async without<T>(
    removals: Removal | readonly Removal[],
    look: () => Promise<T> | T,
    { cold = false }: { cold?: boolean } = {},
  ): Promise<T> {
    for (const removal of [removals].flat()) writeWithout(this.#options.synthesized, removal);
    // Another environment is another configuration, with which functions start anew.
    if (cold) this.#coldStarts += 1;
    try {
      await this.#deploy();
      return await look();
    } finally {
      this.#writeComplete();
      await this.#deploy();
    }
  }

  /** Rotates one secret after the other, until one fails: those that a statement concerns. */
  async rotate(statement?: Statement): Promise<Trial> {
    const before = [this.emulator.decisions.length, this.#beside.decisions.length] as const;
    let failure: string | undefined;
    for (const { stackName, id } of this.#concernedBy(statement)) {
      failure = await this.#rotateOne(this.stack(stackName), id);
      if (failure !== undefined) break;
    }
    const refused = this.#decisionsSince(before).filter(({ allowed }) => !allowed);
    return { failure, refused };
  }

  #concernedBy(statement: Statement | undefined): readonly Secret[] {
    if (statement === undefined) return this.#options.rotated;
    const name = `${statement.stackName}/${statement.logicalId}`;
    return this.#options.rotated.filter(({ concerns = /./ }) => concerns.test(name));
  }

  /** Leaves the targets of the same secrets with values to which no label leads. */
  async loseVersions(statement: Statement): Promise<void> {
    for (const { stackName, id, alternates = false } of this.#concernedBy(statement)) {
      const [stack, client] = [this.stack(stackName), clientOf(this.emulator, this.stack(stackName))];
      await loseVersion({ emulator: this.emulator, client, SecretId: stack.secretArn(id), movesBack: alternates });
    }
  }

  async #rotateOne(stack: DeployedStack, id: string): Promise<string | undefined> {
    const SecretId = stack.secretArn(id);
    try {
      await clientOf(this.emulator, stack).send(new RotateSecretCommand({ SecretId }));
    } catch (error) {
      return `RotateSecret: ${(error as Error).message}`;
    }
    const { status, message, steps } = await this.emulator.rotationSettled(SecretId);
    return status === 'Succeeded' ? undefined : `${message}: ${steps.at(-1)?.error}`;
  }

  /** Finishes what is pending: with everything in place, the rotation that failed succeeds. @returns how many there were */
  async recover(): Promise<number> {
    let recovered = 0;
    for (const { stackName, id } of this.#options.rotated) {
      const [stack, SecretId] = [this.stack(stackName), this.stack(stackName).secretArn(id)];
      if ((await this.#pendingVersion(stack, SecretId)) === undefined) continue;
      const { status, message, steps } = await this.emulator.reattemptRotation(SecretId);
      if (status !== 'Succeeded') throw new Error(`${message}: ${steps.at(-1)?.error}`);
      recovered += 1;
    }
    return recovered;
  }

  /** Forgets what is pending, where no function has begun anything. */
  async abandon(): Promise<void> {
    for (const { stackName, id } of this.#options.rotated) {
      const [stack, SecretId] = [this.stack(stackName), this.stack(stackName).secretArn(id)];
      const RemoveFromVersionId = await this.#pendingVersion(stack, SecretId);
      if (RemoveFromVersionId === undefined) continue;
      const label = { SecretId, VersionStage: 'AWSPENDING', RemoveFromVersionId };
      await clientOf(this.emulator, stack).send(new UpdateSecretVersionStageCommand(label));
    }
  }

  async #pendingVersion(stack: DeployedStack, SecretId: string): Promise<string | undefined> {
    const { VersionIdsToStages = {} } = await clientOf(this.emulator, stack).send(
      new DescribeSecretCommand({ SecretId }),
    );
    return Object.keys(VersionIdsToStages).find((version) => {
      const labels = VersionIdsToStages[version] ?? [];
      return labels.includes('AWSPENDING') && !labels.includes('AWSCURRENT');
    });
  }

  async #deploy(): Promise<void> {
    const { synthesized, deployOptions } = this.#options;
    const { beforeRotation: _, environment, ...options } = deployOptions(this.emulator);
    this.#deployment = await this.emulator.deploy(synthesized.folder, {
      ...options,
      environment: { ...environment, ...this.#beside.environment, COLD_STARTS: String(this.#coldStarts) },
    });
  }
}
