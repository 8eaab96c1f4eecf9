import type { Concealed } from './concealed.js';

/** Where in an assembly something is wrong, as far as it is known. */
export interface Place {
  readonly stackName?: string;
  readonly logicalId?: string;
  /** Of the resource: `RotationRules`, say. */
  readonly property?: string;
}

/**
 * Why an assembly could not be deployed. What was deployed before stays, as in CloudFormation without a rollback: the next
 * deploy goes on from there. Never holds the value of a secret.
 */
export class DeployError extends Error {
  override readonly name = 'DeployError';
  readonly place: Place;
  /** What was done before, oldest first: `created OneAccount/SingleUserRoleB87C4A24 (AWS::IAM::Role)`. */
  readonly done: readonly string[];
  readonly #what: string;

  constructor(what: string, place: Place = {}, options: ErrorOptions & { readonly done?: readonly string[] } = {}) {
    super(`${where(place)}${what}`, options);
    this.#what = what;
    this.place = place;
    this.done = options.done ?? [];
  }

  /** The same, with what was done before and without what is concealed. */
  after(done: readonly string[], concealed: Concealed): DeployError {
    const what = concealed.hide(this.#what);
    // A cause would say it all the same.
    return new DeployError(what, this.place, { done, ...(what === this.#what && { cause: this.cause }) });
  }
}

function where({ stackName, logicalId, property }: Place): string {
  const names = [[stackName, logicalId].filter((name) => name !== undefined).join('/'), property].filter(Boolean);
  return names.length === 0 ? '' : `${names.join(' ')}: `;
}

/** Something in a template that is wrong wherever it stands; whoever knows the place makes a DeployError of it. */
export class TemplateFault extends Error {
  override readonly name = 'TemplateFault';
}

/** Runs a piece of work; its TemplateFaults are DeployErrors of this place. */
export function at<T>(place: Place, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof TemplateFault ? new DeployError(error.message, place) : error;
  }
}
