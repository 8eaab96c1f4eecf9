import { CfnResource, Lazy, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

const SECRETS_MANAGER = 'secretsmanager.amazonaws.com';

/**
 * Who may have Secrets Manager invoke the function. Always confined to accounts: without `aws:SourceAccount` anybody's secret could make Secrets Manager call this function
 * (the confused deputy). Not to secrets (`aws:SourceArn`), as AWS recommends: one statement then serves every secret of an account.
 */
export class InvokePermissions extends Construct {
  readonly #function: lambda.IFunction;
  readonly #accounts = new Map<string, lambda.CfnPermission>();
  readonly #organizations: string[] = [];

  constructor(scope: Construct, id: string, rotationFunction: lambda.IFunction) {
    super(scope, id);
    this.#function = rotationFunction;
  }

  allowAccount(accountId: string): void {
    if (this.#accounts.has(accountId)) return;
    const id = accountId === Stack.of(this).account ? 'OwnAccount' : `Account${accountId}`;
    this.#accounts.set(
      accountId,
      new lambda.CfnPermission(this, id, {
        action: 'lambda:InvokeFunction',
        functionName: this.#function.functionArn,
        principal: SECRETS_MANAGER,
        sourceAccount: accountId,
      }),
    );
    if (this.#organizations.length > 0) this.node.tryRemoveChild(id);
  }

  /** AWS::Lambda::Permission knows no source organization; AWS::Lambda::ResourcePolicy does, and must be the function's only source of permissions. */
  allowOrganization(organizationId: string): void {
    if (this.#organizations.includes(organizationId)) return;
    this.#organizations.push(organizationId);
    if (this.#organizations.length > 1) return;
    for (const permission of this.#accounts.values()) this.node.tryRemoveChild(permission.node.id);
    new CfnResource(this, 'ResourcePolicy', {
      type: 'AWS::Lambda::ResourcePolicy',
      properties: {
        ResourceArn: this.#function.functionArn,
        PolicyDocument: Lazy.any({ produce: () => this.#document() }),
      },
    });
  }

  #document() {
    const statement = (sid: string, key: string, values: readonly string[]) => ({
      Sid: sid,
      Effect: 'Allow',
      Principal: { Service: SECRETS_MANAGER },
      Action: 'lambda:InvokeFunction',
      Resource: this.#function.functionArn,
      Condition: { StringEquals: { [key]: values } },
    });
    return {
      Version: '2012-10-17',
      Statement: [
        ...(this.#accounts.size > 0 ? [statement('Accounts', 'aws:SourceAccount', [...this.#accounts.keys()])] : []),
        statement('Organizations', 'aws:SourceOrgID', this.#organizations),
      ],
    };
  }
}
