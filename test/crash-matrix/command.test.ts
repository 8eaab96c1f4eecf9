/** The command as a developer calls it, on subjects of which one is fine and one is not. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCommand } from '../../crash-matrix/command.js';
import { apiKeyFixture } from '../../crash-matrix/fixtures/api-key.js';
import type { Fixture } from '../../crash-matrix/fixtures/fixture.js';
import { fixtures } from '../../crash-matrix/fixtures/index.js';
import type { CrashReport } from '../../lib/testing/index.js';

/** The same service, and a function that prints the key. */
const leakyFixture: Fixture = {
  name: 'leaky',
  what: 'prints what is secret',
  prepare: async (workshop) => ({
    ...(await apiKeyFixture.prepare(workshop)),
    name: 'leaky',
    function: { bundle: await workshop.bundle('test/crash-matrix/leaky-rotator.ts') },
  }),
};

const command = (...args: readonly string[]) => commandOf([apiKeyFixture, leakyFixture], args);

async function commandOf(fixtures: readonly Fixture[], args: readonly string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runCommand(args, {
    fixtures,
    out: { write: (text) => out.push(text) },
    screen: { write: (text) => err.push(text) },
    signal: new AbortController().signal,
  });
  return { code, out: out.join(''), err: err.join('') };
}

/** The same service, which is gone after two cells, and one that was never there. */
const brokenFixture = (freshStarts: number): Fixture => ({
  name: 'broken',
  what: 'goes away',
  async prepare(workshop) {
    const subject = await apiKeyFixture.prepare(workshop);
    return {
      ...subject,
      name: 'broken',
      async open() {
        const place = await subject.open();
        let left = freshStarts;
        return {
          ...place,
          async reset(stage) {
            left -= 1;
            if (left < 0) throw new Error('no such server');
            return place.reset(stage);
          },
        };
      },
    };
  },
});

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'keyturn-crash-matrix-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the command', () => {
  it('shows a table, writes report and page, and fails for what did not recover, with the command that replays it', async () => {
    const [json, html] = [path.join(folder, 'report.json'), path.join(folder, 'page.html')];
    const files = ['--json', json, '--html', html];
    const { code, out } = await command(
      '--fault',
      'cold-start-between-steps',
      '--sample',
      '2',
      '--seed',
      '3',
      ...files,
    );
    const report: CrashReport = JSON.parse(await readFile(json, 'utf8'));
    const { version } = JSON.parse(await readFile('package.json', 'utf8'));
    expect(report).toMatchObject({ seed: 3, version, node: process.version });
    const results = (subject: string) =>
      report.cells.filter((cell) => cell.subject === subject).map(({ result }) => result);
    // Every step is among them, however few were asked for.
    expect(results('api-key')).toEqual(['recovered', 'recovered', 'recovered', 'recovered']);
    expect(results('leaky')).toEqual(['failed', 'failed', 'failed', 'failed']);
    expect(out).toMatch(/^cold-start-between-steps +4\/4 +0\/4$/m);
    expect(out).toContain('8 disturbed rotations, 4 did not recover');
    expect(out).toContain("I4: a secret value in the function's output");
    expect(out).toContain('npm run crash-matrix -- --only leaky/cold-start-between-steps/setSecret/delivery');
    expect(await readFile(html, 'utf8')).toContain('4 of 8 disturbed rotations did not recover');
    expect(code).toBe(1);
  });

  it('replays one cell with its story, and writes no file', async () => {
    const id = 'api-key/killed-after/setSecret/exchange-2';
    const { code, out, err } = await command('--only', id);
    expect(out.split('\n')[0]).toBe(`${id}: recovered`);
    expect(out).toMatch(/^ +1 {2}In setSecret, exchange-2: the function is killed with SIGKILL when the call has had/m);
    expect(out).toMatch(/^ +\d {2}A later rotation: Succeeded\.$/m);
    expect(out).not.toContain('Report:');
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  it('runs what is chosen', async () => {
    const { code, out, err } = await command(
      '--subject',
      'api-key',
      '--fault',
      'killed-before',
      '--workers',
      '1',
      '--sample',
      '0.05',
      '--json',
      path.join(folder, 'a.json'),
      '--html',
      path.join(folder, 'a.html'),
    );
    expect(out).not.toContain('throttled');
    expect(out).toMatch(/^killed-before +4\/4$/m);
    expect(out).toMatch(/^4 disturbed rotations, all recovered, in .* s\.$/m);
    expect(err).not.toContain('FAILED');
    expect(code).toBe(0);
  });

  it.each([
    [['--only', 'api-key/killed-after/setSecret/nothing'], "there is no cell 'api-key/killed-after/setSecret/nothing'"],
    [['--only', 'nothing/killed-after/setSecret/exchange'], "there is no cell 'nothing/"],
    [['--only', 'a', '--sample', '3'], '--only names one cell'],
    [['--subject', 'nothing'], "there is no subject 'nothing'"],
    [['--fault', 'nothing'], "there is no fault 'nothing'"],
    [['--sample', '0'], '--sample is a whole number from 2, or a share such as 0.05'],
    [['--sample', '0.0'], '--sample is a whole number from 2, or a share such as 0.05'],
    [['--sample', '1.5'], '--sample is a whole number from 2, or a share such as 0.05'],
    [['--seed', '1.5'], '--seed is a whole number from 0 to 4294967295'],
    [['--workers', '65'], '--workers is a whole number from 1 to 64'],
    [['--fast'], "Unknown option '--fast'"],
  ])('does not understand %j', async (args, message) => {
    const { code, out, err } = await command(...args);
    expect(err.split('\n')[0]).toContain(message);
    expect({ out, code }).toEqual({ out: '', code: 2 });
  });

  it('reports what was run of a subject whose place goes away, and says so', async () => {
    const [json, html] = [path.join(folder, 'gone.json'), path.join(folder, 'gone.html')];
    const args = ['--fault', 'cold-start-between-steps', '--workers', '1', '--json', json, '--html', html];
    // Two fresh starts for the rehearsals, and two cells.
    const { code, out, err } = await commandOf([brokenFixture(4), apiKeyFixture], args);
    const early = '3 of 8 were run: broken has no place left to run in: reset of the place failed: no such server';
    expect(out).toContain(`Ended early: ${early}\n3 disturbed rotations, 1 did not recover, in `);
    expect(out).toMatch(/^FAILED broken\/.*\n {2}error: reset of the place failed: no such server$/m);
    const report: CrashReport = JSON.parse(await readFile(json, 'utf8'));
    expect(report.endedEarly).toBe(early);
    expect(report.cells.map(({ result }) => result).sort()).toEqual(['failed', 'recovered', 'recovered']);
    expect(await readFile(html, 'utf8')).toContain(`Ended early: ${early}`);
    expect(err).toContain('FAILED broken/');
    expect(code).toBe(1);
  });

  it('says what is wrong with a subject that cannot rotate undisturbed', async () => {
    const { code, out, err } = await commandOf([brokenFixture(0)], ['--workers', '1']);
    expect(err.split('\n').slice(1)).toEqual([
      'Nothing was run. broken: reset of the place failed: no such server',
      '',
    ]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
  });

  it('ends after the cells that run when it is interrupted, with what was done', async () => {
    const interruption = new AbortController();
    const out: string[] = [];
    const json = path.join(folder, 'interrupted.json');
    const code = await runCommand(['--workers', '1', '--json', json, '--html', path.join(folder, 'interrupted.html')], {
      fixtures: [apiKeyFixture],
      out: { write: (text) => out.push(text) },
      // A terminal is told of each cell.
      screen: { isTTY: true, write: (text) => text.includes('1 recovered') && interruption.abort() },
      signal: interruption.signal,
    });
    expect(code).toBe(130);
    const report: CrashReport = JSON.parse(await readFile(json, 'utf8'));
    expect(report.cells).toHaveLength(1);
    expect(report.endedEarly).toMatch(/^1 of \d+ were run: interrupted$/);
  });
});

it('npm run crash-matrix -- --help names every subject and fault', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'crash-matrix/main.ts', '--help'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  for (const { name } of fixtures) expect(out).toMatch(new RegExp(`^ {2}${name} `, 'm'));
  for (const fault of ['killed-before', 'pending-stripped', 'session-expired']) {
    expect(out).toMatch(new RegExp(`^ {2}${fault} `, 'm'));
  }
  expect({ err, code }).toEqual({ err: '', code: 0 });
});
