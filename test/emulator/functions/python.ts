import { execFileSync } from 'node:child_process';

/** A Python that has boto3: the first of PATH, or Debian's. */
export function pythonWithBoto3(): string | undefined {
  return ['python3', '/usr/bin/python3'].find((python) => {
    try {
      execFileSync(python, ['-c', 'import boto3'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}
