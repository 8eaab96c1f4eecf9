import { inspect } from 'node:util';
import { CreateSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { createRotationHandler } from '../lib/handler.js';
import type { RotationLog } from '../lib/rotation/log.js';
import type { Rotator } from '../lib/rotation/rotator.js';
import { rotationHarness } from '../lib/testing/index.js';
import { startFaultyProxy } from './support/faulty-proxy.js';

/** One canary for each place that a secret value can come from; all of them hold the same mark. */
const MARK = 'kanarienvogel';
const canary = (place: string) => `${MARK}-${place}-"'\\%é`;
const TOKEN = `${MARK}-token-0000-0000-0000-000000000000`;
const schema = z.object({ url: z.string(), key: z.string() });
type Secret = z.infer<typeof schema>;

const forms = [
  MARK,
  encodeURIComponent(MARK),
  ...[0, 1, 2].map((offset) =>
    Buffer.from('x'.repeat(offset) + MARK)
      .toString('base64')
      .slice(offset === 0 ? 0 : 4, 14),
  ),
  Buffer.from(MARK).toString('hex'),
];

function expectClean(what: string, output: unknown): void {
  const text =
    typeof output === 'string'
      ? output
      : inspect(output, { depth: 30, showHidden: true, maxStringLength: null, maxArrayLength: null }) +
        JSON.stringify(output);
  for (const form of forms) {
    const at = text.indexOf(form);
    if (at !== -1)
      throw new Error(`${what} shows a secret as ${form}: …${text.slice(Math.max(0, at - 200), at + 200)}…`);
  }
}

/** A rotator that does everything wrong: it logs and throws all it was given, in every encoding. */
function blabber(step: string, superuserId: () => string): Rotator<Secret> {
  function blab(where: string, context: { readonly log: RotationLog } & Record<string, unknown>): void {
    const { log, ...rest } = context;
    const everything = JSON.stringify(rest);
    log.warn(`${where} ${everything}`, {
      everything,
      rest,
      [everything]: true,
      url: encodeURIComponent(everything),
      base64: Buffer.from(everything).toString('base64'),
    });
    if (where !== step) return;
    const inner = Object.assign(new Error(`inner ${everything}`), { query: everything, headers: rest });
    throw new AggregateError([inner, everything, rest], `failed with ${everything}`, {
      cause: new Error(`cause ${encodeURIComponent(everything)}`, { cause: inner }),
    });
  }
  return {
    secret: schema,
    async createSecret(context) {
      blab('createSecret', { ...context, previous: await context.previous() });
      return { key: canary('made') };
    },
    async setSecret(context) {
      blab('setSecret', {
        ...context,
        previous: await context.previous(),
        other: await context.readSecret(superuserId(), schema),
      });
    },
    testSecret: (context) => {
      blab('testSecret', { ...context });
      // Refused, or setSecret would not be called.
      if (step === 'setSecret') throw new Error(`refused ${context.pending.key}`);
    },
    finishSecret: (context) => blab('finishSecret', { ...context }),
  };
}

describe('no secret value leaves a rotation', () => {
  it.each(['createSecret', 'setSecret', 'testSecret', 'finishSecret', 'none'])(
    'whatever a rotator that fails in %s logs and throws',
    async (step) => {
      const written: string[] = [];
      const stdout = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0);
      const { logs, errors, requests, events } = await (async () => {
        const errors: unknown[] = [];
        let superuserArn = '';
        let upstream = '';
        // An endpoint whose own error messages repeat what they were sent.
        await using proxy = await startFaultyProxy(
          () => upstream,
          (operation, body, before) =>
            operation === 'PutSecretValue' && before === 0
              ? { error: 'InternalServiceError', status: 500, message: JSON.stringify(body) }
              : undefined,
        );
        await using harness = await rotationHarness(
          blabber(step, () => superuserArn),
          {
            initial: { url: canary('url'), key: canary('initial') },
            functionAccountId: '444455556666',
            handler: { endpoint: proxy.endpoint },
          },
        );
        upstream = harness.emulator.endpoint;
        const put = (extra: object) =>
          harness.client.send(
            new PutSecretValueCommand({
              SecretId: harness.secretArn,
              SecretString: JSON.stringify({ url: canary('url'), key: canary('current'), ...extra }),
            }),
          );
        await put({ unknown: { deep: [canary('deep')] }, pin: 4711471147 });
        superuserArn =
          (
            await harness.client.send(
              new CreateSecretCommand({
                Name: 'superuser',
                SecretString: JSON.stringify({
                  url: canary('superuser'),
                  key: canary('superuser-key'),
                  more: canary('more'),
                }),
              }),
            )
          ).ARN ?? '';
        const outcome = await harness.rotate();
        expect(outcome.status).toBe(step === 'none' ? 'Succeeded' : 'Failed');
        if (step !== 'none') expect(outcome.steps.at(-1)).toMatchObject({ errorType: 'StepFailedError' });

        // By hand, to see the error itself, with the default log and a token that is a canary too.
        const handler = createRotationHandler(
          blabber(step, () => superuserArn),
          {
            endpoint: harness.emulator.endpoint,
            credentials: harness.emulator.credentialsFor('111122223333'),
          },
        );
        for (const Step of ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const) {
          await handler({
            Step,
            SecretId: harness.secretArn,
            ClientRequestToken: outcome.versionId,
            RotationToken: TOKEN,
          }).catch((error: unknown) => errors.push(error));
        }
        errors.push(outcome);
        return {
          logs: harness.logs,
          errors,
          requests: [...harness.emulator.requests],
          events: [...harness.emulator.events],
        };
      })().finally(() => stdout.mockRestore());

      expect(logs.length).toBeGreaterThanOrEqual(2);
      expectClean('a log line', logs);
      expect(step === 'none' || errors.length > 1).toBe(true);
      expectClean('an error', errors);
      expect(written.length).toBeGreaterThan(0);
      expectClean('standard output', written.join(''));
      expectClean('the record of requests', requests);
      expectClean('the event log', events);
      expect(JSON.stringify([logs, errors, written])).not.toContain('4711471147');
    },
  );
});
