/** The demo from start to end: servers, scenarios, the search for leaks, and what came of it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { searchLeaks } from './leaks.js';
import { runTask, runTasks, type Task } from './progress.js';
import type { DemoReport, Problem, RotationReport } from './report.js';
import type { Scenario } from './scenario.js';
import { scenarios } from './scenarios/index.js';
import { startWorld, type World } from './world.js';

export interface DemoOptions {
  /** The Node that runs the functions. */
  readonly nodePath: string;
  /** Shows nothing while it runs. */
  readonly silent: boolean;
  readonly signal: AbortSignal;
}

/** What has come out so far. */
interface Findings {
  readonly rotations: RotationReport[];
  readonly problems: Problem[];
}

/** @throws Interrupted, or why something could not start; all is stopped and removed by then, as after any other end. */
export async function runDemo({ nodePath, silent, signal }: DemoOptions): Promise<DemoReport> {
  const began = performance.now();
  const { stdout: version } = await promisify(execFile)(nodePath, ['--version']);
  await using world = await runTask(
    'Start PostgreSQL and the emulator, bundle the functions',
    silent,
    () => startWorld(nodePath),
    ({ postgres, emulator }) => `PostgreSQL at ${postgres.host}:${postgres.port}, emulator at ${emulator.endpoint}`,
  );
  signal.throwIfAborted();
  const findings: Findings = { rotations: [], problems: [] };
  await runTasks(
    scenarios.map((scenario) => scenarioTask(world, scenario, findings, signal)),
    silent,
    signal,
  );
  const { rotations } = findings;
  const { report: leaks, problems: leakProblems } = await searchLeaks(
    world,
    rotations.map(({ functionArn }) => functionArn),
  );
  const problems = [...findings.problems, ...leakProblems];
  return {
    ok: problems.length === 0,
    durationMillis: Math.round(performance.now() - began),
    node: version.trim(),
    bundles: world.bundles.bytes,
    rotations,
    leaks,
    problems,
  };
}

function scenarioTask(world: World, scenario: Scenario, findings: Findings, signal: AbortSignal): Task {
  const { id, title } = scenario;
  return {
    title: `(${id}) ${title}`,
    async run(say) {
      signal.throwIfAborted();
      const played: RotationReport[] = [];
      const wrong: Problem[] = [];
      try {
        await scenario.run({
          world,
          signal,
          say,
          report(rotation, problems) {
            played.push(rotation);
            wrong.push(...problems);
          },
        });
      } catch (error) {
        signal.throwIfAborted();
        wrong.push(couldNotRun(id, error));
      }
      findings.rotations.push(...played);
      findings.problems.push(...wrong);
      const [first] = wrong;
      if (first) throw new Error(`(${id}) ${title}: expected ${first.expected}, found ${first.found}`);
      return played.map(({ status, steps }) => `${status} after ${total(steps)} ms`).join(', ');
    },
  };
}

function couldNotRun(id: string, error: unknown): Problem {
  const found = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { where: id, expected: 'the scenario runs', found, lookAt: 'demo/scenarios/, and the stack above' };
}

function total(steps: RotationReport['steps']): number {
  return steps.reduce((sum, { millis }) => sum + millis, 0);
}
