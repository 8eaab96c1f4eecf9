/** Shows how far it is: one line that is rewritten in a terminal, a line now and then elsewhere. */
import type { CrashCell } from '../lib/testing/index.js';
import { duration } from './duration.js';

export interface Progress {
  /** A line above the progress. */
  say(line: string): void;
  done(cell: CrashCell): void;
  end(): void;
}

export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const LINE_EVERY_MILLIS = 10_000;
const BAR_WIDTH = 24;

/** @param total how many cells there will be */
export function showProgress(total: number, screen: Screen, now = () => performance.now()): Progress {
  const began = now();
  let [recovered, failed] = [0, 0];
  let shown = began;

  function line(): string {
    const done = recovered + failed;
    const full = Math.round((BAR_WIDTH * done) / Math.max(1, total));
    const bar = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
    const left = done === 0 ? '' : `, ${duration(((now() - began) / done) * (total - done))} left`;
    return `${bar} ${done}/${total}: ${recovered} recovered, ${failed} failed${done < total ? left : ''}`;
  }

  const rewrite = (text: string) => screen.write(`\r\x1b[K${text.slice(0, (screen.columns ?? 80) - 1)}`);

  return {
    say(text) {
      screen.write(screen.isTTY ? `\r\x1b[K${text}\n` : `${text}\n`);
      if (screen.isTTY) rewrite(line());
    },
    done({ result }) {
      if (result === 'recovered') recovered += 1;
      else failed += 1;
      if (screen.isTTY) {
        rewrite(line());
      } else if (now() - shown >= LINE_EVERY_MILLIS) {
        shown = now();
        screen.write(`${line()}\n`);
      }
    },
    end() {
      if (screen.isTTY) screen.write('\r\x1b[K');
    },
  };
}
