import { createHash } from 'node:crypto';
import { InvalidSecretError, StepFailedError } from '../../../rotation/errors.js';
import type { RedisConnection } from './connection.js';
import { atEveryNode, type RedisNodes, together } from './nodes.js';

/** Who is not logged in yet may send no longer argument, in bytes: a longer name or password could be stored, and never log in. */
export const LONGEST_ARGUMENT = 16_384;

/** Gives a user these passwords and no others, at every node and for good. Repeatable. */
export async function setPasswords(nodes: RedisNodes, username: string, passwords: readonly string[]): Promise<void> {
  const hashes = passwords.map(passwordHash);
  await assertChangeable(nodes, username);
  await alter(nodes, username, [ALL_AWAY, ...hashes]);
}

/**
 * Gives a user another password and takes all others away. Of several nodes none has only the new one before all of them have it, so whenever this is cut off, either the old
 * one or the new one works at all of them.
 */
export async function changePassword(nodes: RedisNodes, username: string, password: string): Promise<void> {
  const hash = passwordHash(password);
  await assertChangeable(nodes, username);
  if (nodes.all().length > 1) await alter(nodes, username, [hash]);
  await alter(nodes, username, [ALL_AWAY, hash]);
}

/** Passwords, and `nopass`. */
const ALL_AWAY = 'resetpass';

/** In one command at each node, which Redis carries out as a whole or not at all: a password that was there before and is there afterwards is never refused. */
async function alter(nodes: RedisNodes, username: string, rules: readonly string[]): Promise<void> {
  await atEveryNode(nodes, async (node) => {
    await node.run('ACL SETUSER', [username, ...rules]);
    await save(node);
  });
}

/** Whether every node has the user. One that only some have is a clone whose making was cut off, or one that a new node lacks. */
export async function userExists(nodes: RedisNodes, username: string): Promise<boolean> {
  return (await nodesWithout(nodes, username)).length === 0;
}

/** What Redis keeps of a password, as ACL SETUSER takes it: the password itself is in no command but AUTH. @throws InvalidSecretError */
export function passwordHash(password: string): string {
  if (Buffer.byteLength(password) > LONGEST_ARGUMENT) {
    throw new InvalidSecretError(
      `Redis lets nobody log in with a password of more than ${LONGEST_ARGUMENT} bytes. Nothing was changed.`,
      ['password is too long'],
    );
  }
  return `#${createHash('sha256').update(password).digest('hex')}`;
}

/** @throws InvalidSecretError for a name that no user can have */
export function checkUsername(username: string): void {
  // The characters that C takes for white space, and NUL.
  if (/[\t-\r \0]/.test(username)) {
    throw new InvalidSecretError(
      'Redis takes no white space in user names. Nothing was sent. Correct username in the secret, or what the clone is called.',
      ['username holds white space'],
    );
  }
  if (Buffer.byteLength(username) > LONGEST_ARGUMENT) {
    throw new InvalidSecretError(
      `Redis lets nobody log in whose user name has more than ${LONGEST_ARGUMENT} bytes. Nothing was sent. Correct username in the secret.`,
      ['username is too long'],
    );
  }
}

/** Keeps what was changed where users are kept in a file of their own. Where they are not, CONFIG REWRITE would keep them, which writes all other settings too: that is the administrator's. */
export async function save(node: RedisConnection): Promise<void> {
  await node.run('ACL SAVE', [], /not configured to use an ACL file/);
}

/**
 * What would otherwise be found out in the middle of a change: that a node lacks the user, since ACL SETUSER makes whom it does not find; or that it cannot keep what is changed.
 * Whoever is logged in is there, at every node.
 * @throws StepFailedError, PermissionMissingError
 */
async function assertChangeable(nodes: RedisNodes, username: string): Promise<void> {
  checkUsername(username);
  const without = username === nodes.username ? [] : await nodesWithout(nodes, username);
  if (without.length > 0) {
    throw new StepFailedError(
      `There is no user "${username}" at ${without.join(', ')}. Nothing was changed. Users are not replicated: make the user there as it is elsewhere, or give every node the same ACL file.`,
    );
  }
  await together(nodes.all().map(save));
}

async function nodesWithout(nodes: RedisNodes, username: string): Promise<string[]> {
  const found = await together(
    nodes.all().map(async (node) => ({ node, usernames: (await node.run('ACL USERS')) as string[] })),
  );
  return found.filter(({ usernames }) => !usernames.includes(username)).map(({ node }) => node.server);
}
