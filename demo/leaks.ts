/** Looks for every secret that passed between the functions and the emulator in all that was written down. */
import type { LeakReport, Problem } from './report.js';
import type { World } from './world.js';

/** @param functionArns Functions whose output is searched. */
export async function searchLeaks({ emulator, postgres, wiretap }: World, functionArns: readonly string[]) {
  const places: Record<string, string> = {
    'the record of requests': JSON.stringify(emulator.requests),
    'the event log': JSON.stringify(emulator.events),
    "PostgreSQL's log": await postgres.logFile(),
  };
  for (const arn of functionArns) places[`the output of ${arn}`] = emulator.functionOutput(arn);

  const { secretValues, rotationTokens, sessionCredentials } = wiretap;
  const kinds = { secretValues, rotationTokens, sessionCredentials };
  const found = Object.entries(kinds).flatMap(([kind, values]) =>
    Object.entries(places)
      .filter(([, text]) => [...values].some((value) => spellings(value).some((spelling) => text.includes(spelling))))
      .map(([place]) => `${kind} in ${place}`),
  );
  const report: LeakReport = {
    searchedFor: {
      secretValues: secretValues.size,
      rotationTokens: rotationTokens.size,
      sessionCredentials: sessionCredentials.size,
    },
    searchedIn: Object.keys(places),
    found,
  };
  return { report, problems: [...found.map(leakProblem), ...vacuity(report, places)] };
}

function spellings(value: string): readonly string[] {
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    Buffer.from(value).toString('base64').replace(/=+$/, ''),
  ];
}

function leakProblem(found: string): Problem {
  const lookAt = 'lib/rotation/redact.ts for the output, lib/emulator/events.ts for the records';
  return { where: 'leaks', expected: 'no secret in anything written down', found, lookAt };
}

/** A search for nothing, or in nothing, finds nothing. */
function vacuity({ searchedFor }: LeakReport, places: Readonly<Record<string, string>>): Problem[] {
  const empty = [
    ...Object.entries(searchedFor).filter(([, count]) => count === 0),
    ...Object.entries(places).filter(([, text]) => text === ''),
  ].map(([name]) => name);
  return empty.map((name) => ({
    where: 'leaks',
    expected: 'something to search for and to search in',
    found: `nothing: ${name}`,
    lookAt: 'demo/wiretap.ts: do the functions still go through it?',
  }));
}
