/** The demo as a user runs it: one process, its exit code, what it prints and what it leaves behind. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DemoReport, RotationReport } from '../../demo/report.js';
import { bundledCommand } from '../support/bundled-command.js';

const root = path.join(__dirname, '../..');

/** Where the demo's temporary folders go. The database server runs as somebody else when this is root. */
let scratch: string;

beforeEach(() => {
  scratch = mkdtempSync(path.join(tmpdir(), 'keyturn-demo-test-'));
  chmodSync(scratch, 0o755);
});

afterEach(() => {
  rmSync(scratch, { recursive: true, force: true });
});

const bundle = bundledCommand('demo/main.ts');
/** What `npm run demo` calls. */
const asCalled = ['--import', 'tsx', 'demo/main.ts'];

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param interruptAt Sends SIGINT once this has been printed. */
async function runDemo(args: readonly string[], interruptAt?: string, command = [bundle]): Promise<Run> {
  const child = spawn(process.execPath, [...command, ...args], {
    cwd: root,
    env: { ...process.env, TMPDIR: scratch },
  });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  if (interruptAt !== undefined) {
    let printed = '';
    child.stdout.on('data', (chunk) => {
      if (printed.includes(interruptAt)) return;
      printed += chunk;
      if (printed.includes(interruptAt)) child.kill('SIGINT');
    });
  }
  const [code, stdout, stderr] = await Promise.all([closed, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

/** The one document on standard output. */
async function runForReport(...args: string[]): Promise<DemoReport> {
  const { code, stdout, stderr } = await runDemo(['--json', ...args]);
  // Together, so that a failure shows what the demo said.
  expect({ code, stderr, problems: JSON.parse(stdout).problems }).toEqual({ code: 0, stderr: '', problems: [] });
  return JSON.parse(stdout);
}

function rotation({ rotations }: DemoReport, id: string): RotationReport {
  const found = rotations.find((each) => each.id === id);
  if (found === undefined) throw new Error(`The report has no rotation ${id}`);
  return found;
}

/** tsx keeps its cache there too. */
function leftBehind(): string[] {
  return readdirSync(scratch).filter((name) => !name.startsWith('tsx-'));
}

function refuses(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => {
      socket.destroy();
      resolve(false);
    }).once('error', () => resolve(true));
  });
}

// The Nodes of Lambda, where they are there; .ci/run brings them, and without them fails. Else the functions run on this one.
const nodesOfLambda = ['KEYTURN_NODE_22', 'KEYTURN_NODE_24'].flatMap((name) => {
  const node = process.env[name] ?? (process.env.CI ? `${name} is not set` : undefined);
  return node === undefined ? [] : [node];
});

describe.each(nodesOfLambda.length > 0 ? nodesOfLambda : [undefined])('npm run demo -- --json (%#)', (node) => {
  it('reports every rotation as expected, and leaves nothing behind', async () => {
    const report = await runForReport(...(node === undefined ? [] : ['--node', node]));
    const version = execFileSync(node ?? process.execPath, ['--version'], { encoding: 'utf8' }).trim();
    expect(report).toMatchObject({ ok: true, node: version });
    expect(report.rotations.map(({ id, status, ok }) => [id, status, ok])).toEqual([
      ['a', 'Succeeded', true],
      ['b1', 'Succeeded', true],
      ['b2', 'Succeeded', true],
      ['b3', 'Succeeded', true],
      ['c', 'Succeeded', true],
      ['d', 'Failed', true],
      ['e', 'Succeeded', true],
    ]);

    for (const id of ['a', 'c']) {
      expect(rotation(report, id)).toMatchObject({ strategy: 'single user', oldRefused: true, newAccepted: true });
      expect(rotation(report, id).steps.map(({ step, calls }) => [step, calls])).toEqual([
        ['createSecret', 3],
        ['setSecret', 2],
        ['testSecret', 1],
        ['finishSecret', 2],
      ]);
      expect(rotation(report, id).secretsManagerCalls).toBe(8);
    }
    for (const [id, oldRefused] of [
      ['b1', null],
      ['b2', true],
      ['b3', true],
    ] as const) {
      const { consumer, ...alternating } = rotation(report, id);
      expect(alternating).toMatchObject({ strategy: 'alternating users', oldRefused, newAccepted: true, stsCalls: 0 });
      expect(alternating.secretsManagerCalls).toBeLessThanOrEqual(10);
      expect(consumer.attempts).toBeGreaterThan(0);
      expect(consumer.failures).toBe(0);
    }

    expect(rotation(report, 'a')).toMatchObject({
      accounts: { function: '111122223333', secret: '111122223333' },
      stsCalls: 0,
    });
    expect(rotation(report, 'c').accounts).toEqual({ function: '444455556666', secret: '111122223333' });
    expect(rotation(report, 'c').stsCalls).toBeGreaterThan(0);

    const withheld = rotation(report, 'd');
    expect(withheld.message).toBe(
      `Pending secret version ${withheld.versionId} for Secret ${withheld.secretArn} was not created by Lambda ` +
        `${withheld.functionArn}. Remove the AWSPENDING staging label and restart rotation`,
    );
    expect(withheld).toMatchObject({ oldRefused: false, newAccepted: false, consumer: { failures: 0 } });
    expect(rotation(report, 'e')).toMatchObject({ strategy: 'custom', oldRefused: true, newAccepted: true });

    expect(report.leaks.found).toEqual([]);
    // Seven pending values and what they replaced; one token a rotation but the one without; sessions of two rotations.
    expect(report.leaks.searchedFor.secretValues).toBeGreaterThanOrEqual(12);
    expect(report.leaks.searchedFor.rotationTokens).toBe(6);
    expect(report.leaks.searchedFor.sessionCredentials).toBeGreaterThanOrEqual(4);
    expect(leftBehind()).toEqual([]);
  });
});

describe('npm run demo', () => {
  it('prints plain lines when nobody watches, and stops and removes everything on Ctrl-C', async () => {
    const { code, stdout, stderr } = await runDemo([], 'setSecret');
    expect({ code, stderr }).toEqual({ code: 130, stderr: expect.stringContaining('SIGINT') });
    const [, database, emulator] =
      /PostgreSQL at localhost:(\d+), emulator at http:\/\/127\.0\.0\.1:(\d+)/.exec(stdout) ?? [];
    expect(stdout).toContain('(a) createSecret');
    expect(await refuses('127.0.0.1', Number(database))).toBe(true);
    expect(await refuses('127.0.0.1', Number(emulator))).toBe(true);
    expect(leftBehind()).toEqual([]);
  });

  it('prints its help', async () => {
    expect(await runDemo(['--help'], undefined, asCalled)).toEqual({
      code: 0,
      stdout: expect.stringContaining('Usage: '),
      stderr: '',
    });
  });

  it.each([[['--jsn']], [['fast']], [['--node']]])('does not understand %j', async (args) => {
    const { code, stdout, stderr } = await runDemo(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(args[0]);
    expect(stderr).toContain('Usage: ');
  });

  it('says what is wrong when it cannot run', async () => {
    const { code, stdout, stderr } = await runDemo(['--json', '--node', '/no/such/node']);
    expect({ code, report: JSON.parse(stdout) }).toEqual({
      code: 1,
      report: { ok: false, error: expect.stringContaining('/no/such/node') },
    });
    expect(stderr).toContain('The demo could not run');
  });
});
