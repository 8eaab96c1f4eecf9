import type { InProcessFunction } from '../lib/emulator/index.js';
import { createRotationHandler, defineRotator, type RotationLog } from '../lib/index.js';

interface Login {
  readonly username: string;
  readonly password: string;
}

const rotator = defineRotator({
  secret: { '~standard': { version: 1, vendor: 'bench', validate: (value) => ({ value: value as Login }) } },
  createSecret: async ({ generatePassword }) => ({ password: await generatePassword({ length: 32 }) }),
  testSecret({ pending }) {
    if (pending.password.length !== 32) throw new Error('this is not the password that createSecret made');
  },
});

const silent: RotationLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Keyturn's own handler with the AWS SDK, as a rotation function has them. */
export function frameworkRotator(): InProcessFunction['handler'] {
  return ({ AWS_ENDPOINT_URL = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN = '' }) =>
    createRotationHandler(rotator, {
      endpoint: AWS_ENDPOINT_URL,
      credentials: {
        accessKeyId: AWS_ACCESS_KEY_ID,
        secretAccessKey: AWS_SECRET_ACCESS_KEY,
        sessionToken: AWS_SESSION_TOKEN,
      },
      log: silent,
    });
}
