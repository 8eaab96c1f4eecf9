/** THE CONTRACT OF THE EMULATOR: what `startEmulator` takes and gives back. Types only. */
import type { Decision } from './access/decision.js';
import type { NamedPolicy, PolicyDocument } from './access/policy.js';
import type { Deployment, DeployOptions } from './assembly/deployment.js';
import type { FunctionDefinition } from './functions/definition.js';
import type { Interceptor } from './interception/interceptor.js';
import type { RotationOutcome } from './rotation/outcome.js';
import type { RotationStep } from './rotation/step.js';
import type { UndocumentedBehaviour } from './undocumented.js';
import type { Weather, WeatherControl, WeatherMark } from './weather/weather.js';

export interface EmulatorOptions {
  /** TCP port on 127.0.0.1, 0 to 65535. @default 0, any free port */
  readonly port?: number;
  /** The Region that `Emulator.region` names. Requests carry their own in the credential scope. @default 'us-east-1' */
  readonly region?: string;
  /**
   * The clock behind every date, expiry and deadline the service keeps. What is scheduled happens when it gets there by
   * itself, or `Emulator.advance` goes there; while it stands still, nothing does. @default the real one
   */
  readonly now?: () => Date;
  /** Makes ARN suffixes, version ids, access keys, RotationTokens and passwords repeatable. @default unpredictable */
  readonly seed?: number;
  /** What AWS leaves open, answered otherwise than by default. @default `undocumentedDefaults` */
  readonly undocumented?: Partial<UndocumentedBehaviour>;
  /** What goes wrong between callers and the service, from the start. `Emulator.weather` changes it. @default fair */
  readonly weather?: Weather;
  /**
   * The organization of each account that is in one, for the condition keys aws:PrincipalOrgID, aws:ResourceOrgID and
   * aws:SourceOrgID: `{ '111122223333': 'o-abcdefghij' }`. @default - none
   */
  readonly organizations?: Readonly<Record<string, string>>;
  /** What policies refuse is recorded, with `enforced: false`, and carried out all the same. @default false */
  readonly permissive?: boolean;
  /**
   * How many of `requests`, of `decisions` and of `events` are remembered, the newest of each: a whole number from 0, or
   * Infinity for all. What tells a caller everything, whatever is remembered, is `onRequest`. @default 10_000
   */
  readonly historyLimit?: number;
  /**
   * Serves these methods over HTTP as well, below `/_keyturn/` of the endpoint: docs/emulator-control-api.md. It can bind
   * commands, so whoever can connect to the port can then run programs as this user. @default false
   */
  readonly controlApi?: boolean;
  /** Told of every request once it is answered, free of secret values. Must not throw. @default nobody */
  readonly onRequest?: (request: RecordedRequest) => void;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export interface Emulator extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`: serves Secrets Manager and STS. */
  readonly endpoint: string;
  readonly region: string;
  /**
   * Credentials of an account's root, who may do everything in that account.
   * @param accountId 12 digits
   * @throws RangeError when it is not 12 digits
   */
  credentialsFor(accountId: string): Credentials;
  /** Makes a role, or replaces it. @throws TypeError for a policy or an ARN that IAM would refuse */
  createRole(role: RoleDefinition): void;
  /** Forgets a role: its sessions' credentials are refused from now on. @returns whether there was such a role */
  deleteRole(roleArn: string): boolean;
  /**
   * Makes a KMS key; or gives the key of that ARN another policy, further aliases and another state: its grants stay.
   * The key `alias/aws/secretsmanager` of each account and Region is there by itself.
   * @returns the key's ARN
   * @throws TypeError for a policy, ARN or alias that KMS would refuse
   */
  createKey(definition: KeyDefinition): string;
  /** May be called twice. @throws TypeError when there is no such key */
  setKeyState(keyArn: string, state: KeyState): void;
  /** Forgets a key with its aliases and grants, at once. May be called twice. @throws TypeError for AWS's own key */
  deleteKey(keyArn: string): void;
  /**
   * Makes an alias, or points it at another key.
   * @param aliasArn `arn:aws:kms:REGION:ACCOUNT:alias/NAME`, of the key's account and Region
   * @throws TypeError when it is not, or when there is no such key
   */
  createKeyAlias(aliasArn: string, keyArn: string): void;
  /** May be called twice. */
  deleteKeyAlias(aliasArn: string): void;
  /** Each call makes another grant. @returns the grant's id @throws TypeError for an unknown key or no principal's ARN */
  createGrant(definition: GrantDefinition): string;
  /** May be called twice. */
  revokeGrant(keyArn: string, grantId: string): void;
  /**
   * Makes a secret as an AWS service does in a customer's account: everybody with permission reads it, and it can neither
   * be changed nor deleted by anyone.
   * @returns its ARN
   * @throws Error for what CreateSecret refuses
   */
  createManagedSecret(definition: ManagedSecretDefinition): string;
  /**
   * Makes a rotation function known under its ARN and replaces an earlier binding of that ARN.
   * An execution role that `createRole` has not made is made, with full rights in its account.
   */
  bindFunction(definition: FunctionDefinition): void;
  /**
   * Ends the processes of a function with SIGKILL, in the midst of whatever they do: what they run fails as on Lambda, and the
   * next event finds a new one. Those of earlier bindings of the ARN, and of one that was unbound, are ended too. A handler in
   * this process cannot be killed: it is left to itself.
   * @returns how many there were
   */
  killFunction(functionArn: string): number;
  /**
   * Ends the sessions that a role has now, as if their time were over: their requests are refused with ExpiredTokenException.
   * Functions that run under it are given new credentials with their next cold start, which is their next event.
   * @returns how many there were, without those that were over already
   */
  expireSessions(roleArn: string): number;
  /**
   * Lets code of a test stand in the way of requests and invocations, in place of whoever did so before; without an
   * interceptor, nobody does. What it began, it finishes. When it throws, the request is answered with InternalServiceError,
   * and the invocation has failed with what it threw. `reset()` removes it.
   */
  intercept(interceptor?: Interceptor): void;
  /** Forgets a function, as one that was deleted: its next invocation fails. What it is running, it may finish. @returns whether there was one */
  unbindFunction(functionArn: string): boolean;
  /**
   * Deploys what `cdk synth` wrote, as CloudFormation would: the secrets, roles, keys, functions and rotation schedules of
   * all its stacks, in whichever accounts and Regions they are. Deploying again updates: values of secrets stay, what is no
   * longer in the templates goes by its DeletionPolicy. Deploys of one emulator take turns.
   * @param assembly the folder that `cdk synth` wrote: `cdk.out`
   * @returns once the rotations have ended that its schedules started
   * @throws DeployError naming stack, resource and property. What was deployed before it stays, and is listed in its `done`
   * @throws RangeError for options that are none
   */
  deploy(assembly: string, options?: DeployOptions): Promise<Deployment>;
  /** What the service did by itself, oldest first, the newest `historyLimit`: the shape of CloudTrail's service events. */
  readonly events: readonly ServiceEvent[];
  /** The requests received, oldest first, the newest `historyLimit`, free of secret values. */
  readonly requests: readonly RecordedRequest[];
  /**
   * What was decided of the actions that a request, or the service by itself, needed permission for: oldest first, the
   * newest `historyLimit`.
   */
  readonly decisions: readonly Decision[];
  /**
   * Waits until no rotation of the secret is in flight, then tells how the last one ended.
   * @param secretId ARN, or name (of whichever account has one; an ARN is safer)
   * @throws Error when the secret is unknown or was never rotated
   */
  rotationSettled(secretId: string): Promise<RotationOutcome>;
  /**
   * Does what "That rotation will be reattempted" promises: runs all four steps again on the version that holds
   * AWSPENDING, and waits for the end. AWS says neither when nor how often it does so by itself, nor whether it does when
   * AWSCURRENT is on that version already and its function ended without an answer: here it may be asked to.
   * @throws Error when rotation is disabled, one is in flight, or no version but AWSCURRENT's holds AWSPENDING, unless the
   * rotation to AWSCURRENT's failed
   */
  reattemptRotation(secretId: string): Promise<RotationOutcome>;
  /**
   * Moves the emulator's clock ahead of its base, `EmulatorOptions.now`, and lets everything happen that falls due on the
   * way: in order, the clock standing at the time of each, and each scheduled rotation running to its end. A rotation
   * that RotateSecret began is not waited for: `rotationSettled` does that. Calls queue, so that a rotation function must
   * not wait for one.
   * @param millis zero or more
   * @throws RangeError when it is negative or no number, or leads beyond the last date there is
   */
  advance(millis: number): Promise<void>;
  /**
   * Whether a caller may do something, and by which statement: IAM's own SimulatePrincipalPolicy, with the policy of the
   * resource. Nothing is recorded.
   * @throws RangeError when there is no such caller
   */
  simulatePrincipalPolicy(simulation: PolicySimulation): Decision;
  /** What the emulator's clock shows. */
  now(): Date;
  /** What a function's processes wrote to stdout and stderr so far, the last 4 Mi characters of it. In-process handlers share this process's own output: ''. */
  functionOutput(functionArn: string): string;
  /**
   * Forgets every secret, role, function, key, record and setting, and its clock starts anew: the emulator is as it was started,
   * under the same endpoint. Ends rotations in flight and the processes of functions. May be called at any time.
   */
  reset(): Promise<void>;
  /** What goes wrong between callers and the service: throttling, errors, delays, cut connections, reads that lag. */
  readonly weather: WeatherControl;
  /** Stops the server and every process it started. May be called twice. */
  close(): Promise<void>;
}

/** A secret that an AWS service makes in a customer's account, such as the superuser of a managed database. */
export interface ManagedSecretDefinition {
  /** 12 digits. */
  readonly accountId: string;
  /** @default - the emulator's */
  readonly region?: string;
  /** As the service has it in `OwningService`: `rds`, `redshift`, `events`, ... */
  readonly owningService: string;
  /** AWS's services begin it with their name and an exclamation mark: `rds!cluster-1`. */
  readonly name: string;
  readonly secretString: string;
  /** A customer managed key: its ARN, id or alias. @default - `alias/aws/secretsmanager` */
  readonly kmsKeyId?: string;
  /**
   * What the service tags it with, besides its own name. The superuser's of an RDS cluster has `aws:rds:primaryDBClusterArn`, an instance's `aws:rds:primaryDBInstanceArn`,
   * Redshift's `aws:redshift:primaryClusterArn` or `aws:redshift-serverless:namespaceArn`. @default - none
   */
  readonly tags?: Readonly<Record<string, string>>;
}

/** A request that nobody makes. */
export interface PolicySimulation {
  /** A role's ARN, an account's root, or a service such as `states.amazonaws.com`. */
  readonly callerArn: string;
  /** `service:Operation` */
  readonly action: string;
  /** An ARN. The policies of secrets, keys, functions and roles that are there are evaluated as well. @default - none, `*` */
  readonly resourceArn?: string;
  /** Condition keys of the request, in any case. Those of the caller, the time and the resource's account are there by themselves. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

export interface RoleDefinition {
  /** `arn:aws:iam::ACCOUNT:role/NAME`, with a path if need be. */
  readonly roleArn: string;
  readonly trustPolicy: PolicyDocument;
  /** Identity policies. @default - none: nothing is allowed but what policies of resources allow */
  readonly policies?: readonly (PolicyDocument | NamedPolicy)[];
  /** aws:PrincipalTag of its sessions. @default - none */
  readonly tags?: Readonly<Record<string, string>>;
  /** What the identity policies are confined to. @default - not confined */
  readonly permissionsBoundary?: PolicyDocument;
  /** 3600 to 43200. @default 3600 */
  readonly maxSessionSeconds?: number;
}

/** 'pendingDeletion': scheduled for deletion, and of no use until that is cancelled. */
export type KeyState = 'enabled' | 'disabled' | 'pendingDeletion';

/** A symmetric KMS key: under an ARN of your choice, or in an account and Region with an id that is made up. */
export type KeyDefinition = KeySettings &
  (
    | {
        /** `arn:aws:kms:REGION:ACCOUNT:key/ID` */
        readonly keyArn: string;
      }
    | { readonly accountId: string; readonly region: string }
  );

interface KeySettings {
  /** @default - KMS's own: the account's identity policies decide */
  readonly policy?: PolicyDocument;
  /** Names such as `alias/app`, in the key's account and Region; they are taken from whichever key had them. */
  readonly aliases?: readonly string[];
  /** @default 'enabled' */
  readonly state?: KeyState;
}

export interface GrantDefinition {
  readonly keyArn: string;
  /** ARN of a role, of a session (`arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`), of a user or an account's root. */
  readonly granteePrincipal: string;
  /** Operations of KMS without a prefix. Secrets Manager calls these three. */
  readonly operations: readonly ('Decrypt' | 'Encrypt' | 'GenerateDataKey')[];
  /** What the encryption context must be, or contain: `SecretARN` and `SecretVersionId`. @default - anything */
  readonly constraints?: {
    readonly encryptionContextEquals?: Readonly<Record<string, string>>;
    readonly encryptionContextSubset?: Readonly<Record<string, string>>;
  };
}

export type {
  BundledFunction,
  CommandFunction,
  FunctionContext,
  FunctionDefinition,
  FunctionEvent,
  InProcessFunction,
  InvokePermission,
  RuntimeFunction,
} from './functions/definition.js';
export type { RotationOutcome, RotationStatus, StepOutcome } from './rotation/outcome.js';
export type { RotationStep };

/** One thing the service did by itself: CloudTrail's shape (recorded for RotationAbandoned and the version deletes). */
export interface ServiceEvent {
  readonly eventVersion: '1.11';
  readonly eventType: 'AwsServiceEvent';
  readonly eventSource: 'secretsmanager.amazonaws.com';
  readonly eventName:
    | 'RotationStarted'
    | 'RotationSucceeded'
    | 'RotationFailed'
    | 'RotationAbandoned'
    | 'TestRotationStarted'
    | 'TestRotationSucceeded'
    | 'TestRotationFailed'
    | 'ReplicationStarted'
    | 'ReplicationSucceeded'
    | 'ReplicationFailed'
    | 'SecretVersionDeletion'
    | 'CancelSecretVersionDelete'
    | 'StartSecretVersionDelete'
    | 'EndSecretVersionDelete';
  /** ISO 8601, whole seconds, UTC. */
  readonly eventTime: string;
  readonly eventID: string;
  readonly awsRegion: string;
  readonly recipientAccountId: string;
  readonly userIdentity: { readonly accountId: string; readonly invokedBy: 'secretsmanager.amazonaws.com' };
  readonly sourceIPAddress: 'secretsmanager.amazonaws.com';
  readonly userAgent: 'secretsmanager.amazonaws.com';
  readonly requestParameters: null;
  readonly responseElements: null;
  /** `SecretId` (the ARN) for rotations, `ARN` and `Name` for deletions. */
  readonly additionalEventData: Readonly<Record<string, string>>;
  readonly requestID: string;
  readonly errorMessage?: string;
  readonly readOnly: false;
  readonly managementEvent: true;
  readonly eventCategory: 'Management';
}

export interface RecordedRequest {
  readonly time: Date;
  readonly service: 'secretsmanager' | 'sts' | 'unknown';
  /** 'unknown' when the request names none that is served. */
  readonly operation: string;
  /** Absent when the caller could not be told. */
  readonly accountId?: string;
  readonly region?: string;
  readonly callerArn?: string;
  /** CloudTrail's style: names start in lower case, secret values and RotationTokens are left out. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** CloudTrail's style: 'AccessDenied' for AccessDeniedException, otherwise the exception's name. */
  readonly errorCode?: string;
  readonly errorMessage?: string;
  /** The secret it was about, once known. */
  readonly secretArn?: string;
  /** Set when a function made the request, through whichever role, while it ran this step. */
  readonly step?: RotationStep;
  /** The rotation that the step belongs to. */
  readonly rotation?: { readonly secretArn: string; readonly versionId: string };
  /** What the weather did to it, in order. */
  readonly weather?: readonly WeatherMark[];
  /** What was decided of each action that the request needed permission for, in order. */
  readonly decisions: readonly Decision[];
}
