import { Duration, PhysicalName, Size, Stack, Token } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { type Construct, Dependable, type IConstruct, type IDependable } from 'constructs';
import {
  checkAccountId,
  checkExternalId,
  checkKeyArn,
  checkOrganizationId,
  checkRoleName,
  checkSecretArn,
} from './identifiers.js';
import { ImportedRotationFunction, type RotationFunctionAttributes } from './imported-rotation-function.js';
import { InvokePermissions } from './invoke-permissions.js';
import { PASSWORD_VARIABLES, type PasswordPolicyProps, passwordEnvironment } from './password-policy.js';
import { checkReachability } from './reachability.js';
import { RotationFunctionBase } from './rotation.js';
import type { RotationCertificates } from './rotation-certificates.js';
import type { RotationCode, Use } from './rotation-code.js';
import { OPTION_VARIABLES } from './rotator-options.js';
import { keyConditions, ROTATION_ACTIONS } from './secret-access.js';
import { allowEachOther, NetworkInterfaces } from './vpc-attachment.js';

/** What a rotation function is made of. */
export interface RotationFunctionProps {
  /** What it runs: `RotationCode.alternatingUsers(RotationEngine.POSTGRES)` or one of its siblings. */
  readonly code: RotationCode;
  /**
   * What new passwords look like.
   * @default - 32 characters; which ones is up to the rotator
   */
  readonly passwordPolicy?: PasswordPolicyProps;
  /**
   * The authorities that may vouch for the databases' TLS certificates.
   * @default - those of Node and of Amazon RDS
   */
  readonly databaseCa?: RotationCertificates;
  /**
   * Whether the role may call GetRandomPassword. Keyturn's rotators make passwords themselves; this is for a rotator of your own with `passwordSource: 'GetRandomPassword'`.
   * @default false
   */
  readonly allowGetRandomPassword?: boolean;
  /**
   * Whether the role reaches only secrets whose configured rotation function is this one (`secretsmanager:resource/AllowRotationLambdaArn`), on top of naming each.
   * @default true
   */
  readonly confineToRotation?: boolean;
  /**
   * How long one step may take, up to 15 minutes. A rotation is four steps, each an invocation of its own.
   * @default Duration.minutes(1)
   */
  readonly timeout?: Duration;
  /**
   * 128 MB to 10 GB.
   * @default Size.mebibytes(256)
   */
  readonly memorySize?: Size;
  /**
   * @default lambda.Architecture.ARM_64
   */
  readonly architecture?: lambda.Architecture;
  /**
   * A Node.js runtime.
   * @default lambda.Runtime.NODEJS_24_X
   */
  readonly runtime?: lambda.Runtime;
  /**
   * Kept for as long as invocations are, so at least 10: a rotation that is throttled between two steps stays half done.
   * @default - no reservation
   */
  readonly reservedConcurrentExecutions?: number;
  /**
   * @default - a name that CloudFormation makes; one that is known beforehand where another account refers to the function
   */
  readonly functionName?: string;
  /**
   * At most 256 characters.
   * @default 'Rotates secrets of AWS Secrets Manager'
   */
  readonly description?: string;
  /**
   * Variables for code of your own. Passwords, certificates, roles and what prebuilt rotators take have props of their own. Never a secret: anybody who may read the function's configuration reads these.
   * @default - none
   */
  readonly environment?: { [name: string]: string };
  /**
   * X-Ray.
   * @default lambda.Tracing.DISABLED
   */
  readonly tracing?: lambda.Tracing;
  /**
   * How long log lines are kept. Not together with `logGroup`.
   * @default logs.RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: logs.RetentionDays;
  /**
   * A log group of your own.
   * @default - one is made
   */
  readonly logGroup?: logs.ILogGroup;
  /**
   * Where the databases are.
   * @default - none: the function reaches what is on the Internet
   */
  readonly vpc?: ec2.IVpc;
  /**
   * @default - the private subnets of `vpc`; its isolated ones if it has no others
   */
  readonly vpcSubnets?: ec2.SubnetSelection;
  /**
   * @default - one is made, that lets out HTTPS and what `connectTo` adds
   */
  readonly securityGroups?: ec2.ISecurityGroup[];
  /**
   * Another endpoint of Secrets Manager, a URL: that of an interface endpoint without private DNS.
   * @default - that of the secret's Region
   */
  readonly secretsManagerEndpoint?: string;
  /**
   * A role of your own, that Lambda may assume. It is given the permissions that the function needs.
   * @default - one is made, without managed policies
   */
  readonly role?: iam.IRole;
  /**
   * The name of the role that is made, for accounts that have to know it beforehand. Not together with `role`.
   * @default - a name that CloudFormation makes; one that is known beforehand where another account refers to the role
   */
  readonly roleName?: string;
  /**
   * The boundary of the role that is made. Not together with `role`.
   * @default - none
   */
  readonly permissionsBoundary?: iam.IManagedPolicy;
}

/** Which roles the function assumes to reach secrets of other accounts. */
export interface AssumeOptions {
  /**
   * The accounts that own the secrets.
   * @default - none by number
   */
  readonly accountIds?: string[];
  /**
   * The organization whose accounts own the secrets: the role of this name in each of them.
   * @default - none
   */
  readonly organizationId?: string;
  /**
   * The role's name in these accounts, with its path if it has one: `rotation/SecretRotation`. One for all.
   * @default 'SecretRotation'
   */
  readonly roleName?: string;
  /**
   * What the role's trust policy demands as `sts:ExternalId`, 2 to 1224 characters. One for all. No secret.
   * @default - none
   */
  readonly externalId?: string;
}

/** Secrets of another account that the function's own role reaches, without a role there. */
export interface DirectAccessOptions {
  /** The complete ARN; or the ARN without the last hyphen and the six characters after it. */
  readonly secretArn: string;
  /** The ARN of the customer managed key of the secret. (AWS lets no other account use the default key.) */
  readonly keyArn: string;
  /**
   * The ARN of the superuser's secret.
   * @default - none
   */
  readonly superuserArn?: string;
  /**
   * The ARN of the customer managed key of the superuser's secret.
   * @default - that of the secret
   */
  readonly superuserKeyArn?: string;
}

const EITHER =
  'One function uses `assume` or `accessDirectly`, not both: where it assumes roles, it does so for every secret of another account.';

const NAMES_WITH_PROPS: readonly string[] = [
  ...PASSWORD_VARIABLES,
  ...OPTION_VARIABLES,
  'DATABASE_CA_FILE',
  'ROTATION_ROLE_NAME',
  'ROTATION_EXTERNAL_ID',
  'ROTATION_ACCESS',
  'SECRETS_MANAGER_ENDPOINT',
];

/**
 * A Lambda function that rotates secrets: one function for as many as you like.
 *
 * @example
 * const code = RotationCode.alternatingUsers(RotationEngine.POSTGRES);
 * const rotation = new RotationFunction(this, 'Rotation', { code, vpc });
 * rotation.connectTo(database);
 * rotation.rotate(secret, {
 *   schedule: RotationScheduleExpression.cron({ weekDay: 'SUN', hour: '2' }),
 *   window: Duration.hours(3),
 *   rotateImmediately: false,
 *   superuser,
 * });
 */
export class RotationFunction extends RotationFunctionBase implements ec2.IConnectable {
  /** A rotation function that is there already, of this account, to rotate more secrets: grants, permission and order are those of a function that is made here. */
  public static fromAttributes(
    scope: Construct,
    id: string,
    attributes: RotationFunctionAttributes,
  ): RotationFunctionBase {
    return new ImportedRotationFunction(scope, id, attributes);
  }

  /** The function itself. */
  public readonly lambdaFunction: lambda.IFunction;
  /** Its execution role. */
  public readonly role: iam.IRole;
  /** Its role, as a grantee. */
  public readonly grantPrincipal: iam.IPrincipal;
  /** Where its log lines go. */
  public readonly logGroup: logs.ILogGroup;

  readonly #function: lambda.Function;
  readonly #permissions: InvokePermissions;
  readonly #props: RotationFunctionProps;
  readonly #rules: IConstruct[] = [];
  #assumed: { readonly roleName: string; readonly externalId: string | undefined } | undefined;
  #direct = false;

  public constructor(scope: Construct, id: string, props: RotationFunctionProps) {
    super(scope, id);
    checkProps(props);
    this.#props = props;

    this.role =
      props.role ??
      new iam.Role(this, 'Role', {
        assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
        roleName: props.roleName ?? PhysicalName.GENERATE_IF_NEEDED,
        ...(props.permissionsBoundary && { permissionsBoundary: props.permissionsBoundary }),
      });
    this.grantPrincipal = this.role;
    this.logGroup =
      props.logGroup ??
      new logs.LogGroup(this, 'Logs', { retention: props.logRetention ?? logs.RetentionDays.THREE_MONTHS });
    this.logGroup.grantWrite(this.role);
    if (props.allowGetRandomPassword === true) {
      // The call concerns no secret, so there is no resource to name.
      this.role.addToPrincipalPolicy(
        new iam.PolicyStatement({ actions: ['secretsmanager:GetRandomPassword'], resources: ['*'] }),
      );
    }

    const { code, handler, certificatesFile, environment } = props.code.bind(props.databaseCa);
    const network =
      props.vpc && new NetworkInterfaces(this, 'NetworkInterfaces', { ...props, vpc: props.vpc }, this.role);
    this.#function = new lambda.Function(this, 'Function', {
      code,
      handler,
      role: this.role,
      runtime: props.runtime ?? lambda.Runtime.NODEJS_24_X,
      architecture: props.architecture ?? lambda.Architecture.ARM_64,
      timeout: props.timeout ?? Duration.minutes(1),
      memorySize: (props.memorySize ?? Size.mebibytes(256)).toMebibytes(),
      functionName: props.functionName ?? PhysicalName.GENERATE_IF_NEEDED,
      description: props.description ?? 'Rotates secrets of AWS Secrets Manager',
      logGroup: this.logGroup,
      environment: {
        ...props.environment,
        ...environment,
        ...passwordEnvironment(props.passwordPolicy ?? {}),
        ...(certificatesFile !== undefined && { DATABASE_CA_FILE: certificatesFile }),
        ...(props.secretsManagerEndpoint !== undefined && { SECRETS_MANAGER_ENDPOINT: props.secretsManagerEndpoint }),
      },
      ...(props.tracing !== undefined && { tracing: props.tracing }),
      ...(props.reservedConcurrentExecutions !== undefined && {
        reservedConcurrentExecutions: props.reservedConcurrentExecutions,
      }),
      ...(network && {
        vpc: network.vpc,
        vpcSubnets: network.vpcSubnets,
        securityGroups: network.securityGroups,
      }),
    });
    this.lambdaFunction = this.#function;
    this.node.defaultChild = this.#function;
    network?.keepFromCode(this.#function.functionArn);

    this.#permissions = new InvokePermissions(this, 'Invocations', this.#function);
    if (network) {
      // Looked up late: rotations come after the function.
      const needs = () => [
        ...(this.#assumed === undefined ? [] : ['sts']),
        ...(this._directory === 'needed' || this._administersDirectory ? ['ds'] : []),
      ];
      checkReachability(this, network, needs, props.secretsManagerEndpoint);
    }
  }

  /** The function's network. Only with a `vpc`. */
  public get connections(): ec2.Connections {
    return this.#function.connections;
  }

  /**
   * Opens the way to a database: its security groups let the function in, and the function's let it out.
   * @param port Default: the database's own.
   */
  public connectTo(database: ec2.IConnectable, port?: ec2.Port): void {
    if (this.#props.vpc === undefined) throw new Error('`connectTo` needs a function with a `vpc`.');
    const rules = allowEachOther(this, database, port, (stack) => this._leansOn(stack));
    this.#rules.push(...rules);
  }

  /**
   * Lets Secrets Manager invoke the function for secrets of other accounts (`aws:SourceAccount`). The own account needs no mention: `rotate` sees to it.
   * @param accountIds Twelve digits each.
   */
  public allowAccounts(...accountIds: string[]): void {
    for (const accountId of accountIds) {
      checkAccountId('allowAccounts', accountId);
      this.#permissions.allowAccount(accountId);
    }
  }

  /**
   * Lets Secrets Manager invoke the function for secrets of all accounts of an organization (`aws:SourceOrgID`). The function's permissions then are one
   * AWS::Lambda::ResourcePolicy, beside which no AWS::Lambda::Permission may stand: grant invocations to nobody else by `lambdaFunction.grantInvoke` or `addPermission`. (AWS
   * documents `aws:SourceOrgID` for calls of its services in general; that Secrets Manager sends it, it does not say. `allowAccounts` is the documented way.)
   * @param organizationId `o-` and 10 to 32 characters.
   */
  public allowOrganization(organizationId: string): void {
    checkOrganizationId('allowOrganization', organizationId);
    this.#permissions.allowOrganization(organizationId);
  }

  /**
   * Lets the function assume the roles through which it reaches secrets of other accounts (see `SecretAccountRole`), and no others.
   * @throws Error when two calls differ in role name or external id, of which the function knows one
   */
  public assume(options: AssumeOptions): void {
    const { accountIds = [], organizationId, roleName = 'SecretRotation', externalId } = options;
    if (accountIds.length === 0 && organizationId === undefined) {
      throw new Error('`assume` needs `accountIds` or an `organizationId`.');
    }
    for (const accountId of accountIds) checkAccountId('assume: accountIds', accountId);
    if (organizationId !== undefined) checkOrganizationId('assume: organizationId', organizationId);
    checkRoleName('assume: roleName', roleName);
    if (externalId !== undefined) checkExternalId('assume: externalId', externalId);
    if (this.#assumed && (this.#assumed.roleName !== roleName || this.#assumed.externalId !== externalId)) {
      throw new Error(
        '`assume`: one function knows one `roleName` and one `externalId`, and an earlier call gave others.',
      );
    }
    if (this.#direct) throw new Error(EITHER);
    this.#assumed = { roleName, externalId };

    const { partition } = Stack.of(this);
    if (accountIds.length > 0) {
      this.role.addToPrincipalPolicy(
        new iam.PolicyStatement({
          actions: ['sts:AssumeRole'],
          resources: accountIds.map((accountId) => `arn:${partition}:iam::${accountId}:role/${roleName}`),
        }),
      );
    }
    if (organizationId !== undefined) {
      this.role.addToPrincipalPolicy(
        new iam.PolicyStatement({
          actions: ['sts:AssumeRole'],
          resources: [`arn:${partition}:iam::*:role/${roleName}`],
          conditions: { StringEquals: { 'aws:ResourceOrgID': organizationId } },
        }),
      );
    }
    this.#function.addEnvironment('ROTATION_ROLE_NAME', roleName);
    if (externalId !== undefined) this.#function.addEnvironment('ROTATION_EXTERNAL_ID', externalId);
  }

  /**
   * Lets the function's own role reach a secret of another account, without a role there: the counterpart of `RemoteAccess.direct()`. The stock rotators then must not
   * assume a role, so a function is either for `assume` or for this.
   */
  public accessDirectly(options: DirectAccessOptions): void {
    if (this.#assumed !== undefined) throw new Error(EITHER);
    if (this._directory === 'needed') {
      throw new Error(
        '`accessDirectly` is not for `RotationCode.managedDirectory`: only a role of its own account administers a directory. Use `assume`.',
      );
    }
    this.#direct = true;
    const grants = [
      {
        arn: options.secretArn,
        key: options.keyArn,
        actions: ROTATION_ACTIONS,
        uses: ['kms:Decrypt', 'kms:GenerateDataKey'],
      },
      ...(options.superuserArn === undefined
        ? []
        : [
            {
              arn: options.superuserArn,
              key: options.superuserKeyArn ?? options.keyArn,
              actions: ['secretsmanager:GetSecretValue'],
              uses: ['kms:Decrypt'],
            },
          ]),
    ];
    for (const { arn, key, actions, uses } of grants) {
      checkSecretArn('accessDirectly', arn);
      checkKeyArn('accessDirectly', key);
      const complete = /-[A-Za-z0-9]{6}$/.test(arn);
      const resource = complete ? arn : `${arn}-??????`;
      this.role.addToPrincipalPolicy(new iam.PolicyStatement({ actions, resources: [resource] }));
      this.role.addToPrincipalPolicy(
        new iam.PolicyStatement({
          actions: uses,
          resources: [key],
          conditions: keyConditions(this, [resource], !complete),
        }),
      );
    }
    this.#function.addEnvironment('ROTATION_ACCESS', 'direct');
  }

  /** A metric of the function. */
  public metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.#function.metric(metricName, props);
  }

  /** How often a step failed. A rotation that fails shows several times: Secrets Manager tries again. */
  public metricErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.#function.metricErrors(props);
  }

  /** How long steps take. */
  public metricDuration(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.#function.metricDuration(props);
  }

  /** How many steps were begun: four to a rotation. */
  public metricInvocations(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.#function.metricInvocations(props);
  }

  /** How many steps were put off for lack of concurrency. */
  public metricThrottles(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.#function.metricThrottles(props);
  }

  /** @internal */
  public override _leansOn(stack: Stack): boolean {
    const own = Stack.of(this);
    if (stack === own) return false;
    const { vpc, securityGroups = [], role, logGroup } = this.#props;
    const needed = [vpc, ...securityGroups, role, logGroup].filter((each) => each !== undefined);
    return own.dependencies.includes(stack) || needed.some((each) => Stack.of(each) === stack);
  }

  /** @internal */
  public override get _superuser(): Use {
    return this.#props.code._superuser;
  }

  /** @internal */
  public override get _directory(): Use {
    return this.#props.code._directory;
  }

  /** @internal */
  public override get _confined(): boolean {
    return this.#props.confineToRotation ?? true;
  }

  /** @internal */
  public override _prerequisites(stack: Stack): IDependable[] {
    // A function that serves other accounts alone is not open to its own.
    this.#permissions.allowAccount(Stack.of(this).account);
    const rules = this.#rules;
    const opened: IDependable = {};
    Dependable.implement(opened, {
      // Looked up late: the way may be opened after the rotation was set up.
      get dependencyRoots() {
        return rules.filter((rule) => Stack.of(rule) === stack);
      },
    });
    return [this.#function, this.#permissions, opened];
  }
}

function checkProps(props: RotationFunctionProps): void {
  const { timeout, memorySize, reservedConcurrentExecutions: reserved, runtime, environment = {} } = props;
  if (timeout && !timeout.isUnresolved() && (timeout.toSeconds() < 1 || timeout.toSeconds() > 900)) {
    throw new Error(`\`timeout\` is 1 second to 15 minutes, and ${timeout.toHumanString()} is not.`);
  }
  if (
    memorySize &&
    !memorySize.isUnresolved() &&
    (memorySize.toMebibytes() < 128 || memorySize.toMebibytes() > 10_240)
  ) {
    throw new Error(`\`memorySize\` is 128 MiB to 10 GiB, and ${memorySize.toMebibytes()} MiB is not.`);
  }
  if (reserved !== undefined && !Token.isUnresolved(reserved) && reserved < 10) {
    throw new Error(
      `\`reservedConcurrentExecutions\` of ${reserved} would leave rotations throttled between two steps, half done. At least 10, or none.`,
    );
  }
  if (runtime && runtime.family !== lambda.RuntimeFamily.NODEJS) {
    throw new Error(`\`runtime\` is a Node.js runtime, and ${runtime.name} is not.`);
  }
  const reservedName = Object.keys(environment).find((name) => NAMES_WITH_PROPS.includes(name));
  if (reservedName !== undefined) {
    throw new Error(
      `\`environment\` may not set ${reservedName}: it has a prop or method of its own, which checks it.`,
    );
  }
  if (props.role && (props.permissionsBoundary || props.roleName !== undefined)) {
    throw new Error(
      '`permissionsBoundary` and `roleName` are for the role that is made: give them to your `role` yourself.',
    );
  }
  if (props.logGroup && props.logRetention !== undefined) {
    throw new Error('`logRetention` is for the log group that is made: set it on your `logGroup`.');
  }
  if (props.vpc === undefined && (props.vpcSubnets || props.securityGroups)) {
    throw new Error('`vpcSubnets` and `securityGroups` need a `vpc`.');
  }
  const { secretsManagerEndpoint: endpoint } = props;
  if (endpoint !== undefined && !Token.isUnresolved(endpoint) && !/^https:\/\//.test(endpoint)) {
    throw new Error(`\`secretsManagerEndpoint\` is an https URL, and ${endpoint} is not.`);
  }
}
