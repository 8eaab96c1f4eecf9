import { DeployError } from '../../assembly/deploy-error.js';
import type { DatabaseTarget, DeployOptions } from '../../assembly/deployment.js';
import { outcome } from '../answers.js';
import { accountId, type JsonSchema, listOf, members, policy, text, textByName } from '../json-schema.js';
import { asRefusal, Refused } from '../refused.js';
import { type Route, route } from '../route.js';

/** What can be told in JSON. */
type Options = Omit<DeployOptions, 'beforeRotation' | 'onProgress'>;

const byName = (additionalProperties: JsonSchema): JsonSchema => ({ type: 'object', additionalProperties });

const target = members<keyof DatabaseTarget>(
  { engine: text, host: text, port: { type: 'integer', minimum: 1, maximum: 65_535 }, dbname: text },
  'host',
);

const argv: JsonSchema = { type: 'array', minItems: 1, items: { type: 'string' } };

const code: JsonSchema = {
  title: 'FunctionCode',
  description: 'Exactly one of `command`, `runtime` and `bundle`.',
  ...members({ command: argv, runtime: argv, bundle: text, cwd: text, handlerName: text, nodePath: text }),
};

const answer = members(
  {
    stacks: listOf(
      members(
        {
          stackName: text,
          accountId,
          region: text,
          outputs: textByName,
          physicalIds: textByName,
          notModelled: listOf(members({ logicalId: text, type: text, reason: text }, 'logicalId', 'type')),
        },
        'stackName',
        'accountId',
        'region',
        'outputs',
        'physicalIds',
        'notModelled',
      ),
    ),
    rotations: listOf(
      members(
        { stackName: text, logicalId: text, secretArn: text, outcome },
        'stackName',
        'logicalId',
        'secretArn',
        'outcome',
      ),
    ),
  },
  'stacks',
  'rotations',
);

export const assemblyRoutes: readonly Route[] = [
  route<Options & { assembly: string }>({
    method: 'POST',
    path: '/deploy',
    summary:
      'Deploys the cloud assembly in a folder, and answers when the rotations have ended that its schedules start.',
    body: {
      title: 'DeployOptions',
      ...members<keyof Options | 'assembly'>(
        {
          assembly: { ...text, description: 'Path of the folder that `cdk synth` wrote.' },
          accountId: { ...accountId, description: 'For stacks that name no account.' },
          region: { ...text, description: 'For stacks that name no Region.' },
          parameters: textByName,
          ssmParameters: textByName,
          managedPolicies: byName(policy),
          targets: byName(target),
          functions: byName(code),
          environment: textByName,
          nodePath: text,
        },
        'assembly',
      ),
    },
    answer,
    async run({ assembly, ...options }, { emulator }) {
      const { stacks, rotations } = await emulator.deploy(assembly, options).catch((error: unknown) => {
        throw error instanceof DeployError ? new Refused(400, 'DeployFailed', error.message) : asRefusal(error);
      });
      return {
        stacks: stacks.map(({ stackName, accountId: account, region, outputs, physicalIds, notModelled }) => ({
          stackName,
          accountId: account,
          region,
          outputs,
          physicalIds,
          notModelled,
        })),
        rotations,
      };
    },
  }),
];
