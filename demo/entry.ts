/** How a secret of one kind is used: what the demo has to know to try old and new values for real. */
export interface Entry<TSecret> {
  /** The part of the secret that a rotation changes. */
  credential(secret: TSecret): string;
  /** Whether two values are of the same user, so that the newer credential replaces the older one. */
  sameLogin(a: TSecret, b: TSecret): boolean;
  /** Uses it. True if it was accepted, false if it was refused; everything else is thrown. */
  opens(secret: TSecret): Promise<boolean>;
}
