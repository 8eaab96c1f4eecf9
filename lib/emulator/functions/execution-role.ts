import type { Access } from '../access/access.js';
import type { AccessRequest } from '../access/access-request.js';
import type { SessionCaller } from '../access/caller.js';
import type { Role, RoleTable } from '../access/roles.js';
import { parseFunctionArn, sessionArn } from '../arns.js';
import type { FunctionDefinition } from './definition.js';
import { logGroupName, logStreamName } from './environment.js';
import type { FunctionError } from './execution.js';

/**
 * What Lambda itself does with the execution role of a function, apart from the code that it runs: AWS Lambda developer
 * guide, "Defining Lambda function permissions with an execution role", "Giving Lambda functions access to resources in an
 * Amazon VPC" and "Using source function ARN to control function access behavior".
 */
export class ExecutionRole {
  readonly #definition: FunctionDefinition;
  readonly #version: string;
  readonly #roles: RoleTable;
  readonly #access: Access;
  #networked = false;

  constructor(definition: FunctionDefinition, version: string, roles: RoleTable, access: Access) {
    this.#definition = definition;
    this.#version = version;
    this.#roles = roles;
    this.#access = access;
  }

  /** All of it for one cold start. @returns the role, or why the function cannot be started, in Lambda's words */
  start(): Role | FunctionError {
    const role = this.#roles.get(this.#definition.roleArn);
    if (role === undefined || !this.#assumes(role)) return notAssumed;
    if (!this.#networked && !this.#makesNetworkInterfaces(role)) return noNetwork;
    this.#networked = true;
    this.#opensLog(role);
    return role;
  }

  #assumes(role: Role): boolean {
    const { functionArn } = this.#definition;
    return this.#may({
      caller: { kind: 'service', arn: lambda },
      action: 'sts:AssumeRole',
      resource: {
        arn: role.roleArn,
        accountId: role.accountId,
        policy: { kind: 'trust', of: role.roleArn, document: role.trustPolicy },
      },
      keys: new Map([
        ['aws:sourceaccount', role.accountId],
        ['aws:sourcearn', functionArn],
      ]),
    });
  }

  /**
   * Lambda's guide lists six permissions for a function in a VPC, says that the two to describe need every resource, and
   * that none is needed any more once the interfaces are there. So all six are asked for, once for each configuration. All
   * refusals are recorded, not just the first: whoever reads them wants the whole list.
   */
  #makesNetworkInterfaces(role: Role): boolean {
    const { vpc } = this.#definition;
    if (vpc === undefined) return true;
    const caller = this.#session(role, {});
    const resource = (kind: string, id: string) => this.#resource(`ec2:%:${kind}/${id}`);
    const networkInterface = resource('network-interface', 'eni-0123456789abcdef0');
    const needed = [
      ...['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'].map((action) => ({ action })),
      ...[
        networkInterface,
        ...vpc.subnetIds.map((id) => resource('subnet', id)),
        ...vpc.securityGroupIds.map((id) => resource('security-group', id)),
      ].map((each) => ({ action: 'ec2:CreateNetworkInterface', resource: each })),
      ...['ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses', 'ec2:DeleteNetworkInterface'].map(
        (action) => ({ action, resource: networkInterface }),
      ),
    ];
    const answers = needed.map((each) => this.#may({ caller, via: lambda, ...each }));
    return answers.every((allowed) => allowed);
  }

  /** Without permission a function runs all the same, and its lines are lost. These calls have the function's ARN, those to EC2 do not. */
  #opensLog(role: Role): void {
    const { functionArn, logGroup } = this.#definition;
    const name = parseFunctionArn(functionArn)?.name ?? '';
    const stream = `log-group:${logGroup ?? logGroupName(name)}:log-stream:${logStreamName(this.#version)}`;
    const resource = this.#resource(`logs:%:${stream}`);
    const caller = this.#session(role, { sourceFunctionArn: unqualified(functionArn) });
    for (const action of ['logs:CreateLogStream', 'logs:PutLogEvents']) {
      this.#may({ caller, action, resource, via: lambda });
    }
  }

  #session(role: Role, rest: Pick<SessionCaller, 'sourceFunctionArn'>): SessionCaller {
    const name = parseFunctionArn(this.#definition.functionArn)?.name ?? '';
    const { accountId, id } = role;
    return { kind: 'session', accountId, arn: sessionArn(role, name), userId: `${id}:${name}`, role, ...rest };
  }

  /** % stands for Region and account. */
  #resource(name: string) {
    const { region, accountId } = parseFunctionArn(this.#definition.functionArn) ?? { region: '', accountId: '' };
    return { arn: `arn:aws:${name.replace('%', `${region}:${accountId}`)}`, accountId };
  }

  #may(request: Omit<AccessRequest, 'decisions'>): boolean {
    return this.#access.refusal({ ...request, decisions: [] }) === undefined;
  }
}

const lambda = 'lambda.amazonaws.com';

/** The message as Lambda says it; the name is nowhere documented for Invoke. */
const notAssumed: FunctionError = {
  errorType: 'AccessDeniedException',
  errorMessage: 'The role defined for the function cannot be assumed by Lambda.',
};

/** Name and text of the Invoke API's reference. */
const noNetwork: FunctionError = {
  errorType: 'EC2AccessDeniedException',
  errorMessage: 'Need additional permissions to configure VPC settings.',
};

/** What the condition key `lambda:SourceFunctionArn` holds: a function, whichever of its versions runs. */
export function unqualified(functionArn: string): string {
  return functionArn.split(':').slice(0, 7).join(':');
}
