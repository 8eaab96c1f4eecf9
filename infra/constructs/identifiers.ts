import { Token } from 'aws-cdk-lib';

/** Checks of what AWS names things by. Tokens pass: what they hold is not known at synth. */

export function checkAccountId(prop: string, accountId: string): void {
  check(prop, accountId, /^\d{12}$/, 'an account id, twelve digits');
}

export function checkOrganizationId(prop: string, organizationId: string): void {
  check(prop, organizationId, /^o-[a-z0-9]{10,32}$/, 'the id of an organization, o-…');
}

export function checkRoleName(prop: string, roleName: string): void {
  check(prop, roleName, /^([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/, 'the name of a role');
}

export function checkExternalId(prop: string, externalId: string): void {
  check(prop, externalId, /^[\w+=,.@:/-]{2,1224}$/, 'an external id, 2 to 1224 of A-Z a-z 0-9 _ + = , . @ : / -');
}

export function checkSecretArn(prop: string, arn: string): void {
  check(prop, arn, /^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@!-]+$/, 'the ARN of a secret');
}

export function checkDirectoryId(prop: string, directoryId: string): void {
  check(prop, directoryId, /^d-[0-9a-f]{10}$/, 'the id of a directory of AWS Directory Service, d-…');
}

export function checkKeyArn(prop: string, arn: string): void {
  check(prop, arn, /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/, 'the ARN of a KMS key (an alias is not one)');
}

/** @param wildcards Whether `*` may stand in it. */
export function checkRoleArn(prop: string, arn: string, wildcards: boolean): void {
  const form = wildcards
    ? /^arn:[\w-]+:iam::[\d*]+:role\/[\w+=,.@/*-]+$/
    : /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/;
  check(prop, arn, form, `the ARN of a role${wildcards ? '' : ', without wildcards'}`);
}

export function checkFunctionArn(prop: string, arn: string, wildcards: boolean): void {
  const form = wildcards
    ? /^arn:[\w-]+:lambda:[\w*-]+:[\d*]+:function:[\w*-]+$/
    : /^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w-]+$/;
  check(prop, arn, form, `the ARN of a function, without version or alias${wildcards ? '' : ' and without wildcards'}`);
}

function check(prop: string, value: string, form: RegExp, what: string): void {
  if (!Token.isUnresolved(value) && !form.test(value)) throw new Error(`\`${prop}\` is ${what}, and ${value} is not.`);
}
