/** `npm run demo`: see HELP. */
import { HELP, type Options, parseCommandLine, UsageError } from './command-line.js';
import { runDemo } from './demo.js';
import { INTERRUPTED, Interrupted, onInterruption } from './interruption.js';
import { renderReport } from './table.js';

const NOT_AS_EXPECTED = 1;
const NOT_UNDERSTOOD = 2;

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  let options: Options | 'help';
  try {
    options = parseCommandLine(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${HELP}`);
    return NOT_UNDERSTOOD;
  }
  if (options === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  const { json, node } = options;
  try {
    const report = await runDemo({ nodePath: node, silent: json, signal: onInterruption() });
    process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : renderReport(report));
    return report.ok ? 0 : NOT_AS_EXPECTED;
  } catch (error) {
    if (error instanceof Interrupted) {
      process.stderr.write(`${error.message}: every server is stopped and every file removed.\n`);
      return INTERRUPTED;
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`The demo could not run.\n${text}\n`);
    if (json) process.stdout.write(`${JSON.stringify({ ok: false, error: text })}\n`);
    return NOT_AS_EXPECTED;
  }
}

// Else the AWS SDK's notice about Node 20 lands in the middle of the task list.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

process.exitCode = await main(process.argv.slice(2));
