import type { Weather } from '../../weather/weather.js';
import { type JsonSchema, listOf, members } from '../json-schema.js';
import { given } from '../refused.js';
import { nothing, type Route, route } from '../route.js';

const weather: JsonSchema = {
  title: 'Weather',
  description: 'As in `emulator.weather.set`. What each member may be is checked where weather is made.',
  ...members<keyof Weather>({
    seed: { type: 'integer' },
    rules: listOf({ type: 'object', required: ['effect'] }),
    readAfterWriteLag: { type: 'object' },
    rates: { description: "'documented', or `{ factor }`." },
  }),
};

export const weatherRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/weather',
    summary: 'Tells the weather that is set.',
    answer: members({ weather }),
    run: (_, { emulator }) => ({ weather: emulator.weather.current }),
  }),
  route<Weather>({
    method: 'POST',
    path: '/weather',
    summary: 'Sets the weather, in place of what there was; its counts start anew.',
    body: weather,
    answer: nothing,
    run(input, { emulator }) {
      given(() => emulator.weather.set(input));
      return {};
    },
  }),
  route({
    method: 'DELETE',
    path: '/weather',
    summary: 'Fair weather.',
    answer: nothing,
    run(_, { emulator }) {
      emulator.weather.clear();
      return {};
    },
  }),
];
