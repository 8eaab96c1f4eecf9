import * as z from 'zod/mini';
import { createRotationHandler, defineRotator } from '../lib/index.js';

const apiKey = defineRotator({
  secret: z.object({ url: z.url(), key: z.string() }),
  createSecret: async ({ generatePassword }) => ({ key: await generatePassword({ length: 40 }) }),
  setSecret: ({ current, pending, signal }) =>
    call(current.url, { method: 'PUT', headers: { authorization: current.key }, body: pending.key, signal }),
  testSecret: ({ pending, signal }) => call(pending.url, { headers: { authorization: pending.key }, signal }),
});
async function call(url: string, request: RequestInit) {
  const { ok, status } = await fetch(url, request);
  if (!ok) throw new Error(`refused: ${status}`);
}
export const handler = createRotationHandler(apiKey);
