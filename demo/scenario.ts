import type { Problem, RotationReport } from './report.js';
import type { World } from './world.js';

/** One part of the demo. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  run(stage: Stage): Promise<void>;
}

/** What a scenario plays on. */
export interface Stage {
  readonly world: World;
  readonly signal: AbortSignal;
  /** Shows what is going on right now. */
  say(line: string): void;
  report(rotation: RotationReport, problems: readonly Problem[]): void;
}
