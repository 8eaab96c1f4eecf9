/** The shortest way to have a bound function run once: RotateSecret with RotateImmediately=false runs testSecret alone. */
import { spawnSync } from 'node:child_process';
import { RotateSecretCommand } from '@aws-sdk/client-secrets-manager';
import type { FunctionDefinition, RotationStatus, StepOutcome } from '../../../lib/emulator/index.js';
import { functionArn, functionRole, type LocalAws } from '../local-aws.js';

type Definition = FunctionDefinition extends infer D
  ? D extends unknown
    ? Omit<D, 'functionArn' | 'roleArn'>
    : never
  : never;

/** Binds the function, if one is given, and has it run testSecret of the secret `db`. */
export async function runOnce(
  aws: LocalAws,
  definition?: Definition,
): Promise<{ readonly status: RotationStatus } & Partial<StepOutcome>> {
  if (definition !== undefined) {
    aws.emulator.bindFunction({ functionArn, roleArn: functionRole, ...definition } as FunctionDefinition);
  }
  await aws.client.send(
    new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN: functionArn, RotateImmediately: false }),
  );
  const { steps, status } = await aws.emulator.rotationSettled('db');
  return { status, ...steps[0] };
}

/** Waits until a process runs no more. An orphan may be dead and yet listed, until somebody asks how it ended: a zombie. */
export async function gone(pid: number): Promise<void> {
  if (!(pid > 0)) throw new RangeError(`no process id: ${pid}`);
  for (;;) {
    const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
    if (stdout.trim() === '' || stdout.trim().startsWith('Z')) return;
    await new Promise(setImmediate);
  }
}

/** Waits until this process knows that its own child has ended. */
export async function reaped(pid: number): Promise<void> {
  const isThere = () => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  while (isThere()) await new Promise(setImmediate);
}
