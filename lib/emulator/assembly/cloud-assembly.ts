import { readFileSync } from 'node:fs';
import path from 'node:path';
import { sorted } from './dependencies.js';
import { DeployError } from './deploy-error.js';
import { isList, isObject, type Json, type JsonObject, type Template } from './template.js';

/** One stack of a cloud assembly. */
export interface StackArtifact {
  readonly id: string;
  readonly stackName: string;
  /** How people know it: `Stage/Stack`. */
  readonly displayName: string;
  /** 12 digits, or undefined for a stack that goes wherever it is deployed to. */
  readonly accountId: string | undefined;
  readonly region: string | undefined;
  readonly template: Template;
  /** Values for parameters that the assembly itself holds. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** Where assets are published to, by object key: the folder or file that they come from. */
  readonly assets: readonly FileAsset[];
  /** The logical id of each construct, by its path without the stack and without `/Resource` at the end. */
  readonly constructPaths: ReadonlyMap<string, string>;
  /** The folder of the assembly that it is in. */
  readonly folder: string;
}

export interface FileAsset {
  /** With placeholders such as `${AWS::AccountId}`. */
  readonly objectKeys: readonly string[];
  readonly source: string;
  readonly packaging: string;
}

/**
 * Reads a cloud assembly, the nested ones of its stages too.
 * @returns its stacks, each after those that it depends on
 * @throws DeployError when the folder holds none, or a file of it cannot be read
 */
export function readCloudAssembly(folder: string): StackArtifact[] {
  const found = new Map<string, { readonly stack: StackArtifact; readonly dependencies: readonly string[] }>();
  collect(path.resolve(folder), [], found);
  if (found.size === 0) throw new DeployError(`the cloud assembly has no stacks: ${folder}`);
  return sorted([...found.keys()], (key) => found.get(key)?.dependencies ?? []).flatMap(
    (key) => found.get(key)?.stack ?? [],
  );
}

function collect(
  folder: string,
  outerDependencies: readonly string[],
  found: Map<string, { stack: StackArtifact; dependencies: readonly string[] }>,
): void {
  const artifacts = objectOf(readManifest(folder).artifacts);
  const key = (id: string) => path.join(folder, id);
  for (const [id, artifact] of Object.entries(artifacts)) {
    if (!isObject(artifact)) continue;
    // Artifacts between two stacks count as well: what an asset manifest waits for, its stack waits for.
    const dependencies = [
      ...outerDependencies,
      ...reachable(id, artifacts).flatMap((each) => stacksOf(folder, each, artifacts)),
    ];
    const properties = objectOf(artifact.properties);
    if (artifact.type === 'cdk:cloud-assembly') {
      collect(path.join(folder, String(properties.directoryName)), dependencies, found);
    } else if (artifact.type === 'aws:cloudformation:stack') {
      found.set(key(id), { stack: readStack(folder, id, artifact, artifacts), dependencies });
    }
  }
}

/** Every artifact that one depends on, near and far. */
function reachable(id: string, artifacts: JsonObject, seen: Set<string> = new Set()): string[] {
  for (const dependency of texts(objectOf(artifacts[id]).dependencies)) {
    if (seen.has(dependency)) continue;
    seen.add(dependency);
    reachable(dependency, artifacts, seen);
  }
  return [...seen];
}

/** The stacks behind an artifact: itself, or all of a nested assembly. */
function stacksOf(folder: string, id: string, artifacts: JsonObject): string[] {
  const { type, properties } = objectOf(artifacts[id]);
  if (type === 'aws:cloudformation:stack') return [path.join(folder, id)];
  if (type !== 'cdk:cloud-assembly') return [];
  const inner = path.join(folder, String(objectOf(properties).directoryName));
  const innerArtifacts = objectOf(readManifest(inner).artifacts);
  return Object.keys(innerArtifacts).flatMap((each) => stacksOf(inner, each, innerArtifacts));
}

function readStack(folder: string, id: string, artifact: JsonObject, artifacts: JsonObject): StackArtifact {
  const properties = objectOf(artifact.properties);
  const [, account, region] = /^aws:\/\/([^/]+)\/([^/]+)$/.exec(String(artifact.environment)) ?? [];
  const manifests = texts(artifact.dependencies)
    .map((each) => objectOf(artifacts[each]))
    .filter(({ type }) => type === 'cdk:asset-manifest')
    .map((each) => path.join(folder, String(objectOf(each.properties).file)));
  const displayName = typeof artifact.displayName === 'string' ? artifact.displayName : id;
  return {
    id,
    stackName: typeof properties.stackName === 'string' ? properties.stackName : id,
    displayName,
    accountId: account === 'unknown-account' ? undefined : account,
    region: region === 'unknown-region' ? undefined : region,
    template: readTemplate(path.join(folder, String(properties.templateFile))),
    parameters: textMembers(properties.parameters),
    tags: textMembers(properties.tags),
    assets: manifests.flatMap(readAssets),
    constructPaths: readConstructPaths(folder, artifact, displayName),
    folder,
  };
}

/** The CDK writes an empty stack without any Resources: everything in it goes. @throws DeployError when it is no JSON */
export function readTemplate(file: string): Template {
  return { Resources: {}, ...readJson(file) };
}

function readAssets(file: string): FileAsset[] {
  return Object.values(objectOf(readJson(file).files)).flatMap((asset): FileAsset[] => {
    const { source, destinations } = objectOf(asset);
    const { path: sourcePath, packaging } = objectOf(source);
    // An asset made by a command when it is published has no path.
    if (typeof sourcePath !== 'string') return [];
    return [
      {
        objectKeys: Object.values(objectOf(destinations)).map((each) => String(objectOf(each).objectKey)),
        source: path.resolve(path.dirname(file), sourcePath),
        packaging: String(packaging),
      },
    ];
  });
}

/** The metadata of a stack tells which construct made which resource; newer assemblies keep it in a file of its own. */
function readConstructPaths(folder: string, artifact: JsonObject, displayName: string): ReadonlyMap<string, string> {
  const file = artifact.additionalMetadataFile;
  const metadata = {
    ...objectOf(artifact.metadata),
    ...(typeof file === 'string' && readJson(path.join(folder, file))),
  };
  const paths = new Map<string, string>();
  for (const [constructPath, entries] of Object.entries(metadata)) {
    const logicalId = (isList(entries) ? entries : [])
      .map(objectOf)
      .find(({ type }) => type === 'aws:cdk:logicalId')?.data;
    if (typeof logicalId !== 'string') continue;
    const inside = constructPath.replace(/^\//, '').slice(displayName.length + 1);
    paths.set(inside.replace(/\/Resource$/, ''), logicalId);
  }
  return paths;
}

function readManifest(folder: string): JsonObject {
  return readJson(
    path.join(folder, 'manifest.json'),
    `${folder} is not a cloud assembly: run \`npx cdk synth\` first, and name the folder that it writes (cdk.out)`,
  );
}

function readJson(file: string, hint = `${file} cannot be read: synthesise the assembly again`): JsonObject {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new DeployError(hint, {}, { cause });
  }
  if (!isObject(content)) throw new DeployError(hint);
  return content;
}

function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function texts(value: Json | undefined): string[] {
  return isList(value) ? value.filter((item) => typeof item === 'string') : [];
}

function textMembers(value: Json | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(objectOf(value)).map(([name, each]) => [name, String(each)]));
}
