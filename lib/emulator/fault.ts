/** An answer that refuses a request. Its message goes to the caller and into the request log: never a secret value. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: string;
  /** Secrets Manager answers every client error with 400 [recorded-rotation 0b]; STS refuses with 403. */
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}
