/** A member of a JSON object, and where its value stands in the text. */
interface Member {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Replaces top-level members in the text of a JSON object and appends those that it lacks. Everything else stays byte for byte as it was: order, spacing,
 * numbers that a double cannot hold, keys that a JavaScript object would reorder.
 *
 * @param text A JSON object that JSON.parse accepts.
 * @param changes Member names with their new values as JSON texts.
 */
export function replaceMembers(text: string, changes: ReadonlyMap<string, string>): string {
  const members = topLevelMembers(text);
  const pending = new Map(changes);
  const close = text.lastIndexOf('}');
  let result = '';
  let copied = 0;
  for (const { key, start, end } of members) {
    const value = changes.get(key);
    if (value === undefined) continue;
    // A key may stand twice; parsers take the last, so all of them get the new value.
    result += text.slice(copied, start) + value;
    copied = end;
    pending.delete(key);
  }
  const appended = [...pending].map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',');
  if (appended === '') return result + text.slice(copied);
  const last = members.at(-1)?.end;
  if (last === undefined) return `${text.slice(0, text.indexOf('{') + 1)}${appended}${text.slice(close)}`;
  return `${result}${text.slice(copied, last)},${appended}${text.slice(last)}`;
}

function topLevelMembers(text: string): Member[] {
  const members: Member[] = [];
  let at = text.indexOf('{') + 1;
  for (;;) {
    const keyStart = text.indexOf('"', at);
    if (keyStart === -1) return members;
    const keyEnd = endOfString(text, keyStart);
    const start = skipSpace(text, text.indexOf(':', keyEnd) + 1);
    const end = endOfValue(text, start);
    members.push({ key: JSON.parse(text.slice(keyStart, keyEnd)), start, end });
    at = end;
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (/\s/.test(text.charAt(at))) at += 1;
  return at;
}

/** @param from The opening quote. @returns The index after the closing quote. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  for (;;) {
    const character = text.charAt(at);
    if (character === '"') {
      at = endOfString(text, at);
      if (depth === 0) return at;
      continue;
    }
    if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      // The object's own bracket ends a bare number or word.
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && /[,\s]/.test(character)) return at;
    at += 1;
  }
}
