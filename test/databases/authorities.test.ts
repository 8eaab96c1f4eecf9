import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { trustedAuthorities } from '../../lib/databases/authorities.js';
import { createCertificateAuthority } from '../support/certificates.js';

const folder = mkdtempSync(path.join(tmpdir(), 'keyturn-authorities-'));
const probe = path.join(folder, 'probe.mjs');
let own: string;

beforeAll(async () => {
  own = (await createCertificateAuthority()).ca;
  writeFileSync(path.join(folder, 'own.pem'), own);
  await build({
    stdin: {
      contents: `import { trustedAuthorities } from './lib/databases/authorities.ts';
        console.log(JSON.stringify(await trustedAuthorities({})()));`,
      resolveDir: path.join(__dirname, '../..'),
    },
    outfile: probe,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function defaultsOn(node: string): Promise<string[]> {
  const env = { NODE_EXTRA_CA_CERTS: path.join(folder, 'own.pem') };
  const { stdout } = await promisify(execFile)(node, [probe], { env, maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout);
}

describe('the default authorities', () => {
  it("are Node's and those of Amazon RDS, each once", async () => {
    const pem = await defaultsOn(process.execPath);
    expect(pem.length).toBeGreaterThan(200);
    expect(new Set(pem).size).toBe(pem.length);
  });

  describe.each([22, 24])('on Node %i', (version) => {
    const node = process.env[`KEYTURN_NODE_${version}`];
    const whereItIs = node !== undefined || process.env.CI ? it : it.skip;

    whereItIs('have those of NODE_EXTRA_CA_CERTS with them', async () => {
      if (node === undefined) throw new Error(`KEYTURN_NODE_${version} has to name a Node ${version} binary`);
      expect((await defaultsOn(node)).map((pem) => pem.trim())).toContain(own.trim());
    });
  });
});

describe('trustedAuthorities', () => {
  it('takes given certificates instead of the defaults', async () => {
    expect(await trustedAuthorities({ ca: own })()).toEqual([own.trim()]);
    expect(await trustedAuthorities({ caFile: path.join(folder, 'own.pem') })()).toEqual([own.trim()]);
  });
});
