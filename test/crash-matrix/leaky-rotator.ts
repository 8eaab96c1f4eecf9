/** The API key of the demo's service, rotated by somebody who logs too much. */
import * as z from 'zod/mini';
import { createRotationHandler, defineRotator } from '../../lib/index.js';

async function call(url: string, request: RequestInit): Promise<void> {
  const { ok, status } = await fetch(url, request);
  if (!ok) throw new Error(`refused: ${status}`);
}

const leaky = defineRotator({
  secret: z.object({ url: z.url(), key: z.string() }),
  createSecret: async ({ generatePassword }) => ({ key: await generatePassword({ length: 40 }) }),
  async setSecret({ current, pending, signal }) {
    await call(pending.url, { method: 'PUT', headers: { authorization: current.key }, body: pending.key, signal });
    console.log('The key is now', pending.key);
  },
  testSecret: ({ pending, signal }) => call(pending.url, { headers: { authorization: pending.key }, signal }),
});
export const handler = createRotationHandler(leaky);
