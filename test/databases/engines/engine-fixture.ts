/** THE CONTRACT OF AN ENGINE'S FIXTURE: what `<engine>.fixture.ts` exports for the driver contract. Types only. */
import type { DatabaseDriver } from '../../../lib/databases/driver.js';
import type { DriverFixture, DualPasswordFixture, SuperuserFixture } from '../../../lib/testing/driver-contract.js';

export interface EngineFixture {
  /** Each is run through the whole contract: a version of the server, for instance. */
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
}
