import { withinLimit } from '../../functions/time-limit.js';
import { outcome } from '../answers.js';
import { members, text } from '../json-schema.js';
import { conflict, notFound } from '../refused.js';
import { type Route, route, type Subject } from '../route.js';

const defaultWaitMillis = 60_000;
const noSecret = 'There is no such secret.';

function existing({ world }: Subject, secretId: string): void {
  if (world.service.secrets.findAnywhere(secretId) === undefined) throw notFound(noSecret);
}

/** What the emulator refuses of a secret that is there, it refuses for its state. */
async function inThisState<T>(action: Promise<T>): Promise<T> {
  return action.catch((error: Error) => {
    throw conflict(`${error.message}.`);
  });
}

export const rotationRoutes: readonly Route[] = [
  route<{ secretId: string; waitMillis?: number }>({
    method: 'GET',
    path: '/rotation',
    summary: 'Waits until no rotation of the secret is in flight, then tells how the last one ended.',
    query: {
      secretId: { schema: { type: 'string', minLength: 1, description: 'ARN, or name.' }, required: true },
      waitMillis: { schema: { type: 'integer', minimum: 0, maximum: 3_600_000, default: defaultWaitMillis } },
    },
    answer: outcome,
    refusals: { 404: noSecret, 409: 'It was never rotated, or a rotation is in flight still.' },
    async run({ secretId, waitMillis = defaultWaitMillis }, subject) {
      existing(subject, secretId);
      const settled = await withinLimit(waitMillis, inThisState(subject.emulator.rotationSettled(secretId)));
      if (settled === 'limit') throw conflict('A rotation is in flight still.');
      return settled;
    },
  }),
  route<{ secretId: string }>({
    method: 'POST',
    path: '/rotation/reattempt',
    summary: 'Runs the steps again on the version that holds AWSPENDING, and tells how that ended.',
    body: members({ secretId: text }, 'secretId'),
    answer: outcome,
    refusals: { 404: noSecret, 409: 'Rotation is disabled, in flight, or not incomplete.' },
    run({ secretId }, subject) {
      existing(subject, secretId);
      return inThisState(subject.emulator.reattemptRotation(secretId));
    },
  }),
];
