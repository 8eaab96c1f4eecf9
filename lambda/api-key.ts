import * as z from 'zod/mini';
import { createRotationHandler, defineRotator } from '../lib/index.js';

const apiKey = defineRotator({
  secret: z.object({ url: z.url(), key: z.string() }),
  createSecret: async ({ generatePassword }) => ({ key: await generatePassword({ length: 40 }) }),
  async setSecret({ current, pending, signal }) {
    await fetch(pending.url, { method: 'PUT', headers: { authorization: current.key }, body: pending.key, signal });
  },
  async testSecret({ pending, signal }) {
    const response = await fetch(pending.url, { headers: { authorization: pending.key }, signal });
    if (!response.ok) throw new Error(`key refused: ${response.status}`);
  },
});
export const handler = createRotationHandler(apiKey);
