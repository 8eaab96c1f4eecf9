import { clock } from '../answers.js';
import { members } from '../json-schema.js';
import { asRefusal } from '../refused.js';
import { nothing, type Route, route, type Subject } from '../route.js';

const now = ({ emulator }: Subject) => ({ now: emulator.now() });

export const worldRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/reset',
    summary: 'Forgets everything, secrets, roles, keys, functions, records, weather and clock: as if started anew.',
    answer: nothing,
    async run(_, { emulator }) {
      await emulator.reset();
      return {};
    },
  }),
  route({
    method: 'GET',
    path: '/clock',
    summary: "Tells the time of the emulator's clock.",
    answer: clock,
    run: (_, subject) => now(subject),
  }),
  route<{ millis: number }>({
    method: 'POST',
    path: '/clock/advance',
    summary: 'Moves the clock ahead, lets everything happen that falls due on the way, and answers when it is done.',
    body: members({ millis: { type: 'number', minimum: 0, description: 'Milliseconds.' } }, 'millis'),
    answer: clock,
    async run({ millis }, subject) {
      await subject.emulator.advance(millis).catch((error: unknown) => {
        throw asRefusal(error);
      });
      return now(subject);
    },
  }),
];
