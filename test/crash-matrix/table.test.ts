import { describe, expect, it } from '@jest/globals';
import { renderCell, renderTable } from '../../crash-matrix/table.js';
import { cell, report } from './cells.js';

describe('renderTable', () => {
  it('has a row for each fault and a column for each subject', () => {
    const table = renderTable(
      report(
        cell({ id: 'a', fault: 'killed-before' }),
        cell({ id: 'b', unavailableMillis: 1_234 }),
        cell({ id: 'c', subject: 'other', engine: 'mysql', accounts: 'two', attempts: 3 }),
      ),
    );
    expect(table.split('\n')).toEqual([
      '                                postgres                mysql',
      '                             single user          single user',
      'recovered/tried              one account  across two accounts',
      'killed-before                        1/1                    -',
      'killed-after                         1/1                  1/1',
      'all                                  2/2                  1/1',
      'points                                 1                    1',
      'attempts, at most                      2                    3',
      'AWSCURRENT refused, at most        1.2 s                never',
      '',
      '3 disturbed rotations, all recovered, in 1 min 01 s.',
      '',
    ]);
  });

  it('names subjects where nothing else tells them apart', () => {
    const table = renderTable(report(cell(), cell({ id: 'b', subject: 'other' })));
    expect(table.split('\n')[0]?.trim()).toMatch(/^db +other$/);
  });

  it('says of each that failed what did not hold, and the command that runs just this', () => {
    const table = renderTable(
      report(cell({ result: 'failed', findings: [{ invariant: 'I3', text: 'user app_clone is left' }] })),
    );
    expect(table).toContain(
      [
        'FAILED db/killed-after/setSecret/exchange-2',
        '  I3: user app_clone is left',
        '  npm run crash-matrix -- --only db/killed-after/setSecret/exchange-2',
      ].join('\n'),
    );
    expect(table).toContain('1 disturbed rotation, 1 did not recover, in 1 min 01 s.');
  });
});

describe('renderCell', () => {
  it('tells the whole story', () => {
    expect(
      renderCell(
        cell({ result: 'failed', unavailableMillis: 70_000, findings: [{ invariant: 'I1', text: 'refused' }] }),
      ).split('\n'),
    ).toEqual([
      'db/killed-after/setSecret/exchange-2: failed',
      '2 attempts, AWSCURRENT refused for 1 min 10 s, took 900 ms',
      '',
      '  1  RotateSecret was called.',
      '  2  The function was killed.',
      '  3  The second attempt succeeded.',
      '',
      'I1: refused',
      '',
    ]);
  });
});
