/**
 * The report as a page to look at: one file that needs no network. A grid of points and faults for each subject, and the story of
 * each cell.
 */
import type { CrashCell, CrashReport } from '../lib/testing/index.js';
import { duration } from './duration.js';
import { PAGE_SCRIPT } from './page-script.js';
import { PAGE_STYLE } from './page-style.js';
import { faultsOf, largest, pointName, recoveredOf, type SubjectCells, subjectsOf } from './subjects.js';

/** @returns HTML; the same for the same report. */
export function renderPage(report: CrashReport): string {
  const subjects = subjectsOf(report);
  const numbers = new Map(report.cells.map((cell, number) => [cell, number]));
  const failed = report.cells.length - recoveredOf(report.cells);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Keyturn crash matrix: ${headline(failed, report.cells.length)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
<div class="brand">Keyturn · crash matrix</div>
<h1>${headline(failed, report.cells.length)}</h1>
<p class="lead">Each square is one rotation that was disturbed at one point, and then left to recover as Secrets Manager does it. Time
runs from left to right, a column for each outside call that the rotation makes. Click a square for its story.</p>
${report.endedEarly === undefined ? '' : `<p class="early">Ended early: ${escaped(report.endedEarly)}</p>\n`}${totals(report, subjects, failed)}
${summary(subjects, faultsOf(report.cells))}
${subjects.map((subject, at) => section(subject, at, numbers)).join('\n')}
<footer>${escaped(
    `Keyturn ${report.version}, Node ${report.node}, ${report.startedAt.slice(0, 16).replace('T', ' ')} UTC, seed ${report.seed}.`,
  )} Made by <code>npm run crash-matrix</code>.</footer>
</main>
<aside class="story" aria-label="Story of the cell" hidden></aside>
<div class="tip" role="tooltip" hidden></div>
<script type="application/json" id="cells">${inScript(stories(report.cells))}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function headline(failed: number, tried: number): string {
  if (tried === 0) return 'Nothing was tried';
  if (failed === 0) return `${count(tried, 'disturbed rotation')}, all recovered`;
  return `${failed} of ${count(tried, 'disturbed rotation')} did not recover`;
}

function totals({ cells }: CrashReport, subjects: readonly SubjectCells[], failed: number): string {
  const points = subjects.reduce((sum, subject) => sum + subject.points.length, 0);
  const figures: (readonly [string, string, string?])[] = [
    [String(recoveredOf(cells)), 'recovered'],
    failed > 0 ? [String(failed), 'failed', 'bad'] : ['0', 'failed'],
    [String(subjects.length), 'subjects'],
    [String(points), 'points'],
    [String(faultsOf(cells).length), 'faults'],
    [String(largest(cells, ({ attempts }) => attempts)), 'attempts at most'],
    [duration(largest(cells, ({ unavailableMillis }) => unavailableMillis)), 'longest refusal of AWSCURRENT'],
  ];
  const items = figures.map(
    ([figure, label, look]) =>
      `<li${look === undefined ? '' : ` class="${look}"`}><b>${escaped(figure)}</b><span>${escaped(label)}</span></li>`,
  );
  return `<ul class="totals">${items.join('')}</ul>`;
}

function summary(subjects: readonly SubjectCells[], faults: readonly CrashCell['fault'][]): string {
  const head = faults.map((fault) => `<th class="turned" scope="col"><span>${escaped(fault)}</span></th>`).join('');
  const rows = subjects.map((subject, at) => {
    const counts = faults.map((fault) => {
      const tried = subject.at(fault);
      if (tried.length === 0) return '<td class="none">·</td>';
      const recovered = recoveredOf(tried);
      const look = recovered === tried.length ? 'all' : 'some';
      return `<td class="${look}">${recovered === tried.length ? tried.length : `${recovered}/${tried.length}`}</td>`;
    });
    const gap = largest(subject.cells, ({ unavailableMillis }) => unavailableMillis);
    return `<tr><th scope="row"><a href="#subject-${at}">${escaped(titleOf(subject))}</a><small>${escaped(labelOf(subject))}</small></th>${counts.join('')}<td class="number">${gap > 0 ? duration(gap) : 'never'}</td></tr>`;
  });
  return `<section class="card">
<header><h2>Recovered, by fault</h2><p>a number alone: all of so many; otherwise recovered/tried</p></header>
<div class="scroll"><table class="summary"><thead><tr><td></td>${head}<th class="turned" scope="col"><span>AWSCURRENT refused, at most</span></th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>
</section>`;
}

function section(subject: SubjectCells, at: number, numbers: ReadonlyMap<CrashCell, number>): string {
  const { points, faults, cells } = subject;
  const recovered = recoveredOf(cells);
  const starts = new Set(points.filter((point, place) => points[place - 1]?.step !== point.step));
  const groups = [...starts].map((start) => {
    const begin = points.indexOf(start);
    const next = points.findIndex((point, place) => place > begin && starts.has(point));
    return `<th class="stepname" scope="colgroup" title="${escaped(start.step)}" colspan="${(next < 0 ? points.length : next) - begin}">${escaped(start.step)}</th>`;
  });
  const heads = points.map((point) => {
    const label = escaped(pointName(point));
    return `<th class="point ${escaped(point.kind)}${starts.has(point) ? ' first' : ''}" scope="col" title="${label}"><span>${label}</span><i></i></th>`;
  });
  const most = Math.max(
    1,
    largest(cells, ({ unavailableMillis }) => unavailableMillis),
  );
  const rows = faults.map((fault, y) => {
    const squares = points.map((point, x) => {
      const own = subject.at(fault, point.index).map((cell) => square(cell, numbers.get(cell) ?? 0, x, y, most));
      return `<td${starts.has(point) ? ' class="first"' : ''}>${own.join('')}</td>`;
    });
    return `<tr><th class="fault" scope="row">${escaped(fault)}</th>${squares.join('')}</tr>`;
  });
  return `<section class="card" id="subject-${at}">
<header><h2>${escaped(titleOf(subject))}</h2><p>${escaped(labelOf(subject))}, ${count(points.length, 'point')}</p>
<div class="verdict${recovered === cells.length ? '' : ' bad'}">${recovered} of ${cells.length} recovered</div></header>
<div class="scroll"><table class="grid" data-width="${points.length}" data-height="${faults.length}">
<thead><tr><td></td>${groups.join('')}</tr><tr><td></td>${heads.join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>
${at === 0 ? legend() : ''}
</section>`;
}

function square(cell: CrashCell, number: number, x: number, y: number, longestGap: number): string {
  const look = cell.result === 'failed' ? ' failed' : cell.attempts <= 1 ? '' : cell.attempts === 2 ? ' two' : ' more';
  const gap = Math.round((100 * cell.unavailableMillis) / longestGap);
  const verdict =
    cell.result === 'failed'
      ? cell.findings.map(({ invariant, text }) => `${invariant}: ${text}`).join('; ') || 'failed'
      : `recovered, ${count(cell.attempts, 'attempt')}`;
  const refused = cell.unavailableMillis > 0 ? `, AWSCURRENT refused for ${duration(cell.unavailableMillis)}` : '';
  const label = `${cell.fault}, ${cell.point.step}, ${pointName(cell.point)}: ${verdict}${refused}`;
  return `<button type="button" class="cell${look}" style="--gap:${gap}" data-cell="${number}" data-x="${x}" data-y="${y}" aria-pressed="false" aria-label="${escaped(label)}"></button>`;
}

function legend(): string {
  const swatch = (look: string, text: string) =>
    `<span data-legend="attempts"><i class="swatch" style="background:var(--${look})"></i>${text}</span>`;
  const bar = (kind: string, text: string) =>
    `<span><i class="bar" style="background:var(--${kind})"></i>${text}</span>`;
  const switchTo = { attempts: 'Colour by attempts', gaps: 'Colour by how long AWSCURRENT was refused' };
  return `<div class="legend">
${swatch('one', 'the rotation went through')}${swatch('two', 'with a second attempt')}${swatch('more', 'with more')}
<span data-legend="gaps" hidden><i class="swatch" style="background:linear-gradient(90deg,var(--hollow),var(--more))"></i>AWSCURRENT refused: never, to the longest of its subject</span>
<span><i class="swatch" style="background:var(--failed)">×</i>did not recover</span>
${bar('secretsmanager', 'Secrets Manager')}${bar('sts', 'STS')}${bar('target', 'target')}${bar('step', 'invocation')}
<button type="button" class="plain switch" data-attempts="${switchTo.attempts}" data-gaps="${switchTo.gaps}">${switchTo.gaps}</button>
</div>`;
}

/** The cells for the script; lines of stories, many of which are in all of them, once. */
function stories(cells: readonly CrashCell[]) {
  const lines = new Map<string, number>();
  const numberOf = (line: string) => {
    const number = lines.get(line) ?? lines.size;
    lines.set(line, number);
    return number;
  };
  const numbered = cells.map((cell) => ({ ...cell, story: cell.story.map(numberOf) }));
  return { cells: numbered, lines: [...lines.keys()] };
}

function titleOf({ engine, strategy }: SubjectCells): string {
  return [engine, strategy].filter((part) => part !== '').join(', ');
}

/** Two subjects may have the same engine and strategy: the name is what tells them apart, and what `--subject` takes. */
function labelOf({ name, accounts }: SubjectCells): string {
  return `${accounts}, ${name}`;
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** JSON in which nothing ends the script element or looks like markup. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
