/** `npm run crash-matrix -- --help` */
import { runCommand } from './command.js';
import { fixtures } from './fixtures/index.js';

// Else the AWS SDK's notice about Node 20 lands between the lines.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** Ctrl-C ends it with the cells that run; a second one at once. */
const interruption = new AbortController();
process.once('SIGINT', () => {
  process.stderr.write('\nInterrupted: the cells that run are the last ones.\n');
  interruption.abort();
});

process.exitCode = await runCommand(process.argv.slice(2), {
  fixtures,
  out: process.stdout,
  screen: process.stderr,
  signal: interruption.signal,
});
