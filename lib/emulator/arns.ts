/** ARNs of secrets, principals, functions and KMS keys: the parts that the service looks at. */

export interface SecretArn {
  readonly region: string;
  readonly accountId: string;
  /** The name, with the hyphen and six characters that AWS adds, unless the ARN is partial. */
  readonly resource: string;
}

const secretArn = /^arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):(\d{12}):secret:([A-Za-z0-9/_+=.@!-]+)$/;
const roleArn = /^arn:aws[a-z-]*:iam::(\d{12}):role\/((?:[\w+=,.@-]+\/)*)([\w+=,.@-]{1,64})$/;
/** A session's ARN has no path [recorded-authority B13]. */
const principalArn =
  /^arn:aws[a-z-]*:(?:iam::\d{12}:(?:root|(?:role|user)\/[\w+=,.@/-]+)|sts::\d{12}:(?:assumed-role\/[\w+=,.@-]+|federated-user)\/[\w+=,.@-]+)$/;
const functionArn =
  /^arn:aws[a-z-]*:lambda:([a-z0-9-]+):(\d{12}):function:([A-Za-z0-9_-]{1,64})(?::(\$LATEST|[A-Za-z0-9_-]{1,128}))?$/;
const keyArn = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):(\d{12}):key\/[A-Za-z0-9-]+$/;
const keyAliasArn = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):(\d{12}):(alias\/[A-Za-z0-9/_-]+)$/;

export function parseSecretArn(arn: string): SecretArn | undefined {
  const [, region, accountId, resource] = secretArn.exec(arn) ?? [];
  return region && accountId && resource ? { region, accountId, resource } : undefined;
}

export function parseRoleArn(arn: string): { readonly accountId: string; readonly name: string } | undefined {
  const [, accountId, , name] = roleArn.exec(arn) ?? [];
  return accountId && name ? { accountId, name } : undefined;
}

/** Whether it is the ARN of an account's root, a role, a session or a user. No wildcards: IAM takes none in a principal. */
export function isPrincipalArn(arn: string): boolean {
  return principalArn.test(arn);
}

export interface FunctionArn {
  readonly region: string;
  readonly accountId: string;
  readonly name: string;
  /** A version's number, an alias, or `$LATEST` when the ARN carries none: to Lambda, both are the same function. */
  readonly qualifier: string;
}

export function parseFunctionArn(arn: string): FunctionArn | undefined {
  const [, region, accountId, name, qualifier = latest] = functionArn.exec(arn) ?? [];
  return region && accountId && name ? { region, accountId, name, qualifier } : undefined;
}

const latest = '$LATEST';

/** One spelling for each function: that of `$LATEST` is without it. */
export function canonicalFunctionArn(arn: string): string {
  return arn.endsWith(`:${latest}`) ? arn.slice(0, -latest.length - 1) : arn;
}

export function parseKeyArn(arn: string): { readonly region: string; readonly accountId: string } | undefined {
  const [, region, accountId] = keyArn.exec(arn) ?? [];
  return region && accountId ? { region, accountId } : undefined;
}

/** `name` begins with `alias/`. */
export function parseKeyAliasArn(
  arn: string,
): { readonly region: string; readonly accountId: string; readonly name: string } | undefined {
  const [, region, accountId, name] = keyAliasArn.exec(arn) ?? [];
  return region && accountId && name ? { region, accountId, name } : undefined;
}

/** The session's ARN drops the role's path [recorded-authority B13]. */
export function sessionArn(role: { readonly accountId: string; readonly name: string }, sessionName: string): string {
  return `arn:aws:sts::${role.accountId}:assumed-role/${role.name}/${sessionName}`;
}
