/** The Python of docs/emulator-control-api.md, run as it stands there, against `keyturn emulate` in a process of its own. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pythonWithBoto3 } from '../functions/python.js';

const run = promisify(execFile);
const root = path.join(__dirname, '../../..');
const python = pythonWithBoto3();
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'keyturn-documented-'));
  const page = await readFile(path.join(root, 'docs/emulator-control-api.md'), 'utf8');
  for (const [, code = '', name = ''] of page.matchAll(/^```python\n(# (\S+\.py)\n[\s\S]*?)^```$/gm)) {
    await writeFile(path.join(folder, name), code);
  }
  const keyturn = path.join(folder, 'keyturn');
  const words = [process.execPath, '--import', 'tsx', path.join(root, 'lib/cli/main.ts')].map((word) => `'${word}'`);
  await writeFile(keyturn, `#!/bin/sh\ncd '${root}' && exec ${words.join(' ')} "$@"\n`);
  await chmod(keyturn, 0o755);
});
afterAll(() => rm(folder, { recursive: true }));

describe('the documented test in Python', () => {
  if (python === undefined && !process.env.CI) {
    it.skip('(no Python with boto3 on this machine: apt-get install python3-boto3)', () => {});
    return;
  }

  it('passes', async () => {
    const program = 'import test_rotation; test_rotation.test_rotates_every_month(); print("passed")';
    const { stdout } = await run(python ?? 'python3', ['-c', program], {
      cwd: folder,
      env: {
        PATH: `${folder}:${process.env.PATH}`,
        AWS_CONFIG_FILE: '/nowhere',
        AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
      },
    });
    expect(stdout).toBe('passed\n');
  });
});
