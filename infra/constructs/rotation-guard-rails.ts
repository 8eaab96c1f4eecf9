import {
  CfnResource,
  type IPolicyValidationContext,
  type IPolicyValidationPlugin,
  type PolicyValidationPluginReport,
  type PolicyViolation,
} from 'aws-cdk-lib';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { IConstruct } from 'constructs';
import { referenced } from './references.js';
import { ScheduledRotation } from './scheduled-rotation.js';

const WITHOUT_ROTATION = 'SecretWithoutRotation';
const WITHOUT_ALARM = 'RotationWithoutAlarm';

/**
 * A validation plugin that finds secrets that nobody rotates, and rotations whose failure nobody would notice, and stops synth until they are put right or acknowledged:
 * `Validations.of(secret).acknowledge({ id: 'keyturn::SecretWithoutRotation', reason: '…' })`.
 *
 * @example
 * Validations.of(app).addPlugins(new RotationGuardRails());
 */
export class RotationGuardRails implements IPolicyValidationPlugin {
  /** As reports name it. */
  public readonly name: string = 'keyturn';
  /** What it finds. */
  public readonly ruleIds?: string[] = [WITHOUT_ROTATION, WITHOUT_ALARM];

  /** Called by the CDK. */
  public validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const nodes = context.appConstruct.node.findAll();
    const schedules = nodes.filter(isSchedule);
    const rotated = new Set<IConstruct | undefined>();
    for (const { secretId } of schedules) {
      const target = referenced(secretId);
      rotated.add(target !== undefined && isAttachment(target) ? referenced(target.secretId) : target);
    }
    const violations = [
      violation(
        WITHOUT_ROTATION,
        'A secret that no schedule rotates.',
        'Rotate it: rotationFunction.rotate(secret, …). If its value is rotated elsewhere, or cannot be, acknowledge the rule with that reason.',
        nodes.filter((node) => isSecret(node) && !rotated.has(node)),
      ),
      violation(
        WITHOUT_ALARM,
        'A rotation whose failure nobody would hear of.',
        'rotation.addOverdueAlarm(…) or rotation.onRotationFailed(…).',
        schedules.filter((schedule) => {
          const parent = schedule.node.scope;
          return !(parent instanceof ScheduledRotation && parent._watched);
        }),
      ),
    ].filter(({ violatingResources }) => violatingResources.length > 0);
    return { success: violations.length === 0, violations };
  }
}

function violation(ruleName: string, description: string, fix: string, nodes: readonly IConstruct[]): PolicyViolation {
  return {
    ruleName,
    description,
    fix,
    severity: 'error',
    violatingResources: nodes.map((node) => ({ constructPath: node.node.path, locations: [] })),
  };
}

function isSecret(node: IConstruct): node is secretsmanager.CfnSecret {
  return CfnResource.isCfnResource(node) && node.cfnResourceType === 'AWS::SecretsManager::Secret';
}

function isSchedule(node: IConstruct): node is secretsmanager.CfnRotationSchedule {
  return CfnResource.isCfnResource(node) && node.cfnResourceType === 'AWS::SecretsManager::RotationSchedule';
}

function isAttachment(node: IConstruct): node is secretsmanager.CfnSecretTargetAttachment {
  return CfnResource.isCfnResource(node) && node.cfnResourceType === 'AWS::SecretsManager::SecretTargetAttachment';
}
