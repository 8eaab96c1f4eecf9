/** The benchmarks as a developer runs them, at sizes at which no number means anything: what they print, and that it runs. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { rotators } from '../../scripts/rotators.mjs';
import { bundledCommand } from '../support/bundled-command.js';

const bundle = bundledCommand('bench/main.ts');

/** What `npm run bench` calls. */
const bench = (...args: readonly string[]) => run(['--import', 'tsx', 'bench/main.ts', ...args]);
/** The same, sooner, for what starts no other process. */
const bundled = (...args: readonly string[]) => run([bundle, ...args]);

async function run(args: readonly string[]) {
  const child = spawn(process.execPath, args, {
    cwd: path.join(__dirname, '../..'),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { out, err, code };
}

describe('npm run bench', () => {
  it.each([
    ['get-secret-value', 'GetSecretValue/s'],
    ['rotations-framework', 's for 10 secrets'],
    ['fifty-at-once', 'rotations/s'],
    ['bundle-load', 'ms to load the rotator of one engine, the AWS SDK apart'],
  ])('--only %s --json prints one document', async (name, unit) => {
    const { out, err, code } = await bench('--only', name, '--scale', '0.001', '--json');
    expect({ err, code }).toEqual({ err: '', code: 0 });
    const report = JSON.parse(out);
    expect(report).toEqual({
      node: process.version,
      cores: expect.any(Number),
      scale: 0.001,
      ok: true,
      benchmarks: [
        {
          name,
          value: expect.any(Number),
          unit,
          ratio: { value: expect.any(Number), to: expect.any(String) },
          ...(!/^(rotations-framework|bundle-load)$/.test(name) && { floor: expect.any(String) }),
          ok: true,
          ...(name.startsWith('bundle') && { parts: expect.any(Object) }),
        },
      ],
    });
    const [{ value, ratio, parts = {} }] = report.benchmarks;
    for (const number of [value, ratio.value, ...Object.values(parts)]) expect(number).toBeGreaterThan(0);
  });

  it('measures every prebuilt rotator, and prints a line for each', async () => {
    const { out, code } = await bench('--only', 'bundles');
    expect(code).toBe(0);
    const [, ...lines] = out.trimEnd().split('\n');
    const all = Object.entries(rotators).flatMap(([strategy, engines]) => engines.map((each) => `${strategy}/${each}`));
    const measured = lines.map((line) => line.trim().split(/ +/));
    expect(measured.sort()).toEqual(all.sort().map((name) => [name, expect.stringMatching(/^\d+$/)]));
  });

  it('prints a line for each benchmark otherwise', async () => {
    const { out, code } = await bench('--only', 'memory', '--scale', '0.001');
    expect(out).toMatch(/^memory +-?\d+ bytes of heap for each rotated secret, -?[\d.e+]+ × what each of 1 takes\n$/);
    expect(code).toBe(0);
  });

  it('--help names every benchmark', async () => {
    const { out, code } = await bundled('--help');
    for (const name of [
      'get-secret-value',
      'get-secret-value-sdk',
      'rotations',
      'rotations-framework',
      'memory',
      'bundles',
      'bundle-load',
    ]) {
      expect(out).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    }
    expect(code).toBe(0);
  });

  it.each([
    [['--only', 'nothing'], "there is no benchmark 'nothing'"],
    [['--scale', '2'], '--scale is above 0 and at most 1'],
    [['--fast'], "Unknown option '--fast'"],
  ])('%j is not understood', async (args, message) => {
    const { out, err, code } = await bundled(...args);
    expect(err).toContain(message);
    expect({ out, code }).toEqual({ out: '', code: 2 });
  });
});
