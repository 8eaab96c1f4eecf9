/** The tokens of a statement. @see https://dev.mysql.com/doc/refman/8.0/en/language-structure.html */
import { errors } from './errors.js';

export interface Token {
  readonly kind: 'word' | 'quoted name' | 'string' | 'number' | 'hex' | 'symbol' | 'end';
  /** What it stands for: without quotes and escapes, bytes of hexadecimal literals as Latin-1. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** What of sql_mode changes the tokens. @see https://dev.mysql.com/doc/refman/8.0/en/sql-mode.html */
export interface LexicalMode {
  readonly ansiQuotes: boolean;
  readonly noBackslashEscapes: boolean;
}

const SYMBOLS = ['<=>', '->>', ':=', '->', '<>', '!=', '<=', '>=', '||', '&&', '@@'];
const ONE_CHARACTER = '(),;.=<>*@?+-/%!';
/** @see https://dev.mysql.com/doc/refman/8.0/en/string-literals.html (table "Special Character Escape Sequences") */
const ESCAPES: Readonly<Record<string, string>> = { 0: '\0', b: '\b', n: '\n', r: '\r', t: '\t', Z: '\x1a' };

/** @throws MysqlError 1064 */
export function tokensOf(sql: string, mode: LexicalMode): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;

  const fail = (from: number) => errors.syntax(sql.slice(from, from + 80));
  const add = (kind: Token['kind'], value: string, start: number) => {
    tokens.push({ kind, value, start, end: at });
  };

  /** @returns whether there was a comment or white space */
  function skip(): boolean {
    const rest = sql.slice(at, at + 3);
    if (/^\s/.test(rest)) at += 1;
    // The second dash must be followed by white space, so that 5--1 is a subtraction.
    else if (rest.startsWith('#') || /^--(\s|$)/.test(rest)) at = lineEnd();
    else if (rest.startsWith('/*')) {
      // /*! is no comment to the server but runs; optimizer hints are as little understood here.
      if (rest === '/*!' || rest === '/*+') throw fail(at);
      const end = sql.indexOf('*/', at + 2);
      if (end < 0) throw fail(at);
      at = end + 2;
    } else return false;
    return true;
  }

  function lineEnd(): number {
    const end = sql.indexOf('\n', at);
    return end < 0 ? sql.length : end;
  }

  function quoted(quote: string, escapes: boolean): string {
    const start = at;
    let value = '';
    for (at += 1; at < sql.length; at += 1) {
      const character = sql.charAt(at);
      if (character === quote) {
        at += 1;
        if (sql.charAt(at) !== quote) return value;
        value += quote;
      } else if (character === '\\' && escapes) {
        at += 1;
        const escaped = sql.charAt(at);
        // \% and \_ stay as they are, for patterns; of every other character the backslash goes.
        value += ESCAPES[escaped] ?? (escaped === '%' || escaped === '_' ? `\\${escaped}` : escaped);
      } else value += character;
    }
    throw fail(start);
  }

  function hex(digits: string, start: number): void {
    const even = digits.length % 2 === 0 ? digits : `0${digits}`;
    add('hex', Buffer.from(even, 'hex').toString('latin1'), start);
  }

  while (at < sql.length) {
    if (skip()) continue;
    const start = at;
    const character = sql.charAt(at);
    const rest = sql.slice(at);
    const hexString = /^x'([0-9a-f]*)'/i.exec(rest);
    const hexNumber = /^0x([0-9a-fA-F]+)(?![\w$])/.exec(rest);
    const word = /^[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*/.exec(rest);
    const number = /^[0-9]+(\.[0-9]+)?(?![\w$])/.exec(rest);
    if (hexString?.[1] !== undefined && hexString[1].length % 2 === 0) {
      at += hexString[0].length;
      hex(hexString[1], start);
    } else if (hexNumber?.[1] !== undefined) {
      at += hexNumber[0].length;
      hex(hexNumber[1], start);
    } else if (character === "'" || (character === '"' && !mode.ansiQuotes)) {
      add('string', quoted(character, !mode.noBackslashEscapes), start);
    } else if (character === '`' || character === '"') {
      add('quoted name', quoted(character, false), start);
    } else if (word) {
      at += word[0].length;
      add('word', word[0], start);
    } else if (number) {
      at += number[0].length;
      add('number', number[0], start);
    } else {
      const symbol = SYMBOLS.find((each) => rest.startsWith(each)) ?? character;
      if (symbol.length === 1 && !ONE_CHARACTER.includes(symbol)) throw fail(at);
      at += symbol.length;
      add('symbol', symbol, start);
      // After user@ comes a host, which needs no quotes if it looks like one.
      const host = symbol === '@' ? /^[A-Za-z0-9._$-]+/.exec(sql.slice(at)) : null;
      if (host) {
        const hostStart = at;
        at += host[0].length;
        add('word', host[0], hostStart);
      }
    }
  }
  tokens.push({ kind: 'end', value: '', start: at, end: at });
  return tokens;
}
