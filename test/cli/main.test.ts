import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { version } from '../../lib/cli/version.js';
import { keyturn } from './keyturn.js';

async function run(...args: string[]) {
  const command = keyturn(...args);
  const exitCode = await command.exitCode;
  return { exitCode, out: command.out, err: command.err };
}

describe('keyturn', () => {
  it('is of the version of its package', async () => {
    expect(version).toBe(JSON.parse(await readFile('package.json', 'utf8')).version);
    expect(await run('--version')).toEqual({ exitCode: 0, out: `${version}\n`, err: '' });
  });

  it('explains itself', async () => {
    const help = await run('--help');
    expect(help).toMatchObject({ exitCode: 0, err: '' });
    expect(help.out).toContain('emulate');
    const emulate = await run('emulate', '--help');
    expect(emulate).toMatchObject({ exitCode: 0, err: '' });
    for (const option of ['--port', '--region', '--seed', '--json']) expect(emulate.out).toContain(option);
  });

  it.each([
    [[], 'a command is missing'],
    [['rotate'], "there is no command 'rotate'"],
    [['emulate', '--prot', '1'], "Unknown option '--prot'"],
    [['emulate', 'now'], "Unexpected argument 'now'"],
    [['emulate', '--port', '70000'], "--port is a whole number from 0 to 65535, not '70000'"],
    [['emulate', '--port', 'http'], "--port is a whole number from 0 to 65535, not 'http'"],
    [['emulate', '--seed', '-1'], '--seed'],
    [['emulate', '--region', 'Mars'], "--region 'Mars' is not a Region"],
  ])('%j is a mistake that is told, with exit code 2', async (args, message) => {
    const { exitCode, out, err } = await run(...args);
    expect(out).toBe('');
    expect(err).toContain(message);
    expect(err).toContain('keyturn --help');
    expect(exitCode).toBe(2);
  });
});
