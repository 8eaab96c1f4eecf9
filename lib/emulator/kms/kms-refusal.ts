/** Why KMS refused a call, in KMS's own words. Secrets Manager hides some of them and quotes others. */
export class KmsRefusal extends Error {
  override readonly name = 'KmsRefusal';
  readonly code: 'AccessDeniedException' | 'NotFoundException' | 'DisabledException' | 'KMSInvalidStateException';
  readonly #requestId: string;

  constructor(code: KmsRefusal['code'], message: string, requestId: string) {
    super(message);
    this.code = code;
    this.#requestId = requestId;
  }

  /** As Secrets Manager quotes it [recorded-authority D16, D17, I1]. */
  get quoted(): string {
    return `${this.message} (Service: AWSKMS; Status Code: 400; Error Code: ${this.code}; Request ID: ${this.#requestId}; Proxy: null)`;
  }
}
