/** What `emulator.deploy` takes and gives back. Types only. */
import type { PolicyDocument } from '../access/policy.js';
import type { BundledFunction, FunctionDefinition } from '../functions/definition.js';
import type { RotationOutcome } from '../rotation/outcome.js';

/** Options hold for one deploy: give them again when you deploy again. */
export interface DeployOptions {
  /** For stacks that name no account: 12 digits. @default '000000000000', the account of the access key `test` */
  readonly accountId?: string;
  /** For stacks that name no Region. @default the emulator's */
  readonly region?: string;
  /** Values of the templates' parameters, by NAME or STACK/NAME. @default their own defaults */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Values of SSM parameters that no stack makes, by name: for parameters of an SSM type and for `{{resolve:ssm:…}}`. */
  readonly ssmParameters?: Readonly<Record<string, string>>;
  /** AWS's managed policies, by ARN, that the emulator does not know and a rotation may depend on. */
  readonly managedPolicies?: Readonly<Record<string, PolicyDocument>>;
  /**
   * Where databases really are: what their SecretTargetAttachments write into secrets. By STACK/LOGICALID or by
   * STACK/CONSTRUCT/PATH of the database. @default - engine, port and name of its template, and a host that does not exist
   */
  readonly targets?: Readonly<Record<string, DatabaseTarget>>;
  /** What runs instead of a function's own code: by STACK/LOGICALID or STACK/CONSTRUCT/PATH of the function. */
  readonly functions?: Readonly<Record<string, FunctionCode>>;
  /** Joins the environment of every function and wins over it, for what is different here: DATABASE_CA_FILE, say. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The Node that runs the functions. @default the one that runs this */
  readonly nodePath?: string;
  /**
   * Called when everything is there but the rotation schedules: the time to make the users of a database, as Amazon RDS
   * makes a superuser of a generated secret. Called at every deploy, whether or not schedules changed.
   */
  beforeRotation?(deployment: Deployment): void | Promise<void>;
  /** Told of each step as it is done. Must not throw. */
  onProgress?(progress: DeployProgress): void;
}

/** Connection fields, called as in the secret. What is absent stays as the database's template has it. */
export interface DatabaseTarget {
  readonly engine?: string;
  readonly host: string;
  readonly port?: number;
  readonly dbname?: string;
}

/** How a function runs, as in `bindFunction`, without what the template says of it. */
export type FunctionCode = WithoutConfiguration<FunctionDefinition>;

type WithoutConfiguration<T> = T extends unknown
  ? Omit<T, Exclude<keyof BundledFunction, 'bundle' | 'handlerName' | 'nodePath'>>
  : never;

export interface DeployProgress {
  readonly action: 'created' | 'updated' | 'removed' | 'retained' | 'rotation';
  readonly stackName: string;
  readonly accountId: string;
  readonly region: string;
  readonly logicalId: string;
  readonly type: string;
  /** How the rotation ended that a schedule started. */
  readonly status?: RotationOutcome['status'];
  readonly message?: string;
}

export interface Deployment {
  /** In the order in which they were deployed. */
  readonly stacks: readonly DeployedStack[];
  /**
   * @param name of the stack, or its path in the app (`Stage/Stack`)
   * @throws RangeError when there is none, or more than one: in different accounts, say
   */
  stack(name: string): DeployedStack;
  /** What the schedules that are new or changed have started, and how it ended. Empty while `beforeRotation` runs. */
  readonly rotations: readonly StartedRotation[];
}

/** Ids are logical ids, or construct paths without the stack: `Database/Instance/Secret`. */
export interface DeployedStack {
  readonly stackName: string;
  readonly accountId: string;
  readonly region: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** What `Ref` gives, by logical id. */
  readonly physicalIds: Readonly<Record<string, string>>;
  /** What the emulator has no model of and left alone. */
  readonly notModelled: readonly NotModelled[];
  /** @throws RangeError when there is no such secret */
  secretArn(id: string): string;
  /** @throws RangeError when there is no such function */
  functionArn(id: string): string;
}

export interface NotModelled {
  readonly logicalId: string;
  readonly type: string;
  /** Set when the type is modelled, and this resource could not be: why. */
  readonly reason?: string;
}

export interface StartedRotation {
  readonly stackName: string;
  /** Of the schedule. */
  readonly logicalId: string;
  readonly secretArn: string;
  readonly outcome: RotationOutcome;
}
