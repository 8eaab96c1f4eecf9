/** One secret, its consumer, and its rotations: runs them, tries old and new credentials for real, and counts. */
import { ResourceNotFoundException } from '@aws-sdk/client-secrets-manager';
import type { RotationOutcome } from '../lib/emulator/index.js';
import { type Consumer, startConsumer } from './consumer.js';
import type { Entry } from './entry.js';
import { unlessInterrupted } from './interruption.js';
import { judge } from './judge.js';
import type { Expectation, RotationReport } from './report.js';
import type { Stage } from './scenario.js';
import { readSecret, rotateSecret } from './secrets.js';
import type { World } from './world.js';

export interface Subject<TSecret> {
  readonly secretArn: string;
  readonly functionArn: string;
  readonly entry: Entry<TSecret>;
}

export interface Plan extends Pick<RotationReport, 'id' | 'name' | 'strategy'> {
  readonly expected: Expectation;
}

export interface RotatedSecret extends AsyncDisposable {
  /** Runs one rotation while the consumer works, and reports it. */
  rotate(plan: Plan): Promise<void>;
}

/** Starts the consumer of a secret; disposing stops it. */
export function underRotation<TSecret>(stage: Stage, subject: Subject<TSecret>): RotatedSecret {
  const { world, signal } = stage;
  const { secretArn, functionArn, entry } = subject;
  const { client, emulator } = world;
  const consumer: Consumer = startConsumer(async () => entry.opens(await readSecret(client, secretArn)));
  /** Every value the secret has had. */
  const history: TSecret[] = [];

  async function runRotation(id: string): Promise<RotationOutcome> {
    const stopWatching = watchSteps(world, secretArn, (step) => stage.say(`(${id}) ${step}`));
    try {
      await rotateSecret(client, secretArn, functionArn);
      return await unlessInterrupted(signal, emulator.rotationSettled(secretArn));
    } finally {
      stopWatching();
    }
  }

  /** Uses the credential that the rotation made, and the one that it replaced. */
  async function tryCredentials(versionId: string) {
    const made = await readSecret<TSecret>(client, secretArn, { VersionId: versionId }).catch((error: unknown) => {
      // The rotation failed before it had made one.
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    });
    if (made === undefined) return { oldRefused: null, newAccepted: false };
    const replaced = history.findLast((value) => entry.sameLogin(value, made));
    return {
      oldRefused: replaced === undefined ? null : !(await entry.opens(replaced)),
      newAccepted: await entry.opens(made),
    };
  }

  return {
    async rotate({ id, name, strategy, expected }) {
      const worksBefore = await unlessInterrupted(signal, consumer.works());
      consumer.take();
      history.push(await readSecret<TSecret>(client, secretArn));
      const outcome = await runRotation(id);
      const credentials = await tryCredentials(outcome.versionId);
      const worksAfter = await unlessInterrupted(signal, consumer.works());
      const { troubles, ...counts } = consumer.take();

      const { status, message, versionId } = outcome;
      const result = {
        id,
        name,
        strategy,
        accounts: { function: accountOf(functionArn), secret: accountOf(secretArn) },
        secretArn,
        functionArn,
        versionId,
        status,
        ...(message !== undefined && { message }),
        ...countCalls(world, outcome, secretArn),
        ...credentials,
        consumer: counts,
        expected,
      };
      const problems = judge(result, { worksBefore, worksAfter, troubles }, emulator.functionOutput(functionArn));
      stage.report({ ...result, ok: problems.length === 0 }, problems);
    },
    [Symbol.asyncDispose]: () => consumer.stop(),
  };
}

/** Says each step as soon as the function makes a call in it. */
function watchSteps(world: World, secretArn: string, say: (line: string) => void): () => void {
  let last: string | undefined;
  return world.onRequest(({ step, rotation }) => {
    if (step === undefined || step === last || rotation?.secretArn !== secretArn) return;
    last = step;
    say(step);
  });
}

function countCalls({ emulator }: World, { steps, versionId }: RotationOutcome, secretArn: string) {
  const calls = emulator.requests.filter(
    ({ rotation }) => rotation?.secretArn === secretArn && rotation.versionId === versionId,
  );
  const count = (service: string, step?: string) =>
    calls.filter((call) => call.service === service && (step === undefined || call.step === step)).length;
  return {
    steps: steps.map(({ step, millis }) => ({
      step,
      millis: Math.round(millis),
      calls: count('secretsmanager', step),
      stsCalls: count('sts', step),
    })),
    secretsManagerCalls: count('secretsmanager'),
    stsCalls: count('sts'),
  };
}

function accountOf(arn: string): string {
  return arn.split(':')[4] ?? '';
}
