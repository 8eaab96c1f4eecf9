/** Runs the driver contract for each engine that `engines/index.ts` lists. An engine `myEngine` needs a fixture `my-engine.fixture.ts` beside this file. */
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import type { DatabaseDriver } from '../../../lib/databases/driver.js';
import * as engines from '../../../lib/databases/engines/index.js';
import { driverContract } from '../../../lib/testing/driver-contract.js';
import type { EngineFixture } from './engine-fixture.js';

const factories: Readonly<Record<string, () => DatabaseDriver>> = engines;

const fileOf = (engine: string) => engine.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const TRIES_EVERY_CHARACTER =
  /of user "|clones user "|odd passwords|printable ASCII|other password of a password|control characters/;

/** A domain of Samba is made in seven seconds, and in more than a minute where a machine has ten times as much to do as it can. */
const START_MILLIS = 180_000;

describe.each(Object.keys(factories))('the contract of %s', (engine) => {
  const { variants, fixture, driver = factories[engine], start, stop }: EngineFixture = require(
    `./${fileOf(engine)}.fixture.ts`,
  );
  if (!driver) throw new Error(`engines/index.ts exports no driver ${engine}`);

  if (variants.length === 0) {
    it.skip('runs where there is a server of it', () => {});
    return;
  }

  describe.each([...variants])('$name', (variant) => {
    beforeAll(() => start(variant), START_MILLIS);
    afterAll(() => stop());
    // Which fixture goes with which driver is for authors; here each engine brings its own.
    for (const { name, run } of driverContract(driver(), fixture as never)) {
      if (variant.everyCharacter !== false || !TRIES_EVERY_CHARACTER.test(name)) it(name, run);
    }
  });
});
