import { createHash } from 'node:crypto';
import path from 'node:path';
import { readTemplate, type StackArtifact } from './cloud-assembly.js';
import type { Concealed } from './concealed.js';
import { inOrder } from './dependencies.js';
import { at, type Place, TemplateFault } from './deploy-error.js';
import type { DeployOptions, DeployProgress } from './deployment.js';
import { replaceDynamicReferences } from './dynamic-references.js';
import type { DeployedResource, Estate, StackRecord } from './estate.js';
import { absent, resolve } from './intrinsics.js';
import { modelOf } from './models/index.js';
import type { Model, Physical, StackSurroundings } from './models/model.js';
import { partitionOf } from './partition.js';
import { physicalName } from './physical-names.js';
import { PropertyReader } from './property-reader.js';
import { resolvedText, StackScope } from './stack-scope.js';
import { isObject, type Json, type JsonObject, type TemplateResource } from './template.js';

/** A rotation schedule that waits until everything else is there. */
export interface WaitingSchedule {
  readonly stack: StackRecord;
  readonly logicalId: string;
  /** @returns the secret whose rotation has started, if one has */
  start(): { readonly secretArn: string } | undefined;
}

export interface Run {
  readonly estate: Estate;
  readonly options: DeployOptions;
  readonly schedules: WaitingSchedule[];
  readonly concealed: Concealed;
  report(progress: DeployProgress): void;
}

/** Brings one stack to what its template says: resources in the order of their dependencies, then what is gone, then outputs. */
export class StackRun {
  readonly record: StackRecord;
  readonly #artifact: StackArtifact;
  readonly #run: Run;
  readonly #scope: StackScope;
  readonly #replaced: DeployedResource[] = [];

  constructor(artifact: StackArtifact, record: StackRecord, run: Run) {
    this.#artifact = artifact;
    this.record = record;
    this.#run = run;
    this.#scope = new StackScope(artifact, record, run);
  }

  /** @throws DeployError at the first resource that cannot be deployed; those before it stay */
  deploy(): void {
    const { stackName } = this.record;
    const wanted = new Map(
      Object.entries(this.#artifact.template.Resources).filter(([logicalId, { Condition }]) =>
        at({ stackName, logicalId }, () => Condition === undefined || this.#scope.condition(Condition)),
      ),
    );
    for (const logicalId of at({ stackName }, () => inOrder(wanted))) {
      const resource = wanted.get(logicalId);
      if (resource !== undefined) this.#put(logicalId, resource);
    }
    const gone = [...this.record.resources.values()].filter(({ logicalId }) => !wanted.has(logicalId));
    for (const resource of [...this.#replaced, ...gone.reverse()]) this.#remove(resource);
    this.#run.estate.functions.bind();
    this.#output();
  }

  /** Removes all of the stack: a nested one that its parent has no more. */
  delete(): void {
    for (const resource of [...this.record.resources.values()].reverse()) this.#remove(resource);
    this.#run.estate.delete(this.record);
  }

  #put(logicalId: string, resource: TemplateResource): void {
    const { accountId, region, stackName, resources } = this.record;
    const place = { stackName, logicalId };
    const type = resource.Type;
    const model = type === nestedStackType ? this.#nestedStack(resource) : modelOf(type);
    const previous = resources.get(logicalId);
    const values = this.#resolve(resource, model, place);
    const digests = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, digest(value)]));
    const changed = (...names: readonly string[]) => names.some((name) => previous?.digests[name] !== digests[name]);
    const policies = {
      deletionPolicy: resource.DeletionPolicy ?? 'Delete',
      updateReplacePolicy: resource.UpdateReplacePolicy ?? 'Delete',
    };
    if (previous !== undefined && previous.type !== type) {
      throw at(place, () => {
        throw new TemplateFault(`the type was ${previous.type} and cannot become ${type}: give it another logical id`);
      });
    }
    const all = [...new Set([...Object.keys(digests), ...Object.keys(previous?.digests ?? {})])];
    if (previous !== undefined && !model.always && !changed(...all)) {
      this.#keep({ ...previous, ...policies });
      return;
    }
    let waits = false;
    const surroundings: StackSurroundings = {
      ...this.#surroundings(),
      schedule: (start) => {
        waits = true;
        const started = () => {
          const answer = start();
          const scheduled = resources.get(logicalId);
          if (scheduled !== undefined) resources.set(logicalId, { ...scheduled, digests });
          return answer;
        };
        this.#run.schedules.push({ stack: this.record, logicalId, start: started });
      },
    };
    const physical = at(place, () =>
      model.put({
        key: [accountId, region, stackName, logicalId].join(' '),
        type,
        identity: { accountId, region, stackName, logicalId },
        place,
        partition: partitionOf(region).name,
        properties: new PropertyReader(replaced(values, this.#scope), place),
        previous,
        changed,
        estate: this.#run.estate,
        stack: surroundings,
      }),
    );
    // A schedule that has not started yet is tried again by the next deploy.
    const deployed = this.#deployed(logicalId, type, physical, waits ? {} : digests, policies);
    this.#keep(deployed);
    if (previous !== undefined && previous.identity !== deployed.identity) this.#replaced.unshift(previous);
    if (previous === undefined) this.#report('created', deployed);
    else if (changed(...all) || !sameOutside(previous, deployed)) this.#report('updated', deployed);
  }

  #keep(resource: DeployedResource): void {
    this.record.resources.delete(resource.logicalId);
    this.record.resources.set(resource.logicalId, resource);
    this.#scope.add(resource);
  }

  #deployed(
    logicalId: string,
    type: string,
    { ref, attributes = {}, facts = {}, identity = ref, leftAlone }: Physical,
    digests: Readonly<Record<string, string>>,
    policies: Pick<DeployedResource, 'deletionPolicy' | 'updateReplacePolicy'>,
  ): DeployedResource {
    const { accountId, region, stackName } = this.record;
    const key = [accountId, region, stackName, logicalId].join(' ');
    return { key, logicalId, type, ref, attributes, facts, identity, digests, leftAlone, ...policies };
  }

  /** Each property by itself, so that what is wrong can be told by its name. */
  #resolve({ Properties = {} }: TemplateResource, { reads }: Model, place: Place): JsonObject {
    const wanted = Object.entries(Properties).filter(([name]) => reads?.includes(name) ?? true);
    const values = wanted.map(
      ([property, value]) => [property, at({ ...place, property }, () => resolve(value, this.#scope))] as const,
    );
    return Object.fromEntries(values.filter((entry): entry is readonly [string, Json] => entry[1] !== absent));
  }

  #remove(resource: DeployedResource): void {
    const { logicalId, type, deletionPolicy, updateReplacePolicy } = resource;
    const present = this.record.resources.get(logicalId);
    const isReplaced = present !== undefined && present.identity !== resource.identity;
    const retained = (isReplaced ? updateReplacePolicy : deletionPolicy).startsWith('Retain');
    const place = { stackName: this.record.stackName, logicalId };
    const { estate } = this.#run;
    const model = type === nestedStackType ? this.#nestedStack({ Type: type }) : modelOf(type);
    if (!retained) at(place, () => model.remove?.(resource, { estate, stack: this.record, place }));
    if (!isReplaced) this.record.resources.delete(logicalId);
    this.#report(retained ? 'retained' : 'removed', resource);
  }

  #output(): void {
    const { stackName } = this.record;
    const { Outputs = {} } = this.#artifact.template;
    const values: Record<string, string> = {};
    const exports = new Map<string, string>();
    for (const [name, { Value, Condition, Export }] of Object.entries(Outputs)) {
      at({ stackName, property: `output ${name}` }, () => {
        if (Condition !== undefined && !this.#scope.condition(Condition)) return;
        const value = resolvedText(Value, this.#scope);
        values[name] = value;
        if (Export !== undefined) exports.set(resolvedText(Export.Name, this.#scope), value);
      });
    }
    this.record.outputs = values;
    this.record.exports = exports;
  }

  /** AWS::CloudFormation::Stack, as `NestedStack` makes it: a template among the assets, deployed as a stack of its own. */
  #nestedStack({ Metadata }: Pick<TemplateResource, 'Type' | 'Metadata'>): Model {
    const file = Metadata?.['aws:asset:path'];
    return {
      type: nestedStackType,
      always: true,
      reads: ['Parameters', 'TemplateURL'],
      put: ({ identity, properties, stack, previous }) => {
        const stackName = previous?.facts.stackName ?? physicalName(identity, 128);
        const published = stack.asset(properties.requiredText('TemplateURL').split('/').at(-1) ?? '')?.source;
        const source = typeof file === 'string' ? path.join(this.#artifact.folder, file) : published;
        if (source === undefined) throw properties.wrong('TemplateURL', 'no asset of the assembly is this template');
        const parameters = Object.entries(properties.object('Parameters')?.all ?? {}).map(
          ([name, value]) => [name, Array.isArray(value) ? value.join(',') : String(value)] as const,
        );
        const artifact = {
          ...this.#artifact,
          stackName,
          template: readTemplate(source),
          parameters: Object.fromEntries(parameters),
        };
        const record = this.#run.estate.stack(stackName, identity.accountId, identity.region);
        new StackRun(artifact, record, this.#run).deploy();
        const outputs = Object.entries(record.outputs).map(([name, value]) => [`Outputs.${name}`, value] as const);
        const { name: partition } = partitionOf(identity.region);
        const id = `arn:${partition}:cloudformation:${identity.region}:${identity.accountId}:stack/${stackName}/nested`;
        return { ref: id, attributes: Object.fromEntries(outputs), facts: { stackName } };
      },
      remove: ({ facts }, { estate, stack }) => {
        const record = estate.stack(facts.stackName ?? '', stack.accountId, stack.region);
        new StackRun(this.#artifact, record, this.#run).delete();
      },
    };
  }

  #surroundings(): Omit<StackSurroundings, 'schedule'> {
    const { options } = this.#run;
    const { assets, tags } = this.#artifact;
    const here = (key: string) =>
      key.replace(
        /\$\{AWS::(AccountId|Region)\}/g,
        (_, name) => this.record[name === 'Region' ? 'region' : 'accountId'],
      );
    return {
      record: this.record,
      options,
      tags,
      targetOf: (logicalId) => this.#optionFor(logicalId, options.targets),
      functionCodeOf: (logicalId) => this.#optionFor(logicalId, options.functions),
      asset: (objectKey) => assets.find(({ objectKeys }) => objectKeys.some((key) => here(key) === objectKey)),
    };
  }

  #optionFor<T>(logicalId: string, options: Readonly<Record<string, T>> | undefined): T | undefined {
    const { stackName, displayName, constructPaths } = this.#artifact;
    const ids = [logicalId, ...[...constructPaths].filter(([, id]) => id === logicalId).map(([each]) => each)];
    const keys = [stackName, displayName].flatMap((name) => ids.map((id) => `${name}/${id}`));
    return keys.map((key) => options?.[key]).find((option) => option !== undefined);
  }

  #report(action: DeployProgress['action'], { logicalId, type }: DeployedResource): void {
    const { stackName, accountId, region } = this.record;
    this.#run.report({ action, stackName, accountId, region, logicalId, type });
  }
}

const nestedStackType = 'AWS::CloudFormation::Stack';

function replaced(values: JsonObject, scope: StackScope): JsonObject {
  const value = replaceDynamicReferences(values, scope);
  return isObject(value) ? value : {};
}

/** Nothing that a secret is made of is remembered, only whether it is the same. */
function digest(value: Json): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64');
}

function sameOutside(a: DeployedResource, b: DeployedResource): boolean {
  const seen = ({ ref, attributes, facts }: DeployedResource) => JSON.stringify([ref, attributes, facts]);
  return seen(a) === seen(b);
}
