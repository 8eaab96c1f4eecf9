import { describe, expect, it } from '@jest/globals';
import { roleAssumer, sessionName } from '../../lib/aws/assume-role.js';
import { type Emulator, startEmulator } from '../../lib/emulator/index.js';

const roleArn = 'arn:aws:iam::111122223333:role/SecretRotation';
const policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] });

function assumer(emulator: Emulator) {
  emulator.createRole({
    roleArn,
    trustPolicy: { Statement: { Effect: 'Allow', Principal: { AWS: '444455556666' }, Action: 'sts:AssumeRole' } },
  });
  return roleAssumer({ endpoint: emulator.endpoint, credentials: emulator.credentialsFor('444455556666') });
}

const request = {
  roleArn,
  policy,
  sessionName: 'function@version',
  region: 'us-east-1',
  neededMillis: 60_000,
  signal: new AbortController().signal,
};

describe('roleAssumer', () => {
  it('uses a session again for the same role, name and policy, and for nothing else', async () => {
    await using emulator = await startEmulator();
    const { assume } = assumer(emulator);
    const first = await assume(request);
    expect(await assume(request)).toBe(first);
    expect(await assume({ ...request, sessionName: 'function@other' })).not.toBe(first);
    expect(await assume({ ...request, policy: `${policy} ` })).not.toBe(first);
    expect(emulator.requests).toHaveLength(3);
  });

  it('assumes the role again when the session would not last for the step', async () => {
    await using emulator = await startEmulator();
    const { assume } = assumer(emulator);
    const first = await assume(request);
    const quarterOfAnHour = 900_000;
    expect(await assume({ ...request, neededMillis: quarterOfAnHour - 60_000 })).toBe(first);
    expect(await assume({ ...request, neededMillis: quarterOfAnHour })).not.toBe(first);
  });

  it('assumes the role again when the session was found to have ended', async () => {
    await using emulator = await startEmulator();
    const { assume, forget } = assumer(emulator);
    const [first, other] = [await assume(request), await assume({ ...request, sessionName: 'function@other' })];
    forget(first);
    expect(await assume(request)).not.toBe(first);
    expect(await assume({ ...request, sessionName: 'function@other' })).toBe(other);
  });

  it('assumes the role again once the session has expired', async () => {
    const long = Date.now() - 3_600_000;
    await using emulator = await startEmulator({ now: () => new Date(long) });
    const { assume } = assumer(emulator);
    const first = await assume({ ...request, neededMillis: 0 });
    expect(first.expiration.getTime()).toBeLessThan(Date.now());
    expect(await assume({ ...request, neededMillis: 0 })).not.toBe(first);
  });
});

describe('sessionName', () => {
  it.each([
    ['rotation', '0a1b2c3d-0000-4000-8000-000000000001', 'rotation@0a1b2c3d-0000-4000-8000-000000000001'],
    [undefined, 'terraform-20260203174223578300000001', 'keyturn@terraform-20260203174223578300000001'],
    ['f'.repeat(64), 'v'.repeat(64), `${'f'.repeat(27)}@${'v'.repeat(36)}`],
    ['f', 'a version/with: characters that IAM refuses', 'f@a-version-with--characters-that-IAM-'],
  ])('of function %s and version %s is %s', (functionName, versionId, name) => {
    expect(sessionName(functionName, versionId)).toBe(name);
    expect(name).toMatch(/^[\w+=,.@-]{2,64}$/);
  });
});
