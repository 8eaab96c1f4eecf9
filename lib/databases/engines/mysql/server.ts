/** Which dialect a server speaks. Read from the server: a secret whose engine is mysql may lead to MariaDB. */
export interface Server {
  readonly name: 'MySQL' | 'MariaDB';
  /** As it says itself: `8.0.39`. */
  readonly version: string;
  /** Whether it is this version or a later one: `atLeast(8, 0, 14)`. */
  atLeast(major: number, minor: number, patch?: number): boolean;
}

/** @param versionText What `SELECT VERSION()` answers: `10.11.19-MariaDB-0+deb12u1-log`. */
export function serverOf(versionText: string): Server {
  const [version = '0.0.0', major = '0', minor = '0', patch = '0'] = /(\d+)\.(\d+)\.(\d+)/.exec(versionText) ?? [];
  const numbers = [Number(major), Number(minor), Number(patch)];
  return {
    name: /mariadb/i.test(versionText) ? 'MariaDB' : 'MySQL',
    version,
    atLeast(...wanted) {
      const at = wanted.findIndex((number, index) => number !== numbers[index]);
      return at === -1 || (numbers[at] ?? 0) > (wanted[at] ?? 0);
    },
  };
}
