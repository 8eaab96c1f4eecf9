import { Script } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { renderPage } from '../../crash-matrix/page.js';
import { PAGE_SCRIPT } from '../../crash-matrix/page-script.js';
import type { CrashCell, CrashReport } from '../../lib/testing/index.js';
import { cell, report } from './cells.js';

/** What the page's script finds. */
function embedded(page: string): { readonly cells: CrashCell[]; readonly lines: string[] } {
  const [, json = ''] = /<script type="application\/json" id="cells">(.*?)<\/script>/s.exec(page) ?? [];
  return JSON.parse(json);
}

const HOSTILE = `</script><img src=x onerror=alert(1)>"'&\u2028<!--`;

const hostile: CrashCell = cell({
  id: HOSTILE,
  subject: HOSTILE,
  engine: HOSTILE,
  strategy: HOSTILE,
  point: { index: 0, step: 'setSecret', kind: 'target', name: HOSTILE, occurrence: 1, when: 'after' },
  result: 'failed',
  findings: [{ invariant: 'I1', text: HOSTILE }],
  story: [HOSTILE],
  replay: HOSTILE,
});

const several: CrashReport = report(
  cell(),
  cell({ id: 'b', fault: 'killed-before', attempts: 1, unavailableMillis: 2_500 }),
  cell({ id: 'c', point: { ...cell().point, index: 9, step: 'finishSecret' }, attempts: 4 }),
  cell({ id: 'd', subject: 'other', strategy: 'alternating users', accounts: 'two', result: 'failed' }),
);

describe('renderPage', () => {
  it('has a square and a story for every cell', () => {
    const page = renderPage(several);
    const squares = [...page.matchAll(/<button type="button" class="cell[^"]*"[^>]* data-cell="(\d+)"/g)];
    expect(squares.map(([, number]) => number).sort()).toEqual(['0', '1', '2', '3']);
    const { cells, lines } = embedded(page);
    expect(cells.map(({ story, ...rest }) => ({ ...rest, story: story.map((line) => lines[Number(line)]) }))).toEqual(
      several.cells,
    );
  });

  it('shows whether each recovered, and how', () => {
    const looks = [...renderPage(several).matchAll(/class="cell([^"]*)"/g)].map(([, look]) => look?.trim());
    // By subject, and within it by fault and point.
    expect(looks).toEqual(['two', 'more', '', 'failed']);
    expect(renderPage(several)).toContain(
      'aria-label="killed-before, setSecret, exchange 2: recovered, 1 attempt, AWSCURRENT refused for 2.5 s"',
    );
  });

  it('counts', () => {
    const page = renderPage(several);
    expect(page).toContain('<title>Keyturn crash matrix: 1 of 4 disturbed rotations did not recover</title>');
    expect(page).toContain('3 of 3 recovered');
    expect(page).toContain('0 of 1 recovered');
    expect(page).toContain('<td class="some">0/1</td>');
    expect(page).toContain('Keyturn 1.2.3, Node v20.0.0, 2026-01-02 03:04 UTC, seed 7.');
    expect(renderPage(report(cell()))).toContain('<h1>1 disturbed rotation, all recovered</h1>');
    expect(renderPage(report())).toContain('<h1>Nothing was tried</h1>');
  });

  it('names subjects that have all the rest in common', () => {
    const page = renderPage(report(cell(), cell({ id: 'b', subject: 'other' })));
    for (const name of ['db', 'other']) {
      expect(page).toContain(`<small>one account, ${name}</small>`);
      expect(page).toContain(`<p>one account, ${name}, 1 point</p>`);
    }
  });

  it('says why not all was run', () => {
    expect(renderPage({ ...report(cell()), endedEarly: '1 of 2 were run: <gone>' })).toContain(
      '>Ended early: 1 of 2 were run: &#60;gone&#62;</p>',
    );
    expect(renderPage(report(cell()))).not.toContain('Ended early');
  });

  it('escapes whatever a report says', () => {
    const page = renderPage(report(hostile));
    expect(page).not.toContain('<img');
    expect(page).not.toContain('<!--');
    // A line to JavaScript, in which a JSON text must not end.
    expect(page.slice(page.indexOf('id="cells"'))).not.toContain('\u2028');
    expect(page.match(/<\/script>/g)).toHaveLength(2);
    // Not in an attribute either: every quote that is there was written here.
    expect(page).not.toContain(`onerror=alert(1)>"`);
    expect(embedded(page)).toMatchObject({ cells: [{ id: HOSTILE, replay: HOSTILE }], lines: [HOSTILE] });
  });

  it('is one file that asks the network for nothing', () => {
    const page = renderPage(several);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/https?:|\bsrc=|@import|url\(|<link/);
  });

  it('is the same for the same report', () => {
    expect(renderPage(several)).toBe(renderPage(structuredClone(several)));
  });

  it('has a script that can be read', () => {
    expect(() => new Script(PAGE_SCRIPT)).not.toThrow();
    expect(PAGE_SCRIPT).not.toMatch(/innerHTML|insertAdjacentHTML|document\.write|outerHTML/);
  });
});
