/** Apps that have among them every kind of statement that the constructs generate. */
import path from 'node:path';
import { type App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import {
  RemoteAccess,
  RemoteRotationFunction,
  RotationCode,
  RotationEngine,
  RotationFunction,
  SecretAccountRole,
} from '../../../infra/constructs/index.js';
import { stableUuid } from '../../../lib/emulator/assembly/physical-names.js';

export const FUNCTION_ACCOUNT = '444455556666';
export const SECRET_ACCOUNT = '111122223333';
/** Of no organization. */
export const THIRD_ACCOUNT = '777788889999';
export const ORGANIZATION = 'o-abcdefghij';
export const EXTERNAL_ID = 'keyturn';
export const REGION = 'us-east-1';
const DIRECTORY = 'd-0123456789';

const later = { rotateImmediately: false };
const functionArn = `arn:aws:lambda:${REGION}:${FUNCTION_ACCOUNT}:function:rotation`;
const roleArn = `arn:aws:iam::${FUNCTION_ACCOUNT}:role/rotation`;
const known = { functionName: 'rotation', roleName: 'rotation' };

function stackIn(account: string, scope: Construct, id: string): Stack {
  return new Stack(scope, id, { env: { account, region: REGION } });
}

/** A secret with a key of its own. */
function secretWithKey(stack: Stack, id: string, props: secretsmanager.SecretProps = {}): secretsmanager.Secret {
  return new secretsmanager.Secret(stack, id, { ...props, encryptionKey: new kms.Key(stack, `${id}Key`) });
}

/** Secret and superuser with keys of their own. */
export function keysInOneAccount(app: App): void {
  const stack = stackIn(SECRET_ACCOUNT, app, 'Keys');
  const superuser = secretWithKey(stack, 'Superuser');
  new RotationFunction(stack, 'Rotation', { code: RotationCode.alternatingUsers(RotationEngine.POSTGRES) }).rotate(
    secretWithKey(stack, 'Application'),
    { ...later, superuser },
  );
}

/** Imported secrets: an ARN without its end, and keys known by their aliases. The policies lie in the stack that imports them. */
export function importedSecrets(app: App): void {
  const owner = stackIn(SECRET_ACCOUNT, app, 'Owner');
  const stack = stackIn(SECRET_ACCOUNT, app, 'Importer');
  stack.addDependency(owner);
  const imported = (id: string, secretName: string) => {
    const secret = secretWithKey(owner, id, { secretName });
    new kms.Alias(owner, `${id}Alias`, {
      aliasName: `alias/${secretName}`,
      targetKey: secret.encryptionKey as kms.IKey,
    });
    return secretsmanager.Secret.fromSecretAttributes(stack, id, {
      secretPartialArn: `arn:aws:secretsmanager:${REGION}:${SECRET_ACCOUNT}:secret:${secretName}`,
      encryptionKey: kms.Alias.fromAliasName(stack, `${id}Alias`, `alias/${secretName}`),
    });
  };
  const superuser = imported('Superuser', 'superuser');
  new RotationFunction(stack, 'Rotation', { code: RotationCode.alternatingUsers(RotationEngine.POSTGRES) }).rotate(
    imported('Application', 'application'),
    { ...later, superuser },
  );
}

/** Passwords by GetRandomPassword, a role confined by a boundary, no condition on the secret's function, and a directory. */
export function randomPasswords(app: App): void {
  const stack = stackIn(SECRET_ACCOUNT, app, 'Random');
  const permissionsBoundary = new iam.ManagedPolicy(stack, 'Boundary', {
    statements: [new iam.PolicyStatement({ actions: ['secretsmanager:*', 'logs:*', 'ds:*'], resources: ['*'] })],
  });
  new RotationFunction(stack, 'Rotation', {
    code: RotationCode.entry(path.join(__dirname, 'random-key.ts')),
    allowGetRandomPassword: true,
    confineToRotation: false,
    permissionsBoundary,
  }).rotate(new secretsmanager.Secret(stack, 'Application'), { ...later, directoryId: DIRECTORY });
}

/** Alternating users in another account, by a role there, which also administers a directory; secrets and superuser with keys of their own. */
export function roleAcrossAccounts(app: App): void {
  const home = stackIn(FUNCTION_ACCOUNT, app, 'Home');
  const rotation = new RotationFunction(home, 'Rotation', {
    code: RotationCode.alternatingUsers(RotationEngine.POSTGRES),
    ...known,
  });
  rotation.allowAccounts(SECRET_ACCOUNT);
  rotation.assume({ accountIds: [SECRET_ACCOUNT], externalId: EXTERNAL_ID });

  const stack = stackIn(SECRET_ACCOUNT, app, 'Abroad');
  stack.addDependency(home);
  const [secret, superuser] = [secretWithKey(stack, 'Application'), secretWithKey(stack, 'Superuser')];
  const role = new SecretAccountRole(stack, 'Role', {
    rotationFunctionArn: functionArn,
    rotationFunctionRoleArn: roleArn,
    externalId: EXTERNAL_ID,
    secrets: [secret],
    superusers: [superuser],
    directoryIds: [DIRECTORY],
  });
  RemoteRotationFunction.fromAttributes(stack, 'Rotation', {
    functionArn,
    roleArn,
    access: RemoteAccess.assumedRole(role),
  }).rotate(secret, { ...later, superuser });
}

/** Alternating users in another account, without a role there: both policies of the secret and its key admit the function. */
export function directAcrossAccounts(app: App): void {
  const home = stackIn(FUNCTION_ACCOUNT, app, 'Home');
  const stack = stackIn(SECRET_ACCOUNT, app, 'Abroad');
  stack.addDependency(home);
  const secret = secretWithKey(stack, 'Application', { secretName: 'application' });
  const superuser = secretWithKey(stack, 'Superuser', { secretName: 'superuser' });
  const arn = (name: string) => `arn:aws:secretsmanager:${REGION}:${SECRET_ACCOUNT}:secret:${name}`;
  const rotation = new RotationFunction(home, 'Rotation', {
    code: RotationCode.alternatingUsers(RotationEngine.POSTGRES),
    ...known,
  });
  rotation.allowAccounts(SECRET_ACCOUNT);
  rotation.accessDirectly({
    secretArn: arn('application'),
    keyArn: keyArn(stack, secret),
    superuserArn: arn('superuser'),
    superuserKeyArn: keyArn(stack, superuser),
  });
  RemoteRotationFunction.fromAttributes(stack, 'Rotation', {
    functionArn,
    roleArn,
    access: RemoteAccess.direct(),
  }).rotate(secret, { ...later, superuser });
}

/** As it will be: in life it is copied from the account that was deployed first. */
function keyArn(stack: Stack, { encryptionKey }: secretsmanager.Secret): string {
  const logicalId = stack.getLogicalId(encryptionKey?.node.defaultChild as kms.CfnKey);
  const id = stableUuid({ accountId: SECRET_ACCOUNT, region: REGION, stackName: stack.stackName, logicalId });
  return `arn:aws:kms:${REGION}:${SECRET_ACCOUNT}:key/${id}`;
}

/** A function for an organization, and for an account outside of it; roles that name secrets by their names. */
export function organization(app: App): void {
  const home = stackIn(FUNCTION_ACCOUNT, app, 'Home');
  const rotation = new RotationFunction(home, 'Rotation', {
    code: RotationCode.alternatingUsers(RotationEngine.POSTGRES),
    ...known,
  });
  rotation.allowAccounts(THIRD_ACCOUNT);
  rotation.allowOrganization(ORGANIZATION);
  rotation.assume({ organizationId: ORGANIZATION, externalId: EXTERNAL_ID });
  rotation.assume({ accountIds: [THIRD_ACCOUNT], externalId: EXTERNAL_ID });

  const member = stackIn(SECRET_ACCOUNT, app, 'Member');
  const outsider = stackIn(THIRD_ACCOUNT, app, 'Outsider');
  for (const stack of [member, outsider]) {
    stack.addDependency(home);
    const encryptionKey = new kms.Key(stack, 'Key');
    const secret = new secretsmanager.Secret(stack, 'Application', { secretName: 'app/db', encryptionKey });
    new secretsmanager.Secret(stack, 'Superuser', { secretName: 'superuser/db', encryptionKey });
    const role = new SecretAccountRole(stack, 'Role', {
      secretNames: ['app/*'],
      superuserNames: ['superuser/*'],
      keys: [encryptionKey],
      externalId: EXTERNAL_ID,
      ...(stack === member
        ? {
            organizationId: ORGANIZATION,
            rotationFunctionArn: `arn:aws:lambda:${REGION}:*:function:rotation`,
            rotationFunctionRoleArn: 'arn:aws:iam::*:role/rotation',
          }
        : { rotationFunctionArn: functionArn, rotationFunctionRoleArn: roleArn }),
    });
    RemoteRotationFunction.fromAttributes(stack, 'Rotation', {
      functionArn,
      roleArn,
      access: RemoteAccess.assumedRole(role),
    }).rotate(secret, later);
  }
}
