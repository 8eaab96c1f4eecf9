/** A command line that cannot be understood: reported with a hint at `--help` and exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
