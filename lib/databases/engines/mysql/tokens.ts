/** A piece of what SHOW GRANTS and SHOW CREATE USER answer. */
export interface Token {
  readonly kind: 'word' | 'name' | 'text' | 'sign';
  /** What it means: a name or text without its quotes, a word in capitals. */
  readonly value: string;
}

/** Of what a server shows. There is no telling what it was that cannot be read, as it may hold a verifier. */
export class UnreadableError extends Error {}

const TOKEN =
  /\s*(?:`((?:[^`]|``)*)`|'((?:[^'\\]|''|\\[\s\S])*)'|"((?:[^"\\]|""|\\[\s\S])*)"|(\d+\.\d+|[\w$]+)|([^\s]))/y;

/**
 * Splits a statement as both dialects write it where `sql_mode` is empty: names in backticks, texts in quotes with backslashes.
 * @throws UnreadableError
 */
export function tokenize(statement: string): readonly Token[] {
  const text = statement.trimEnd();
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const [, name, single, double, word, sign] = TOKEN.exec(text) ?? [];
    if (name !== undefined) tokens.push({ kind: 'name', value: name.replaceAll('``', '`') });
    else if (single !== undefined) tokens.push({ kind: 'text', value: unescaped(single.replaceAll("''", "'")) });
    else if (double !== undefined) tokens.push({ kind: 'text', value: unescaped(double.replaceAll('""', '"')) });
    else if (word !== undefined) tokens.push({ kind: 'word', value: word.toUpperCase() });
    else if (sign !== undefined && !'`\'"'.includes(sign)) tokens.push({ kind: 'sign', value: sign });
    else throw new UnreadableError();
  }
  return tokens;
}

const ESCAPES: Readonly<Record<string, string>> = { '0': '\0', b: '\b', n: '\n', r: '\r', t: '\t', Z: '\x1a' };

function unescaped(text: string): string {
  return text.replace(/\\([\s\S])/g, (_whole, character: string) => ESCAPES[character] ?? character);
}

/** Reads tokens one after the other. */
export interface Reader {
  readonly done: boolean;
  /** Takes the next words if they are these: `take('WITH', 'GRANT', 'OPTION')`. Signs count as words. */
  take(...words: readonly string[]): boolean;
  /** Whether the next word, or sign, is this one. */
  next(word: string): boolean;
  /** Takes the next token if it is of this kind. */
  takeA(...kinds: readonly Token['kind'][]): string | undefined;
  /** @throws UnreadableError if the next token is not of this kind */
  need(...kinds: readonly Token['kind'][]): string;
  /** @throws UnreadableError if the next words are not these */
  needWords(...words: readonly string[]): void;
}

export function readerOf(tokens: readonly Token[]): Reader {
  let at = 0;
  const isWord = (token: Token | undefined, word: string) =>
    token?.value === word && (token.kind === 'word' || token.kind === 'sign');
  const reader: Reader = {
    get done() {
      return at >= tokens.length;
    },
    take(...words) {
      const found = words.every((word, index) => isWord(tokens[at + index], word));
      if (found) at += words.length;
      return found;
    },
    next: (word) => isWord(tokens[at], word),
    takeA(...kinds) {
      const token = tokens[at];
      if (token === undefined || !kinds.includes(token.kind)) return undefined;
      at += 1;
      return token.value;
    },
    need(...kinds) {
      const value = reader.takeA(...kinds);
      if (value === undefined) throw new UnreadableError();
      return value;
    },
    needWords(...words) {
      if (!reader.take(...words)) throw new UnreadableError();
    },
  };
  return reader;
}
