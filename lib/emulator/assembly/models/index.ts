import { crossRegionExportReader, crossRegionExportWriter } from './cross-region-exports.js';
import { databases } from './database.js';
import { lambdaFunction } from './function.js';
import { functionPermission } from './function-permission.js';
import { functionResourcePolicy } from './function-resource-policy.js';
import { functionAlias, functionVersion } from './function-versions.js';
import { alias, key } from './key.js';
import type { Model } from './model.js';
import { resourcePolicy } from './resource-policy.js';
import { role } from './role.js';
import { inlinePolicy, managedPolicy, rolePolicy } from './role-policies.js';
import { rotationSchedule } from './rotation-schedule.js';
import { secret } from './secret.js';
import { secretTargetAttachment } from './secret-target-attachment.js';
import { ssmParameter } from './ssm-parameter.js';
import { unmodelled } from './unmodelled.js';

const models: ReadonlyMap<string, Model> = new Map(
  [
    alias,
    crossRegionExportReader,
    crossRegionExportWriter,
    ...databases,
    functionAlias,
    functionPermission,
    functionResourcePolicy,
    functionVersion,
    inlinePolicy,
    key,
    lambdaFunction,
    managedPolicy,
    resourcePolicy,
    role,
    rolePolicy,
    rotationSchedule,
    secret,
    secretTargetAttachment,
    ssmParameter,
  ].map((model) => [model.type, model]),
);

export function modelOf(type: string): Model {
  return models.get(type) ?? unmodelled(type);
}
