/** All that an object graph holds, private fields too: to tell that a request has changed nothing at all. */
import inspector from 'node:inspector';
import { createRequire } from 'node:module';

const meetingPoint = '__wholeState';
/** The inspector looks from outside of the test runner's realm; the built-in modules are in both. */
const shared = createRequire(__filename)('node:events') as Record<string, unknown>;
const entrance = `process.getBuiltinModule('node:events').${meetingPoint}`;
/** Numbers objects as they are met. A number that is new is negative. */
const meet = `function () {
  const { seen } = ${entrance};
  if (seen.has(this)) return seen.get(this);
  seen.set(this, seen.size + 1);
  return -seen.size;
}`;

/**
 * One line for each value, with the path to it. Functions and what they close over are left out.
 * @param except names of fields that are left out too
 */
export function wholeState(root: object, except: readonly string[]): string[] {
  const session = new inspector.Session();
  session.connect();
  shared[meetingPoint] = { root, seen: new Map() };
  try {
    const lines: string[] = [];
    walk(session, evaluated(session, `${entrance}.root`), 'root', new Set(except), lines);
    return lines;
  } finally {
    delete shared[meetingPoint];
    session.disconnect();
  }
}

type Remote = inspector.Runtime.RemoteObject;

function walk(session: inspector.Session, value: Remote, path: string, except: Set<string>, lines: string[]): void {
  const { objectId } = value;
  if (value.type === 'function' || /^(Timeout|Immediate)$/.test(value.className ?? '')) return;
  if (objectId === undefined || value.subtype === 'date' || value.subtype === 'regexp') {
    lines.push(`${path} = ${value.description ?? JSON.stringify(value.value)}`);
    return;
  }
  const number = met(session, objectId);
  lines.push(`${path} = object ${Math.abs(number)}`);
  if (number > 0) return;
  for (const [name, field] of fields(session, objectId)) {
    if (!except.has(name)) walk(session, field, `${path}.${name}`, except, lines);
  }
}

function fields(session: inspector.Session, objectId: string): [string, Remote][] {
  let found: [string, Remote][] = [];
  session.post('Runtime.getProperties', { objectId, ownProperties: true }, (error, answer) => {
    if (error !== null) throw new Error(error.message);
    const entries = (answer.internalProperties ?? []).filter(({ name }) => name === '[[Entries]]');
    const all = [...answer.result, ...((answer as { privateProperties?: Property[] }).privateProperties ?? [])];
    found = [...all, ...entries].flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]));
  });
  return found;
}

interface Property {
  readonly name: string;
  readonly value?: Remote;
}

function met(session: inspector.Session, objectId: string): number {
  let number = 0;
  const question = { objectId, functionDeclaration: meet };
  session.post('Runtime.callFunctionOn', question, (_error, answer?: inspector.Runtime.CallFunctionOnReturnType) => {
    number = Number(answer?.result.value);
  });
  if (number === 0 || Number.isNaN(number)) throw new Error('the inspector does not answer');
  return number;
}

function evaluated(session: inspector.Session, expression: string): Remote {
  let result: Remote | undefined;
  session.post('Runtime.evaluate', { expression }, (_error, answer) => {
    result = answer.result;
  });
  if (result === undefined) throw new Error('the inspector does not answer');
  return result;
}
