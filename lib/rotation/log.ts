/** Fields of a log line. Values are scrubbed of everything secret before they reach a `RotationLog`. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where log lines go. Pass one as `options.log` to plug in a logger of your own (a Powertools `Logger` fits as it is);
 * by default each line is one JSON document on standard output, as Lambda's JSON log format expects.
 */
export interface RotationLog {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** One JSON document a line on standard output. */
export const jsonLog: RotationLog = {
  info: (message, fields) => write('INFO', message, fields),
  warn: (message, fields) => write('WARN', message, fields),
  error: (message, fields) => write('ERROR', message, fields),
};

function write(level: string, message: string, fields: LogFields = {}): void {
  const head = { timestamp: new Date().toISOString(), level, message };
  // Once for its place in the line, once so that no field takes its name.
  process.stdout.write(`${JSON.stringify({ ...head, ...fields, ...head })}\n`);
}
