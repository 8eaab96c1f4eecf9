import * as z from 'zod/mini';
import { createRotationHandler, defineRotator } from '../../../lib/index.js';

const randomKey = defineRotator({
  secret: z.object({ key: z.string() }),
  createSecret: async ({ generatePassword }) => ({ key: await generatePassword({ length: 40 }) }),
  testSecret() {},
});
export const handler = createRotationHandler(randomKey, { passwordSource: 'GetRandomPassword' });
