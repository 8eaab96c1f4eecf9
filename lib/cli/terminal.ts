/** What a command may do to the outside, besides its own work. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Resolves at the first SIGINT or SIGTERM. */
  readonly interrupted: Promise<void>;
}
