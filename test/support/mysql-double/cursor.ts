/** Reads tokens one after the other: what parsers are made of. */
import { errors, type MysqlError } from './errors.js';
import { type LexicalMode, type Token, tokensOf } from './tokens.js';

export interface Cursor {
  readonly sql: string;
  peek(ahead?: number): Token;
  next(): Token;
  /** Whether these words come next, however they are written. Symbols count as words. */
  at(...words: string[]): boolean;
  /** Takes them if they come next. */
  take(...words: string[]): boolean;
  /** @throws MysqlError 1064 unless they come next */
  expect(...words: string[]): void;
  /** Of a list: one, or more between commas. */
  list<T>(read: () => T): T[];
  /** A quoted text. */
  text(): string;
  number(): number;
  /** A name, quoted or not. */
  name(): string;
  failure(): MysqlError;
}

/** @throws MysqlError 1064 */
export function cursorOver(sql: string, mode: LexicalMode): Cursor {
  const tokens = tokensOf(sql, mode);
  let position = 0;

  const end: Token = { kind: 'end', value: '', start: sql.length, end: sql.length };
  const peek = (ahead = 0): Token => tokens[position + ahead] ?? end;
  const next = (): Token => {
    const token = peek();
    position += 1;
    return token;
  };
  const isWord = (token: Token, word: string) =>
    (token.kind === 'word' || token.kind === 'symbol') && token.value.toUpperCase() === word.toUpperCase();
  const at = (...words: string[]) => words.every((word, index) => isWord(peek(index), word));
  const failure = () => errors.syntax(sql.slice(peek().start, peek().start + 80));

  function take(...words: string[]): boolean {
    if (!at(...words)) return false;
    position += words.length;
    return true;
  }

  function of(...kinds: Token['kind'][]): Token {
    if (!kinds.includes(peek().kind)) throw failure();
    return next();
  }

  return {
    sql,
    peek,
    next,
    at,
    take,
    expect(...words) {
      if (!take(...words)) throw failure();
    },
    list<T>(read: () => T): T[] {
      const all = [read()];
      while (take(',')) all.push(read());
      return all;
    },
    text: () => of('string').value,
    number: () => Number(of('number').value),
    name: () => of('word', 'quoted name').value,
    failure,
  };
}
