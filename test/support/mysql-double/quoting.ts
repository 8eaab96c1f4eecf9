/** How the server writes names and texts. */
import type { AccountName } from './account.js';

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\n': '\\n',
  '\r': '\\r',
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '\x1a': '\\Z',
};

export const quotedName = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
export const quotedText = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what the server escapes
  `'${text.replace(/[\0\n\r\\'"\x1a]/g, (character) => ESCAPES[character] ?? character)}'`;
export const quotedAccount = ({ user, host }: AccountName): string => `${quotedName(user)}@${quotedName(host)}`;
/** As 5.7 and the logs write it. */
export const accountText = ({ user, host }: AccountName): string => `${quotedText(user)}@${quotedText(host)}`;
