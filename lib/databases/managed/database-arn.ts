/** What an ARN of RDS or Redshift names. */
export interface DatabaseArn {
  readonly arn: string;
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly accountId: string;
  /** `db`, `cluster`, `namespace` … */
  readonly type: string;
  /** The identifier that AWS's API takes. */
  readonly id: string;
}

/** @returns undefined for anything else */
export function parseDatabaseArn(arn: string): DatabaseArn | undefined {
  const [, partition, service, region, accountId, type, id] =
    /^arn:(aws[a-z-]*):(rds|redshift|redshift-serverless):([a-z0-9-]+):(\d{12}):([a-z-]+)[:/]([A-Za-z0-9-]+)$/.exec(
      arn,
    ) ?? [];
  if (!partition || !service || !region || !accountId || !type || !id) return undefined;
  return { arn, partition, service, region, accountId, type, id };
}

/** What AWS tells of the database that an ARN names. */
export interface PlacedDatabase {
  readonly arn: string;
  /** As AWS spells it. */
  readonly engine: string;
  readonly status: string;
  /** None while it is being made. */
  readonly host: string | undefined;
  readonly port: number | undefined;
}
