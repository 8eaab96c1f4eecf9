import { describe, expect, it } from '@jest/globals';
import { showProgress } from '../../crash-matrix/progress.js';
import { cell } from './cells.js';

/** A screen, and a clock that stands until it is moved. */
function setUp(total: number, isTTY: boolean) {
  const written: string[] = [];
  const clock = { millis: 0 };
  const screen = { isTTY, columns: 120, write: (text: string) => written.push(text) };
  return { written, clock, progress: showProgress(total, screen, () => clock.millis) };
}

describe('showProgress', () => {
  it('rewrites one line in a terminal, with what is left', () => {
    const { written, clock, progress } = setUp(4, true);
    clock.millis = 2_000;
    progress.done(cell());
    expect(written.at(-1)).toBe('\r\x1b[K██████░░░░░░░░░░░░░░░░░░ 1/4: 1 recovered, 0 failed, 6.0 s left');
    progress.done(cell({ result: 'failed' }));
    expect(written.at(-1)).toContain('2/4: 1 recovered, 1 failed, 2.0 s left');
    progress.say('something');
    expect(written.slice(-2)).toEqual(['\r\x1b[Ksomething\n', expect.stringContaining('2/4')]);
    progress.end();
    expect(written.at(-1)).toBe('\r\x1b[K');
  });

  it('writes a line now and then elsewhere, and nothing to rewrite it', () => {
    const { written, clock, progress } = setUp(1_000, false);
    for (let done = 0; done < 100; done += 1) {
      clock.millis += 1_000;
      progress.done(cell());
    }
    progress.say('something');
    progress.end();
    expect(written).toHaveLength(11);
    expect(written[0]).toBe('░░░░░░░░░░░░░░░░░░░░░░░░ 10/1000: 10 recovered, 0 failed, 16 min 30 s left\n');
    expect(written.join('')).not.toContain('\r');
  });
});
