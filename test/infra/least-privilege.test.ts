/**
 * THE PROOF OF LEAST PRIVILEGE. Each app is deployed with IAM enforced, and its secrets rotate: what the constructs grant is
 * enough. Then it is deployed again and again, each time without one statement, or without one action of it: what they grant
 * is needed. And the test of each condition keeps somebody out.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApiService } from '../../demo/api-service.js';
import type { Decision, PolicySimulation } from '../../lib/emulator/index.js';
import { createCertificateAuthority } from '../support/certificates.js';
import { startPostgres } from '../support/postgres.js';
import { cases, databasesInRds, deployOptions, RDS_NAMES, type Servers } from './least-privilege/cases.js';
import { DeployedApp } from './least-privilege/deployed-app.js';
import { isForLostVersions, isOfTheCdk, probeOf } from './least-privilege/probes.js';
import { contextsIn, requestsOn, strangers } from './least-privilege/requests.js';
import { nameIn, nameOf, type Removal, type Statement, statementsOf, titleOf } from './least-privilege/statements.js';
import { synthesizeApp } from './synthesize.js';

let servers: Servers;
let certificates: string;

beforeAll(async () => {
  certificates = await mkdtemp(path.join(tmpdir(), 'keyturn-ca-'));
  const authority = await createCertificateAuthority();
  const tls = await authority.issue({ dnsNames: ['localhost', ...RDS_NAMES] });
  const [postgres, service] = await Promise.all([startPostgres({ tls }), startApiService()]);
  servers = { postgres, service, caFile: path.join(certificates, 'ca.pem') };
  writeFileSync(servers.caFile, authority.ca);
  await postgres.query('CREATE DATABASE app');
});
afterAll(async () => {
  await Promise.all([servers?.postgres.stop(), servers?.service.close(), rm(certificates, { recursive: true })]);
});

const proofs = Object.entries(cases).map(([name, given]) => {
  const synthesized = synthesizeApp(given.add);
  const all = statementsOf(synthesized);
  return { name, given, synthesized, all, ours: all.filter((statement) => !isOfTheCdk(statement)) };
});

/** The statement, and each action of several. */
function removals(of: Statement): Removal[] {
  return [{ of }, ...(of.actions.length > 1 ? of.actions.map((action) => ({ of, action })) : [])];
}

const titled = <T extends Removal>(removal: T) => ({ ...removal, title: titleOf(removal) });

function expectOnly(refused: readonly Decision[], { of, action }: Removal): void {
  expect(refused.length).toBeGreaterThan(0);
  for (const decision of refused) {
    expect({ action: decision.action, kind: decision.missing }).toEqual({
      action: expect.stringMatching(new RegExp(`^(${action ?? of.actions.join('|')})$`)),
      kind: of.kind,
    });
  }
}

describe.each(proofs)('$name', ({ given, synthesized, all, ours }) => {
  const probed = (...probes: readonly ReturnType<typeof probeOf>[]) =>
    ours.filter((statement) => probes.includes(probeOf(statement)));
  let app: DeployedApp;
  let atFirst: readonly Decision[];

  beforeAll(async () => {
    app = await DeployedApp.start({
      synthesized,
      rotated: given.rotated,
      deployOptions: (emulator) => deployOptions(given, servers, emulator),
      ...(given.usesRds && { rds: databasesInRds(servers) }),
    });
  });
  afterAll(async () => {
    await app?.close();
    synthesized.remove();
  });

  it('the secrets rotate', async () => {
    expect(app.tests.map(({ outcome }) => outcome.status)).toEqual(given.rotated.map(() => 'Succeeded'));
    // Twice: alternating users make their second user, and then meet it.
    expect(await app.rotate()).toEqual({ failure: undefined, refused: [] });
    expect(await app.rotate()).toEqual({ failure: undefined, refused: [] });
    atFirst = app.decisions();
  });

  it('every call is allowed by our statements, and by nothing else', () => {
    const names = (statements: readonly Statement[]) =>
      new Set(statements.map((statement) => nameIn(app.stack(statement.stackName), statement)));
    const [mine, everyone] = [names(ours), names(all)];
    const strangers = atFirst.flatMap(({ allowed, action, callerArn, statements }) => {
      const granted = statements.filter(({ kind }) => kind !== 'session' && kind !== 'permissions boundary');
      const unknown = granted.filter((each) => !everyone.has(nameOf(each)) && !isDefaultKey(each.of, all, app));
      const isOurs = granted.some((each) => mine.has(nameOf(each)) || isDefaultKey(each.of, all, app));
      return allowed && isOurs && unknown.length === 0 ? [] : [{ action, callerArn, statements }];
    });
    expect(strangers).toEqual([]);
    // And the other way round: a rotation has used every statement that is probed by one.
    const used = new Set(atFirst.flatMap(({ statements }) => statements.map(nameOf)));
    const idle = probed('rotation', 'cold start', 'log').filter(
      (statement) => !used.has(nameIn(app.stack(statement.stackName), statement)),
    );
    expect(idle.map((of) => titleOf({ of }))).toEqual([]);
  });

  const cold = probed('cold start').flatMap(removals).map(titled);
  if (cold.length > 0) {
    it.each(cold)('without $title a rotation fails for it: Lambda cannot start the function', async (removal) => {
      const { failure, refused } = await app.without(removal, () => app.rotate(removal.of), { cold: true });
      expect(failure).toMatch(/cannot be assumed by Lambda|permissions to configure VPC settings/);
      expectOnly(refused, removal);
      await app.abandon();
    });
  }

  const logs = probed('log').map((of) => titled({ of }));
  it.each(logs)('without $title the lines of the function are lost', async (removal) => {
    const { failure, refused } = await app.without(removal, () => app.rotate(removal.of), { cold: true });
    expect(failure).toBeUndefined();
    expectOnly(refused, removal);
  });

  const needed = probed('rotation').flatMap(removals).map(titled);
  it.each(needed)('without $title a rotation fails for it, and succeeds when it is back', async (removal) => {
    if (isForLostVersions(removal)) await app.loseVersions(removal.of);
    const { failure, refused } = await app.without(removal, () => app.rotate(removal.of));
    expect(failure).toBeDefined();
    expectOnly(refused, removal);
    // What never began is begun again.
    if ((await app.recover()) === 0) expect((await app.rotate(removal.of)).failure).toBeUndefined();
  });

  const simulated = [
    ...probed('simulation').flatMap(removals),
    ...probed('log').flatMap((of) => removals(of).filter(({ action }) => action !== undefined)),
  ].map(titled);
  if (simulated.length > 0) {
    it.each(simulated)('without $title the contrary is decided', async (removal) => {
      const { of } = removal;
      const stack = app.stack(of.stackName);
      const requests = requestsOn(of, stack, atFirst).filter(({ action }) => action === (removal.action ?? action));
      expect(requests.length).toBeGreaterThan(0);
      const decide = () => requests.map((request) => app.emulator.simulatePrincipalPolicy(request));
      for (const decision of decide()) {
        expect(decision.allowed).toBe(of.effect === 'Allow');
        // A boundary does not grant.
        const granted = decision.statements.filter(({ kind }) => kind !== 'permissions boundary');
        expect(granted.map(nameOf)).toEqual([nameIn(stack, of)]);
      }
      const without = await app.without(removal, decide);
      expect(without.map(({ allowed }) => allowed)).toEqual(without.map(() => of.effect === 'Deny'));
    });
  }

  const conditions = ours.flatMap(conditionsOf).map(titled);
  if (conditions.length > 0) {
    it.each(conditions)('$title keeps others out', async (removal) => {
      const { of, condition } = removal;
      const stack = app.stack(of.stackName);
      const requests = requestsOn(of, stack, atFirst).flatMap((request) =>
        contextsIn(app.stacks, of, stack, atFirst).map((context) => ({
          ...request,
          context: { ...context, ...request.context },
        })),
      );
      const decides = (request: PolicySimulation) =>
        app.emulator.simulatePrincipalPolicy(request).statements.some((each) => nameOf(each) === nameIn(stack, of));
      const known = requests.find(decides);
      if (known === undefined) throw new Error('no request is decided by this statement');
      const stranger = { ...known, context: { ...known.context, [condition.key]: strangers[condition.key] ?? '' } };
      const others = ours
        .filter(({ kind }) => kind !== of.kind)
        .flatMap(conditionsOf)
        .filter((each) => each.condition.key === condition.key);
      const decide = () => app.emulator.simulatePrincipalPolicy(stranger);
      const kept = await app.without(others, decide);
      expect({ allowed: kept.allowed, missing: kept.missing }).toEqual(
        of.effect === 'Allow' ? { allowed: false, missing: of.kind } : { allowed: true },
      );
      expect((await app.without([...others, removal], decide)).allowed).toBe(of.effect === 'Allow');
    });
  }
});

/** A test of a condition key of a statement, and the same tests in other policies, which keep the same strangers out. */
function conditionsOf(of: Statement): Required<Pick<Removal, 'of' | 'condition'>>[] {
  return Object.entries(of.conditions).flatMap(([operator, tests]) =>
    Object.keys(tests).map((key) => ({ of, condition: { operator, key } })),
  );
}

/** AWS's own key: its policy lets its account's Secrets Manager use it, and nobody can change that. */
function isDefaultKey(arn: string, all: readonly Statement[], app: DeployedApp): boolean {
  const keys = all.filter(({ kind }) => kind === 'key');
  const ids = keys.map(({ stackName, logicalId }) => app.stack(stackName).physicalIds[logicalId]);
  return arn.includes(':key/') && !ids.some((id) => arn.endsWith(`/${id}`));
}

it('is as large as the documentation says', () => {
  const ours = proofs.flatMap((proof) => proof.ours);
  const [changes, conditions] = [ours.flatMap(removals).length, ours.flatMap(conditionsOf).length];
  const documentation = readFileSync(path.join(__dirname, '../../docs/cdk.md'), 'utf8');
  expect(documentation).toContain(
    `${proofs.length} apps, ${ours.length} statements, ${changes} removals, ${conditions} conditions`,
  );
});
