/**
 * What AWS neither documents nor was recorded to do. Each question has a name, the answers that are plausible, and one that
 * is taken unless told otherwise, with its reason. Whoever depends on one of them can try the other.
 */
export interface UndocumentedBehaviour {
  /** How long a RotationToken is accepted. 'per step', the stricter: only while the step that received it runs. */
  readonly rotationTokens: 'per step' | 'per rotation';
  /**
   * Whether a deferred rotation (RotateImmediately=false), which copies the current value into a version of its own
   * [recorded-rotation C4], calls KMS as RotateSecret's caller. 'no': AWS's guide names RotateSecret neither among the
   * operations that decrypt nor among those that ask for a data key. 'as the caller': Decrypt, then GenerateDataKey.
   */
  readonly deferredCopyCallsKms: 'no' | 'as the caller';
}

export const undocumentedDefaults: UndocumentedBehaviour = {
  rotationTokens: 'per step',
  deferredCopyCallsKms: 'no',
};
