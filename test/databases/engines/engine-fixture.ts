/** THE CONTRACT OF AN ENGINE'S FIXTURE: what `<engine>.fixture.ts` exports for the driver contract. Types only. */
import type { DatabaseDriver } from '../../../lib/databases/driver.js';
import type { DriverFixture, DualPasswordFixture, SuperuserFixture } from '../../../lib/testing/driver-contract.js';

export interface EngineFixture {
  /** Each is run through the contract: a version of the server, for instance. */
  readonly variants: readonly Variant[];
  /** How the server of the variant that was started is used; asked for nothing before that. */
  readonly fixture: DriverFixture | SuperuserFixture | DualPasswordFixture | (SuperuserFixture & DualPasswordFixture);
  /** Default: the factory of the engine without options. */
  driver?(): DatabaseDriver;
  start(variant: Variant): Promise<void>;
  stop(): Promise<void>;
}

export interface Variant {
  readonly name: string;
  /** Whether names and passwords with every kind of character are tried. Default: they are. What they may hold is often no matter of the version. */
  readonly everyCharacter?: boolean;
}
