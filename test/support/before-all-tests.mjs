// Once before the workers start: what they share.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import buildRotators from '../../scripts/rotators.mjs';

export default async function beforeAllTests() {
  // Removed by after-all-tests.mjs.
  process.env.KEYTURN_TEST_RUN = mkdtempSync(path.join(tmpdir(), 'keyturn-tests-'));
  // The CDK's own rules only warn, and take most of a synth's time; test/infra/apps.test.ts asks for them.
  process.env.CDK_VALIDATION = 'false';
  await buildRotators();
}
