/** AWS's JSON shape of a database secret. @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html */
export interface DatabaseSecret {
  readonly engine: string;
  readonly host: string;
  readonly port?: number;
  readonly dbname?: string;
  readonly username: string;
  readonly password: string;
  /** Absent or true: TLS demanded and verified. False: plain, and only then. */
  readonly ssl?: boolean;
  /** The superuser's secret. */
  readonly masterarn?: string;
}
