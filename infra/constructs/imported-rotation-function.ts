import { Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct, IDependable } from 'constructs';
import { checkFunctionArn } from './identifiers.js';
import { InvokePermissions } from './invoke-permissions.js';
import { RotationFunctionBase } from './rotation.js';

/** A rotation function that is there already. */
export interface RotationFunctionAttributes {
  /** The function, without version or alias. */
  readonly functionArn: string;
  /** Its execution role, which is given what it needs on the secrets: `iam.Role.fromRoleName(…)`. */
  readonly role: iam.IRole;
  /**
   * Whether the role reaches only secrets whose configured rotation function is this one.
   * @default true
   */
  readonly confineToRotation?: boolean;
}

/** aws-cdk grants nothing to functions that it did not make; this one is treated like any other. */
export class ImportedRotationFunction extends RotationFunctionBase {
  public readonly lambdaFunction: lambda.IFunction;
  public readonly role: iam.IRole;
  public readonly grantPrincipal: iam.IPrincipal;
  public readonly _superuser = 'possible';
  public readonly _directory = 'possible';
  public readonly _confined: boolean;

  readonly #permissions: InvokePermissions;

  constructor(scope: Construct, id: string, { functionArn, role, confineToRotation }: RotationFunctionAttributes) {
    super(scope, id);
    checkFunctionArn('functionArn', functionArn, false);
    this.lambdaFunction = lambda.Function.fromFunctionAttributes(this, 'Function', { functionArn, role });
    this.role = role;
    this.grantPrincipal = role;
    this._confined = confineToRotation ?? true;
    this.#permissions = new InvokePermissions(this, 'Invocations', this.lambdaFunction);
  }

  public override _leansOn(stack: Stack): boolean {
    return stack !== Stack.of(this) && Stack.of(this).dependencies.includes(stack);
  }

  public override _prerequisites(): IDependable[] {
    this.#permissions.allowAccount(Stack.of(this).account);
    return [this.#permissions];
  }
}
