import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { coveredFolders, violations } from './architecture.js';

const root = path.join(__dirname, '../..');

function sourcesOf(folder: string): [string, string][] {
  if (!existsSync(path.join(root, folder))) return [];
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [`${folder}/${file}`, readFileSync(path.join(root, folder, file), 'utf8')]);
}

/** What is reported about a file with this source. */
function about(file: string, source: string): string[] {
  return violations(new Map([[file, source]]));
}

describe('the sources', () => {
  const sources = new Map(coveredFolders.flatMap(sourcesOf));

  it('are read', () => {
    expect([...sources.keys()]).toEqual(expect.arrayContaining(['lib/rotation/rotator.ts', 'lib/databases/driver.ts']));
  });

  it('keep to the architecture', () => {
    expect(violations(sources)).toEqual([]);
  });
});

it('the simulator of policies is for tests alone: nothing that is shipped names it', () => {
  const shipped = ['lib', 'lambda', 'infra'].flatMap(sourcesOf).filter(([, source]) => source.includes('iam-simulate'));
  expect(shipped.map(([file]) => file)).toEqual([]);
  const {
    dependencies = {},
    peerDependencies = {},
    optionalDependencies = {},
    bundledDependencies = [],
    devDependencies,
  } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const names = [
    ...Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies }),
    ...bundledDependencies,
  ];
  expect(names.filter((name) => name.startsWith('@cloud-copilot/'))).toEqual([]);
  expect(Object.keys(devDependencies)).toContain('@cloud-copilot/iam-simulate');
});

describe('the checker reports', () => {
  it.each([
    ['lambda/a.ts', `import { postgres } from '../lib/handler.js'; export const handler = postgres;`],
    ['lambda/a.ts', `import pg from 'pg'; export const handler = pg;`],
    ['infra/app.ts', `import { singleUser } from '../lib/index.js';`],
    ['infra/app.ts', `import { handler } from '../lambda/single-user.js';`],
    ['infra/stacks/one.ts', `import { AwsSolutionsChecks } from 'cdk-nag';`],
    ['infra/constructs/a.ts', `import { OneStack } from '../stacks/one.js';`],
    ['infra/constructs/a.ts', `import type { PasswordPolicy } from '../../lib/index.js';`],
    ['infra/constructs/a.ts', `import { buildSync } from 'esbuild';`],
    ['crash-matrix/fixtures/one.ts', `import { handler } from '../../lambda/single-user.js';`],
    ['crash-matrix/fixtures/one.ts', `import { singleUser } from '../../lib/index.js';`],
    ['bench/rotations.ts', `import { Rotations } from '../lib/rotation/steps.js';`],
    ['bench/rotations.ts', `import { startPostgres } from '../test/support/postgres.js';`],
    ['lib/index.ts', `export { postgres } from './databases/engines/postgres.js';`],
    ['lib/index.ts', `export { startEmulator } from './emulator/index.js';`],
    ['lib/index.ts', `export * from './testing/index.js';`],
    ['lib/handler.ts', `import { singleUser } from './databases/strategies.js';`],
    ['lib/handler.ts', `import { STSClient } from '@aws-sdk/client-sts';`],
    ['lib/rotation/steps.ts', `import { port } from '../aws/secrets-manager.js';`],
    ['lib/rotation/steps.ts', `import type { Command } from '@aws-sdk/client-secrets-manager';`],
    ['lib/rotation/steps.ts', `import { something } from '@standard-schema/spec';`],
    ['lib/rotation/errors.ts', `import type { Rotator } from './rotator.js';`],
    ['lib/aws/arn.ts', `import { run } from '../handler.js';`],
    ['lib/aws/arn.ts', `import axios from 'axios';`],
    ['lib/databases/driver.ts', `import { singleUser } from './strategies.js';`],
    ['lib/databases/strategies.ts', `import { postgres } from './engines/postgres.js';`],
    ['lib/databases/strategies.ts', `import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';`],
    ['lib/databases/strategies.ts', `const { RDSClient } = await import('@aws-sdk/client-rds');`],
    ['lib/databases/managed/rds.ts', `import { RDSClient } from '@aws-sdk/client-rds';`],
    ['lib/databases/managed/rds.ts', `const { STSClient } = await import('@aws-sdk/client-sts');`],
    ['lib/databases/managed/rds.ts', `import { runStep } from '../../rotation/steps.js';`],
    ['lib/databases/managed/rds.ts', `import { singleUser } from '../strategies/single-user.js';`],
    ['lib/emulator/index.ts', `import type { RotationEvent } from '../rotation/event.js';`],
    ['lib/emulator/index.ts', `const { x } = await import('../rotation/event.js');`],
    ['lib/emulator/index.ts', `import { Sha256 } from '@aws-sdk/sha256';`],
    ['lib/testing/harness.ts', `import { defineRotator } from '../rotation/rotator.js';`],
    ['lib/testing/harness.ts', `import { client } from '../aws/secrets-manager.js';`],
    ['lib/testing/harness.ts', `import { it } from '@jest/globals';`],
    ['lib/cli/main.ts', `import { harness } from '../testing/index.js';`],
    ['lib/cli/main.ts', `import { createRotationHandler } from '../index.js';`],
    ['lib/extra/thing.ts', `import './other.js';`],
    ['lib/handler.ts', `import { thing } from './extra/thing.js';`],
    ['lib/handler.ts', `import { singleUser } from '/lib/databases/strategies.js';`],
    ['lib/handler.ts', `const name = 'x'; await import(name);`],
    ['lib/handler.ts', `import fs = require('fs-extra');`],
    ['lib/handler.ts', `const x = require('lodash/get');`],
    ['lib/handler.ts', `let x: import('./cli/main.js').Options;`],
    ['demo/main.ts', `import { fixture } from '../test/lib/fixture.js';`],
  ])('%s: %s', (file, source) => {
    expect(about(file, source)).toEqual([expect.stringContaining(`${file}:1 `)]);
  });

  it('an engine that loads its client with the file', () => {
    expect(about('lib/databases/engines/mysql.ts', `import mysql from 'mysql2/promise';`)).toEqual([
      expect.stringContaining('imports mysql2 with the file'),
    ]);
  });

  it('an engine with two clients, or with none', () => {
    const two = `await import('mysql2'); await import('mariadb');`;
    expect(about('lib/databases/engines/mysql.ts', two)).toEqual([expect.stringContaining('2 npm clients, not one')]);
    expect(about('lib/databases/engines/mysql.ts', '')).toEqual([expect.stringContaining('0 npm clients, not one')]);
  });

  it('an engine that knows another, or more of the framework than its contract', () => {
    const client = `import type { Pool } from 'mysql2';`;
    for (const line of [
      `import { quote } from './postgres/quote.js';`,
      `import { singleUser } from '../strategies.js';`,
      `import type { Rotator } from '../../rotation/rotator.js';`,
    ]) {
      expect(about('lib/databases/engines/mysql.ts', `${line} ${client}`)).toHaveLength(1);
    }
  });

  it('an AWS client in two files', () => {
    const source = `import { STSClient } from '@aws-sdk/client-sts';`;
    const files = new Map([
      ['lib/aws/assume-role.ts', source],
      ['lib/aws/identity.ts', source],
    ]);
    expect(violations(files)).toEqual([
      expect.stringContaining('@aws-sdk/client-sts is imported by more than one file'),
    ]);
  });

  it('an import cycle, of types too', () => {
    const files = new Map([
      ['lib/rotation/a.ts', `import { b } from './b.js';`],
      ['lib/rotation/b.ts', `export * from './c.js';`],
      ['lib/rotation/c.ts', `import type { A } from './a.js';`],
    ]);
    expect(violations(files)).toEqual([
      'import cycle: lib/rotation/a.ts → lib/rotation/b.ts → lib/rotation/c.ts → lib/rotation/a.ts',
    ]);
  });

  it.each([
    'lib/rotation/utils.ts',
    'lib/aws/types.ts',
    'demo/helpers/http.ts',
    'infra/common.ts',
    'lib/emulator/misc.d.ts',
  ])('a grab bag: %s', (file) => {
    expect(about(file, '')).toEqual([expect.stringContaining('does not say what is in it')]);
  });

  it('a function of more than 15 lines, or with other exports than its handler', () => {
    expect(about('lambda/long.ts', `${'\n'.repeat(15)}export const handler = 1;\n`)).toEqual([
      expect.stringContaining('has 16 lines'),
    ]);
    for (const source of [
      '',
      'export const handler = 1, other = 2;',
      'export default 1;',
      'export function handle() {}',
    ]) {
      expect(about('lambda/other.ts', source)).toEqual([expect.stringContaining('not just handler')]);
    }
  });
});

describe('the checker allows', () => {
  it.each([
    ['lambda/a.ts', `import { singleUser } from '../lib/index.js';\nexport const handler = singleUser;`],
    [
      'lambda/a.ts',
      `import { postgres } from '../lib/databases/engines/postgres.js';\nexport const handler = postgres;`,
    ],
    ['infra/stacks/one.ts', `import { RotationFunction } from '../constructs/index.js';`],
    ['infra/constructs/a.ts', `import { Duration } from 'aws-cdk-lib'; import { Construct } from 'constructs';`],
    ['lib/rotation/steps.ts', `import type { StandardSchemaV1 } from '@standard-schema/spec';`],
    ['lib/rotation/steps.ts', `import { randomInt } from 'node:crypto';`],
    ['lib/testing/harness.ts', `import { type Rotator } from '../rotation/rotator.js';`],
    ['lib/databases/engines/index.ts', `export { postgres } from './postgres.js';`],
    [
      'lib/databases/engines/postgres.ts',
      `import { quote } from './postgres/quote.js';
       import { LoginRejectedError } from '../../rotation/errors.js';
       import type { DatabaseDriver } from '../driver.js';
       import type { Client } from 'pg';
       await import('pg');`,
    ],
    ['demo/main.ts', `import { startPostgres } from '../test/support/postgres.js'; import { Listr } from 'listr2';`],
  ])('%s: %s', (file, source) => {
    expect(about(file, source)).toEqual([]);
  });
});
