/**
 * What AWS neither documents nor was recorded to do. Each question has a name, the answers that are plausible, and one that
 * is taken unless told otherwise, with its reason. Whoever depends on one of them can try the other.
 */
export interface UndocumentedBehaviour {
  /** How long a RotationToken is accepted. 'per step', the stricter: only while the step that received it runs. */
  readonly rotationTokens: 'per step' | 'per rotation';
}

export const undocumentedDefaults: UndocumentedBehaviour = {
  rotationTokens: 'per step',
};
