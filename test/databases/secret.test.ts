import { describe, expect, it } from '@jest/globals';
import { databaseSecret, databaseSecretOf, superuserSecretOf } from '../../lib/databases/secret.js';
import { readValue } from '../../lib/rotation/secret-value.js';

const complete = { engine: 'postgres', host: 'db.example', username: 'app', password: 'hunter2-hunter2' };

const read = (value: object) => readValue('AWSCURRENT', JSON.stringify(value), databaseSecret);
const refusal = (value: object) =>
  read(value).then(
    () => 'accepted',
    (error: Error) => error.message,
  );

describe('a database secret', () => {
  it('needs engine, host, username and password', async () => {
    expect(await read(complete)).toEqual(complete);
    expect(await refusal({})).toMatch(
      /engine is missing: attach.*host is missing.*username is missing; password is missing/,
    );
  });

  it('ignores keys that it does not know', async () => {
    expect(await read({ ...complete, dbInstanceIdentifier: 'db-1', note: { a: 1 } })).toEqual(complete);
  });

  it.each([
    [5432, 5432],
    ['5432', 5432],
    ['1', 1],
    [65_535, 65_535],
  ])('takes port %j', async (port, expected) => {
    expect(await read({ ...complete, port })).toEqual({ ...complete, port: expected });
  });

  it.each([0, 65_536, -1, 1.5, '', ' 5432', '5432x', '0x50', '123456', 'abc', null, [5432], true])(
    'section 7: `port` not a number: %j',
    async (port) => {
      expect(await refusal({ ...complete, port })).toMatch(/port is not a port number from 1 to 65535/);
    },
  );

  it.each([
    [true, true],
    ['true', true],
    [false, false],
    ['false', false],
  ])('takes ssl %j', async (ssl, expected) => {
    expect(await read({ ...complete, ssl })).toEqual({ ...complete, ssl: expected });
  });

  it.each(['TRUE', 'no', '', 0, 1, null, 'require'])('refuses ssl %j instead of guessing', async (ssl) => {
    expect(await refusal({ ...complete, ssl })).toMatch(/ssl is neither true nor false/);
  });

  it.each(['postgres://db.example', 'db.example:5432', 'a b', '/var/run', 'me@db', 'a,b', '', 5, 'x\0y'])(
    'refuses host %j',
    async (host) => {
      expect(await refusal({ ...complete, host })).toMatch(/host (is|holds)/);
    },
  );

  it.each(['db', 'db.eu-central-1.rds.amazonaws.com', '10.0.0.1', '::1', 'fe80::1'])('takes host %j', async (host) => {
    expect(await read({ ...complete, host })).toEqual({ ...complete, host });
  });

  it.each(['engine', 'dbname', 'username', 'password', 'masterarn'])(
    'takes only text without NUL as %s',
    async (key) => {
      for (const value of [5, '', 'before\0after', null, ['x']]) {
        expect(await refusal({ ...complete, [key]: value })).toMatch(
          new RegExp(`${key} (is not a text|is empty|holds a NUL)`),
        );
      }
    },
  );

  it('shows no value in its messages', async () => {
    const message = await refusal({
      ...complete,
      host: 'postgres://canary-host',
      port: 'canary-port',
      ssl: 'canary-ssl',
      password: 'canary\0',
    });
    expect(message).not.toContain('canary');
  });

  it('is an object', async () => {
    for (const value of [null, 'text', 5, [complete]]) {
      expect(await databaseSecret['~standard'].validate(value)).toMatchObject({
        issues: [{ message: 'is not a JSON object' }],
      });
    }
  });
});

describe('a secret that calls its keys otherwise', () => {
  const keys = { username: 'user', password: 'pass', host: 'server' };
  const stored = { user: 'app', pass: 'hunter2-hunter2', server: 'db.example', username: 'somebody else' };
  const readAs = (value: object, engine?: string) =>
    readValue('AWSCURRENT', JSON.stringify(value), databaseSecretOf(keys, engine));

  it('is read by its own names, and the engine may be known', async () => {
    expect(await readAs(stored, 'postgres')).toEqual({
      engine: 'postgres',
      host: 'db.example',
      username: 'app',
      password: 'hunter2-hunter2',
    });
    expect((await readAs({ ...stored, engine: 'mysql' }, 'postgres')).engine).toBe('mysql');
  });

  it('is complained about by its own names', async () => {
    await expect(readAs({ server: 'a/b', pass: '' })).rejects.toMatchObject({
      name: 'InvalidSecretError',
      issues: [
        'server is not a host name or IP address (no scheme, no port, no path)',
        'pass is empty',
        expect.stringMatching(/^engine is missing/),
        'user is missing',
      ],
    });
  });
});

describe("a superuser's secret", () => {
  const readAs = (value: object) =>
    readValue('The superuser', JSON.stringify(value), superuserSecretOf({ username: 'user' }));

  it('may lack engine and host, as RDS makes it, but not who it is', async () => {
    expect(await readAs({ username: 'postgres', password: 'p' })).toEqual({ username: 'postgres', password: 'p' });
    await expect(readAs({ password: 'p' })).rejects.toThrow(/username is missing/);
  });

  it('may call its keys as the secret that rotates does, or as AWS does', async () => {
    expect(await readAs({ user: 'postgres', password: 'p', port: '1' })).toEqual({
      username: 'postgres',
      password: 'p',
      port: 1,
    });
  });
});
