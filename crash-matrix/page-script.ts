/**
 * What the page does when it is read: a line for the cell under the pointer, the whole story of the one that is clicked, arrow
 * keys between cells, and a link to each (`#CELL-ID`). Everything is set as text, never as markup.
 */
export const PAGE_SCRIPT = `
'use strict';
(() => {
  const { cells, lines } = JSON.parse(document.getElementById('cells').textContent);
  const tip = document.querySelector('.tip');
  const story = document.querySelector('.story');
  const buttons = [...document.querySelectorAll('.cell')];
  const made = (name, text, className) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (className !== undefined) element.className = className;
    return element;
  };
  const cellOf = (target) => (target instanceof Element ? target.closest('.cell') : null);
  const pointName = ({ name, occurrence }) => (occurrence === 1 ? name : name + ' ' + occurrence);
  const seconds = (millis) => (millis < 1000 ? Math.round(millis) + ' ms' : (millis / 1000).toFixed(1) + ' s');

  document.addEventListener('pointerover', (event) => {
    const button = cellOf(event.target);
    tip.hidden = button === null;
    if (button === null) return;
    tip.textContent = button.getAttribute('aria-label');
    const box = button.getBoundingClientRect();
    tip.style.left = Math.max(8, Math.min(box.left, innerWidth - tip.offsetWidth - 12)) + 'px';
    tip.style.top = (box.bottom + tip.offsetHeight + 14 > innerHeight ? box.top - tip.offsetHeight - 8 : box.bottom + 8) + 'px';
  });

  function show(button) {
    for (const other of document.querySelectorAll('.cell[aria-pressed="true"]')) other.setAttribute('aria-pressed', 'false');
    button.setAttribute('aria-pressed', 'true');
    const cell = cells[Number(button.dataset.cell)];
    const close = made('button', 'Close', 'plain close');
    close.addEventListener('click', hide);
    const facts = made('dl');
    const fact = (name, value) => facts.append(made('dt', name), made('dd', value));
    fact('Subject', cell.subject);
    fact('Step', cell.point.step);
    fact('Point', cell.point.index + 1 + ': ' + pointName(cell.point));
    fact('Fault', cell.fault);
    fact('Attempts', String(cell.attempts));
    fact('AWSCURRENT refused for', cell.unavailableMillis > 0 ? seconds(cell.unavailableMillis) : 'never');
    fact('Took', seconds(cell.millis));
    const told = made('ol');
    for (const line of cell.story) told.append(made('li', lines[line]));
    story.replaceChildren(
      close,
      made('span', cell.result, 'pill ' + cell.result),
      made('h2', cell.fault + ', ' + pointName(cell.point)),
      ...cell.findings.map(({ invariant, text }) => made('div', invariant + ': ' + text, 'finding')),
      facts,
      made('h3', 'What happened'),
      told,
      made('h3', 'Run just this again'),
      made('pre', cell.replay),
    );
    story.hidden = false;
    story.scrollTop = 0;
    history.replaceState(null, '', '#' + encodeURIComponent(cell.id));
  }

  function hide() {
    story.hidden = true;
    for (const button of document.querySelectorAll('.cell[aria-pressed="true"]')) {
      button.setAttribute('aria-pressed', 'false');
      button.focus({ preventScroll: true });
    }
    history.replaceState(null, '', location.pathname + location.search);
  }

  document.addEventListener('click', (event) => {
    const button = cellOf(event.target);
    if (button !== null) show(button);
  });

  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !story.hidden) return hide();
    const button = cellOf(document.activeElement);
    const step = steps[event.key];
    if (button === null || step === undefined) return;
    event.preventDefault();
    const grid = button.closest('table');
    let x = Number(button.dataset.x);
    let y = Number(button.dataset.y);
    const [width, height] = [Number(grid.dataset.width), Number(grid.dataset.height)];
    for (;;) {
      x += step[0];
      y += step[1];
      if (x < 0 || y < 0 || x >= width || y >= height) return;
      const next = grid.querySelector('.cell[data-x="' + x + '"][data-y="' + y + '"]');
      if (next === null) continue;
      next.focus();
      if (!story.hidden) show(next);
      return;
    }
  });

  const switched = document.querySelector('.switch');
  switched?.addEventListener('click', () => {
    const gaps = document.body.classList.toggle('gaps');
    switched.textContent = gaps ? switched.dataset.attempts : switched.dataset.gaps;
    for (const element of document.querySelectorAll('[data-legend]')) {
      element.hidden = (element.dataset.legend === 'gaps') !== gaps;
    }
  });

  const asked = decodeURIComponent(location.hash.slice(1));
  const linked = cells.findIndex(({ id }) => id === asked);
  if (linked >= 0) {
    const button = buttons.find(({ dataset }) => Number(dataset.cell) === linked);
    button.scrollIntoView({ block: 'center', inline: 'center' });
    show(button);
  }
})();
`;
