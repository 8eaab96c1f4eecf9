import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { md5Verifier, scramVerifier } from '../../../../lib/databases/engines/postgres/password-verifier.js';
import { type PostgresServer, startPostgres } from '../../../support/postgres.js';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
  await server.query('CREATE ROLE oracle LOGIN');
});
afterAll(() => server.stop());

const text = (base64: string) => Buffer.from(base64, 'base64').toString('hex');

describe('a SCRAM verifier', () => {
  it('has the keys of the example in RFC 7677', async () => {
    // ServerSignature and ClientProof of the example follow from these two.
    const verifier = await scramVerifier('pencil', 4096, Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'));
    const [, head, keys] = verifier.split('$');
    expect(head).toBe('4096:W22ZaJ0SNY7soEsUEjb6gQ==');
    const [storedKey = '', serverKey = ''] = keys?.split(':') ?? [];

    const { createHash, createHmac } = await import('node:crypto');
    const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
    const authMessage = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=${nonce}`;
    const sign = (key: string) => createHmac('sha256', Buffer.from(key, 'base64')).update(authMessage).digest();
    expect(sign(serverKey).toString('base64')).toBe('6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
    const proof = Buffer.from('dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=', 'base64');
    const signature = sign(storedKey);
    const clientKey = proof.map((byte, index) => byte ^ (signature[index] ?? 0));
    expect(createHash('sha256').update(clientKey).digest('base64')).toBe(storedKey);
  });

  it('has a salt of its own each time', async () => {
    const [a, b] = await Promise.all([scramVerifier('same', 4096), scramVerifier('same', 4096)]);
    expect(a).not.toBe(b);
    expect(text(/:([^$]+)\$/.exec(a)?.[1] ?? '')).toHaveLength(32);
  });

  it('is what the server itself makes of any password', async () => {
    const password = fc.oneof(
      fc.string({ minLength: 1, maxLength: 40 }),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
      // Where mapping, normalization, prohibition and direction of writing meet.
      fc.string({
        unit: fc.constantFrom(
          ...'aZ1 \u00a0\u2003\u3000\u00ad\u200b\u200d\ufe0f\ufeffªⅨﬁÅ①é\u0301אبا٣\u0007\u200e😀ẞ\u0378',
        ),
        minLength: 1,
        maxLength: 6,
      }),
    );
    await fc.assert(
      fc.asyncProperty(password, async (candidate) => {
        fc.pre(!candidate.includes('\0'));
        const [row] = await server.query(`SELECT format('ALTER ROLE oracle PASSWORD %L', $1::text) AS sql`, [
          candidate,
        ]);
        await server.query(String(row?.sql));
        const [made] = await server.query("SELECT rolpassword FROM pg_authid WHERE rolname = 'oracle'");
        const salt = Buffer.from(/:([^$]+)\$/.exec(String(made?.rolpassword))?.[1] ?? '', 'base64');
        expect(await scramVerifier(candidate, 4096, salt)).toBe(made?.rolpassword);
      }),
      { numRuns: 150 },
    );
  });

  it('lets any printable password log in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, maxLength: 64 }), async (password) => {
        const verifier = await scramVerifier(password, 4096);
        await server.query(`ALTER ROLE oracle PASSWORD '${verifier}'`);
        expect(await server.query('SELECT 1 AS one', [], { username: 'oracle', password })).toEqual([{ one: 1 }]);
      }),
      { numRuns: 30 },
    );
  });
});

describe('an md5 verifier', () => {
  it('is what the server itself makes', async () => {
    const password = `it's "odd" \\ pässwörd`;
    const [row] = await server.query("SELECT 'md5' || md5($1 || $2) AS made", [password, 'Größe']);
    expect(md5Verifier('Größe', password)).toBe(row?.made);
  });
});
