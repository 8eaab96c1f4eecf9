import type { FunctionDefinition } from '../../emulator.js';
import { type JsonSchema, type KeyOf, listOf, members, policy, text, textByName } from '../json-schema.js';
import { given, notFound } from '../refused.js';
import { nothing, type Route, route } from '../route.js';

const argv: JsonSchema = { type: 'array', minItems: 1, items: { type: 'string' } };

const definition: JsonSchema = {
  title: 'FunctionDefinition',
  description: 'Exactly one of `command`, `runtime` and `bundle`.',
  ...members<Exclude<KeyOf<FunctionDefinition>, 'handler'>>(
    {
      functionArn: text,
      roleArn: { ...text, description: 'The execution role, in the same account.' },
      command: { ...argv, description: 'Started for each event, which it reads from standard input. No shell.' },
      runtime: { ...argv, description: 'Fetches events from the Lambda Runtime API. No shell.' },
      bundle: { ...text, description: 'Path of a .mjs, .cjs or .js file.' },
      cwd: { ...text, description: 'Folder of a command or runtime.' },
      handlerName: { ...text, description: 'Export of the bundle.' },
      nodePath: { ...text, description: 'The Node that runs the bundle.' },
      timeoutSeconds: { type: 'number', exclusiveMinimum: 0, maximum: 900, default: 30 },
      memoryMegabytes: { type: 'integer', minimum: 128, maximum: 10_240, default: 128 },
      environment: textByName,
      logGroup: text,
      vpc: {
        ...members({ subnetIds: listOf(text), securityGroupIds: listOf(text) }, 'subnetIds', 'securityGroupIds'),
        description: 'Its role then needs what Lambda does to put it there. There is no network here.',
      },
      invokePermissions: listOf(members({ sourceAccount: text, sourceArn: text })),
      resourcePolicy: policy,
    },
    'functionArn',
    'roleArn',
  ),
};

const functionArn = { schema: { type: 'string', minLength: 1 }, required: true } as const;

export const functionRoutes: readonly Route[] = [
  route<FunctionDefinition>({
    method: 'POST',
    path: '/functions',
    summary: 'Binds a rotation function to its ARN, in place of an earlier one.',
    body: definition,
    answer: nothing,
    run(input, { emulator }) {
      given(() => emulator.bindFunction(input));
      return {};
    },
  }),
  route<{ functionArn: string }>({
    method: 'DELETE',
    path: '/functions',
    summary: 'Forgets a function.',
    query: { functionArn },
    answer: nothing,
    refusals: { 404: 'No function is bound to this ARN.' },
    run(input, { emulator }) {
      if (!emulator.unbindFunction(input.functionArn)) throw notFound('No function is bound to this ARN.');
      return {};
    },
  }),
  route<{ functionArn: string }>({
    method: 'POST',
    path: '/functions/kill',
    summary:
      "Ends a function's processes with SIGKILL, in the midst of whatever they do; the next event finds a new one.",
    body: members({ functionArn: text }, 'functionArn'),
    answer: members({ killed: { type: 'integer', description: 'How many there were.' } }, 'killed'),
    refusals: { 404: 'No function is bound to this ARN.' },
    run(input, { emulator, world }) {
      const killed = emulator.killFunction(input.functionArn);
      const known = killed > 0 || world.service.functions.get(input.functionArn) !== undefined;
      if (!known) throw notFound('No function is bound to this ARN.');
      return { killed };
    },
  }),
  route<{ functionArn: string }>({
    method: 'GET',
    path: '/functions/output',
    summary: 'What a function wrote to stdout and stderr so far: the last 4 Mi characters of it.',
    query: { functionArn },
    answer: members({ output: { type: 'string' } }, 'output'),
    run: (input, { emulator }) => ({ output: emulator.functionOutput(input.functionArn) }),
  }),
];
