import { rmSync } from 'node:fs';

export default function afterAllTests() {
  rmSync(process.env.KEYTURN_TEST_RUN, { recursive: true, force: true });
}
