import type { StackArtifact } from './cloud-assembly.js';
import type { Concealed } from './concealed.js';
import { TemplateFault } from './deploy-error.js';
import type { DeployOptions } from './deployment.js';
import type { DynamicSources } from './dynamic-references.js';
import type { DeployedResource, Estate, StackRecord } from './estate.js';
import { absent, evaluateCondition, resolve, type Scope } from './intrinsics.js';
import { plausibleAttribute } from './models/unmodelled.js';
import { partitionOf } from './partition.js';
import { stableUuid } from './physical-names.js';
import type { Json, Template } from './template.js';

/** What the functions of one stack's template refer to. */
export class StackScope implements Scope, DynamicSources {
  readonly #template: Template;
  readonly #artifact: StackArtifact;
  readonly #record: StackRecord;
  readonly #estate: Estate;
  readonly #options: DeployOptions;
  readonly #concealed: Concealed;
  /** The resources that are there so far in this deploy. */
  readonly #resources = new Map<string, DeployedResource>();
  readonly #conditions = new Map<string, boolean | 'under way'>();

  constructor(
    artifact: StackArtifact,
    record: StackRecord,
    run: { readonly estate: Estate; readonly options: DeployOptions; readonly concealed: Concealed },
  ) {
    this.#template = artifact.template;
    this.#artifact = artifact;
    this.#record = record;
    this.#estate = run.estate;
    this.#options = run.options;
    this.#concealed = run.concealed;
  }

  get region(): string {
    return this.#record.region;
  }

  add(resource: DeployedResource): void {
    this.#resources.set(resource.logicalId, resource);
  }

  reference(name: string): Json | typeof absent {
    if (name.startsWith('AWS::')) return this.#pseudoParameter(name);
    if (this.#template.Parameters?.[name] !== undefined) return this.#parameter(name);
    return this.#resource(name).ref;
  }

  attribute(logicalId: string, attribute: string): Json {
    const resource = this.#resource(logicalId);
    const known = resource.attributes[attribute];
    if (known !== undefined) return known;
    if (resource.leftAlone !== '')
      throw new TemplateFault(`${logicalId} (${resource.type}) has no attribute ${attribute}`);
    return plausibleAttribute(resource, attribute, this.#record);
  }

  condition(name: string): boolean {
    const known = this.#conditions.get(name);
    if (known === 'under way') throw new TemplateFault(`the condition ${name} depends on itself`);
    if (known !== undefined) return known;
    const definition = this.#template.Conditions?.[name];
    if (definition === undefined) throw new TemplateFault(`the template has no condition ${name}`);
    this.#conditions.set(name, 'under way');
    const holds = evaluateCondition(definition, this);
    this.#conditions.set(name, holds);
    return holds;
  }

  mapping(map: string, topKey: string, secondKey: string): Json | undefined {
    return this.#template.Mappings?.[map]?.[topKey]?.[secondKey];
  }

  importValue(name: string): Json {
    const { accountId, region } = this.#record;
    const value = this.#estate.exported(accountId, region, name);
    if (value === undefined) {
      throw new TemplateFault(
        `no stack of ${accountId} in ${region} exports ${name}: deploy the one that does, before or with this one`,
      );
    }
    return value;
  }

  stackOutput(wanted: Parameters<Scope['stackOutput']>[0]): Json {
    const [, accountId = this.#record.accountId] = /^arn:[^:]*:iam::(\d{12}):/.exec(wanted.roleArn ?? '') ?? [];
    const region = wanted.region ?? this.#record.region;
    const record = this.#estate.stacks.get([accountId, region, wanted.stackName].join(' '));
    const value = record?.outputs[wanted.outputName];
    if (value === undefined) {
      throw new TemplateFault(
        `no stack ${wanted.stackName} of ${accountId} in ${region} has an output ${wanted.outputName}`,
      );
    }
    return value;
  }

  secretString(request: Parameters<DynamicSources['secretString']>[0]): string {
    const { secretId: SecretId, versionStage, versionId } = request;
    const input = {
      SecretId,
      ...(versionStage !== undefined && { VersionStage: versionStage }),
      ...(versionId !== undefined && { VersionId: versionId }),
    };
    return String(this.#estate.call(this.#record, 'GetSecretValue', input, {}).SecretString);
  }

  conceal(value: string): void {
    this.#concealed.add(value);
  }

  ssmParameter(name: string): string {
    const { accountId, region } = this.#record;
    const value = this.#estate.ssmParameter(accountId, region, name) ?? this.#options.ssmParameters?.[name];
    if (value === undefined)
      throw new TemplateFault(`the SSM parameter ${name} is not known here: give its value in \`ssmParameters\``);
    return value;
  }

  #resource(logicalId: string): DeployedResource {
    const resource = this.#resources.get(logicalId);
    if (resource !== undefined) return resource;
    throw new TemplateFault(
      this.#template.Resources[logicalId] === undefined
        ? `the template has no ${logicalId}, which is referred to`
        : `${logicalId} is referred to, but its condition does not hold`,
    );
  }

  #parameter(name: string): Json {
    const { Type = 'String', Default, NoEcho } = this.#template.Parameters?.[name] ?? {};
    const { parameters = {} } = this.#options;
    const value = parameterValue(this.#artifact, parameters, name) ?? Default;
    if (value === undefined) {
      throw new TemplateFault(`the parameter ${name} has no value: give one in \`parameters\``);
    }
    const given = Array.isArray(value) ? value.join(',') : String(value);
    const text = Type.startsWith('AWS::SSM::Parameter::Value') ? this.ssmParameter(given) : given;
    if (String(NoEcho) === 'true') this.conceal(text);
    return /CommaDelimitedList|List</.test(Type) ? text.split(',').map((item) => item.trim()) : text;
  }

  #pseudoParameter(name: string): Json | typeof absent {
    const { accountId, region, stackName } = this.#record;
    const { name: partition, urlSuffix } = partitionOf(region);
    switch (name) {
      case 'AWS::AccountId':
        return accountId;
      case 'AWS::Region':
        return region;
      case 'AWS::Partition':
        return partition;
      case 'AWS::URLSuffix':
        return urlSuffix;
      case 'AWS::StackName':
        return stackName;
      case 'AWS::StackId':
        return `arn:${partition}:cloudformation:${region}:${accountId}:stack/${stackName}/${stableUuid({ accountId, region, stackName, logicalId: '' })}`;
      case 'AWS::NotificationARNs':
        return [];
      case 'AWS::NoValue':
        return absent;
      default:
        throw new TemplateFault(`there is no pseudo parameter ${name}`);
    }
  }
}

/** An option for this stack goes before one for all stacks, and both before what the assembly holds. */
function parameterValue(
  { stackName, displayName, parameters: own }: StackArtifact,
  parameters: Readonly<Record<string, string>>,
  name: string,
): string | undefined {
  return parameters[`${stackName}/${name}`] ?? parameters[`${displayName}/${name}`] ?? parameters[name] ?? own[name];
}

/** A value of a template that has to come out as a text: of an output, say. */
export function resolvedText(value: Json, scope: Scope): string {
  const answer = resolve(value, scope);
  if (answer === absent) throw new TemplateFault('AWS::NoValue has no place here');
  return typeof answer === 'object' ? JSON.stringify(answer) : String(answer);
}
