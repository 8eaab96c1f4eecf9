import type { Place } from '../deploy-error.js';
import type { DatabaseTarget, DeployOptions, FunctionCode } from '../deployment.js';
import type { DeployedResource, Estate, StackRecord } from '../estate.js';
import type { ResourceIdentity } from '../physical-names.js';
import type { PropertyReader } from '../property-reader.js';

/**
 * How a type of resource gets into the emulator. `put` both makes a resource and brings it up to date, so that a deploy
 * that stopped halfway can be repeated.
 */
export interface Model {
  readonly type: string;
  /** Whose values matter; the others are not even looked at. @default - all of them */
  readonly reads?: readonly string[];
  /** Put at every deploy, because it depends on more than its own properties. @default - when properties have changed */
  readonly always?: boolean;
  put(request: ResourceRequest): Physical;
  /** Called for what is no longer in the template, or was replaced. */
  remove?(resource: DeployedResource, removal: Removal): void;
}

export interface ResourceRequest {
  /** Names the resource in the whole estate. */
  readonly key: string;
  readonly type: string;
  readonly identity: ResourceIdentity;
  readonly place: Place;
  /** Of the Region: `aws`, mostly. */
  readonly partition: string;
  readonly properties: PropertyReader;
  readonly previous: DeployedResource | undefined;
  /** Whether one of these properties, or the resource, is new since the last deploy. */
  changed(...names: readonly string[]): boolean;
  readonly estate: Estate;
  readonly stack: StackSurroundings;
}

/** What a resource can ask of the stack that it is in, and of the options of the deploy. */
export interface StackSurroundings {
  readonly record: StackRecord;
  readonly options: DeployOptions;
  readonly tags: Readonly<Record<string, string>>;
  targetOf(logicalId: string): DatabaseTarget | undefined;
  functionCodeOf(logicalId: string): FunctionCode | undefined;
  /** The folder or file that was published under a key of the asset bucket. */
  asset(objectKey: string): { readonly source: string; readonly packaging: string } | undefined;
  /** To be done once everything else is there. */
  schedule(start: () => { readonly secretArn: string } | undefined): void;
}

export interface Physical {
  /** What `Ref` gives. */
  readonly ref: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** What models need to know at the next deploy, or of each other. No attributes of CloudFormation's. */
  readonly facts?: Readonly<Record<string, string>>;
  /** @default `ref` */
  readonly identity?: string;
  /** Set when the resource was left alone: why, or '' when its type has no model. */
  readonly leftAlone?: string;
}

export interface Removal {
  readonly estate: Estate;
  readonly stack: StackRecord;
  readonly place: Place;
}
