import { App, Duration, LegacyStackSynthesizer, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { directoryArn, directoryStatements } from './directory-access.js';
import { checkExternalId, checkFunctionArn, checkOrganizationId, checkRoleArn } from './identifiers.js';
import { arnForPolicy, customerKey, keyConditions, ROTATION_ACTIONS, withSuffix } from './secret-access.js';

/** What the role in the account of the secrets is made of. */
export interface SecretAccountRoleProps {
  /**
   * The execution role of the rotation function, which alone may assume this one. It must exist when this is deployed. With `organizationId`, `*` may stand in it:
   * `arn:aws:iam::*:role/rotation-*`.
   */
  readonly rotationFunctionRoleArn: string;
  /** The rotation function: the role reaches only secrets that are configured to be rotated by it. With `organizationId`, `*` may stand in it. */
  readonly rotationFunctionArn: string;
  /**
   * Secrets that are rotated.
   * @default - those that `secretNames` names
   */
  readonly secrets?: secretsmanager.ISecret[];
  /**
   * Names of secrets that are rotated; `*` stands for any characters: `app/*`.
   * @default - those that `secrets` names
   */
  readonly secretNames?: string[];
  /**
   * Secrets of superusers, which are read.
   * @default - none
   */
  readonly superusers?: secretsmanager.ISecret[];
  /**
   * Names of superusers' secrets; `*` stands for any characters.
   * @default - none
   */
  readonly superuserNames?: string[];
  /**
   * Directories of AWS Directory Service, `d-…`, of this account and Region, for `RotationCode.managedDirectory`: the passwords of **any** of their users may be reset.
   * @default - none
   */
  readonly directoryIds?: string[];
  /**
   * Customer managed keys of secrets that don't know theirs: imported ones, and those that are given by name.
   * @default - none; the default key needs no permission
   */
  readonly keys?: kms.IKey[];
  /**
   * What the rotation function has to show as `sts:ExternalId`, 2 to 1224 characters. No secret.
   * @default - none
   */
  readonly externalId?: string;
  /**
   * The organization that the rotation function belongs to (`aws:PrincipalOrgID`).
   * @default - the ARN of its role says enough
   */
  readonly organizationId?: string;
  /**
   * The function looks for the role by this name, so it is the same in all accounts. Not with a path.
   * @default 'SecretRotation'
   */
  readonly roleName?: string;
  /**
   * @default - none
   */
  readonly permissionsBoundary?: iam.IManagedPolicy;
}

/**
 * The role through which a rotation function of another account reaches secrets of this one. It trusts that function's role alone, and reaches only the secrets that are named
 * here and that are configured to be rotated by that function.
 */
export class SecretAccountRole extends Construct implements iam.IGrantable {
  /**
   * The role as a plain CloudFormation template, for accounts that don't use the CDK: StackSets for instance. Only `secretNames`, `superuserNames` and keys by ARN make sense in it.
   */
  public static toCloudFormationTemplate(props: SecretAccountRoleProps): { [section: string]: unknown } {
    const app = new App({ analyticsReporting: false, context: { 'aws:cdk:version-reporting': false } });
    const stack = new Stack(app, 'SecretAccountRole', {
      description: "Lets a rotation function of another account rotate this account's secrets",
      // No assets, so nothing of the CDK's own is needed in the account.
      synthesizer: new LegacyStackSynthesizer(),
    });
    new SecretAccountRole(stack, 'SecretRotation', props);
    return app.synth().getStackByName(stack.stackName).template as { [section: string]: unknown };
  }

  /** The role. */
  public readonly role: iam.Role;
  /** The role, as a grantee. */
  public readonly grantPrincipal: iam.IPrincipal;

  public constructor(scope: Construct, id: string, props: SecretAccountRoleProps) {
    super(scope, id);
    const { organizationId, externalId, rotationFunctionRoleArn, rotationFunctionArn } = props;
    checkRoleArn('rotationFunctionRoleArn', rotationFunctionRoleArn, organizationId !== undefined);
    checkFunctionArn('rotationFunctionArn', rotationFunctionArn, organizationId !== undefined);
    if (organizationId !== undefined) checkOrganizationId('organizationId', organizationId);
    if (externalId !== undefined) checkExternalId('externalId', externalId);
    const rotated = [...arns(props.secrets), ...this.#named('secretNames', props.secretNames)];
    const read = [...arns(props.superusers), ...this.#named('superuserNames', props.superuserNames)];
    if (rotated.length === 0) throw new Error('`secrets` or `secretNames` must name at least one secret.');

    this.role = new iam.Role(this, 'Role', {
      roleName: props.roleName ?? 'SecretRotation',
      description: `Rotation by ${Token.isUnresolved(rotationFunctionArn) ? 'a function of another account' : rotationFunctionArn}`,
      assumedBy: trusted(props),
      maxSessionDuration: Duration.hours(1),
      ...(props.permissionsBoundary && { permissionsBoundary: props.permissionsBoundary }),
    });
    this.grantPrincipal = this.role;
    this.node.defaultChild = this.role;
    this.role.addToPolicy(
      new iam.PolicyStatement({
        actions: ROTATION_ACTIONS,
        resources: rotated,
        conditions: {
          [/[*]/.test(rotationFunctionArn) ? 'ArnLike' : 'ArnEquals']: {
            'secretsmanager:resource/AllowRotationLambdaArn': rotationFunctionArn,
          },
        },
      }),
    );
    if (read.length > 0) {
      this.role.addToPolicy(new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: read }));
    }
    const { directoryIds = [] } = props;
    if (directoryIds.length > 0) {
      const directories = directoryIds.map((id) => directoryArn(this, 'directoryIds', id));
      for (const statement of directoryStatements(directories)) this.role.addToPolicy(statement);
    }
    this.#useKeys(props, rotated, read);
  }

  #named(prop: string, names: readonly string[] = []): string[] {
    for (const name of names) {
      if (!Token.isUnresolved(name) && (!/^[\w/+=.@!*-]+$/.test(name) || /^\*+$/.test(name))) {
        throw new Error(
          `\`${prop}\` holds names of secrets, in which * stands for any characters, and ${name} is none. (A * alone would be every secret of the account.)`,
        );
      }
    }
    const { partition, region, account } = Stack.of(this);
    return names.map((name) => withSuffix(`arn:${partition}:secretsmanager:${region}:${account}:secret:${name}`));
  }

  #useKeys(props: SecretAccountRoleProps, rotated: readonly string[], read: readonly string[]): void {
    const both = ['kms:Decrypt', 'kms:GenerateDataKey'];
    const uses: { readonly key: kms.IKey; readonly arns: readonly string[]; readonly actions: string[] }[] = [
      ...(props.secrets ?? []).flatMap((secret) =>
        secret.encryptionKey ? [{ key: secret.encryptionKey, arns: [arnForPolicy(secret)], actions: both }] : [],
      ),
      ...(props.superusers ?? []).flatMap((secret) =>
        secret.encryptionKey
          ? [{ key: secret.encryptionKey, arns: [arnForPolicy(secret)], actions: ['kms:Decrypt'] }]
          : [],
      ),
      ...(props.keys ?? []).flatMap((key) => [
        { key, arns: rotated, actions: both },
        ...(read.length > 0 ? [{ key, arns: read, actions: ['kms:Decrypt'] }] : []),
      ]),
    ];
    for (const { key, arns: secretArns, actions } of uses) {
      const reference = customerKey(this, key);
      if (reference === undefined) continue;
      const pattern = secretArns.some((arn) => /[*?]/.test(arn));
      this.role.addToPolicy(
        new iam.PolicyStatement({
          actions,
          resources: [reference.arn],
          conditions: keyConditions(this, secretArns, pattern, reference.aliasName),
        }),
      );
    }
  }
}

function arns(secrets: readonly secretsmanager.ISecret[] = []): string[] {
  return secrets.map(arnForPolicy);
}

/** With wildcards there is no principal to name, so the conditions say who it is. */
function trusted({ rotationFunctionRoleArn, organizationId, externalId }: SecretAccountRoleProps): iam.IPrincipal {
  const external = externalId === undefined ? {} : { 'sts:ExternalId': externalId };
  if (organizationId === undefined) {
    return new iam.ArnPrincipal(rotationFunctionRoleArn).withConditions(
      externalId === undefined ? {} : { StringEquals: external },
    );
  }
  return new iam.AnyPrincipal().withConditions({
    StringEquals: { 'aws:PrincipalOrgID': organizationId, ...external },
    ArnLike: { 'aws:PrincipalArn': rotationFunctionRoleArn },
  });
}
