/** Runs the driver contract for each engine that `engines/index.ts` lists. An engine `x` needs a fixture `x.fixture.ts` beside this file. */
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import type { DatabaseDriver, SuperuserSession } from '../../../lib/databases/driver.js';
import * as engines from '../../../lib/databases/engines/index.js';
import { driverContract, type SuperuserFixture } from '../../../lib/testing/driver-contract.js';

interface EngineFixture {
  readonly variants: readonly { readonly name: string }[];
  start(variant: { readonly name: string }): Promise<{ readonly fixture: SuperuserFixture; stop(): Promise<void> }>;
}

const factories: Readonly<Record<string, () => DatabaseDriver<SuperuserSession>>> = engines;

describe.each(Object.keys(factories))('the contract of %s', (engine) => {
  const { variants, start }: EngineFixture = require(`./${engine}.fixture.ts`);
  const driver = factories[engine]?.();
  if (!driver) throw new Error(`engines/index.ts exports no driver ${engine}`);

  describe.each(variants)('$name', (variant) => {
    let server: Awaited<ReturnType<EngineFixture['start']>>;
    beforeAll(async () => {
      server = await start(variant);
    });
    afterAll(() => server.stop());

    // The cases are made before the server is there, and ask for it when they run.
    const fixture: SuperuserFixture = {
      secret: (...args) => server.fixture.secret(...args),
      connection: () => server.fixture.connection(),
      createUser: (...args) => server.fixture.createUser(...args),
      missingDatabase: 'no such database',
      takesUsername: (name) => server.fixture.takesUsername?.(name) ?? true,
      takesPassword: (password) => server.fixture.takesPassword?.(password) ?? true,
      superuser: () => server.fixture.superuser(),
      grant: (...args) => server.fixture.grant(...args),
      revoke: (...args) => server.fixture.revoke(...args),
      mayUse: (...args) => server.fixture.mayUse(...args),
      createObject: (...args) => server.fixture.createObject(...args),
      mayUseObject: (...args) => server.fixture.mayUseObject(...args),
    };
    for (const { name, run } of driverContract(driver, fixture)) it(name, run);
  });
});
