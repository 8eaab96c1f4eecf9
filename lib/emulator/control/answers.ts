/** What the control API answers: the emulator's records as JSON, their dates as text. */
import type { Decision } from '../access/decision.js';
import type { RecordedRequest, RotationOutcome } from '../emulator.js';
import { type JsonSchema, listOf, members, oneOf } from './json-schema.js';

const string: JsonSchema = { type: 'string' };
const date: JsonSchema = { type: 'string', format: 'date-time' };
const step = oneOf('createSecret', 'setSecret', 'testSecret', 'finishSecret');

export const clock: JsonSchema = members({ now: { ...date, description: "The emulator's clock." } }, 'now');

export const outcome: JsonSchema = {
  title: 'RotationOutcome',
  ...members<keyof RotationOutcome>(
    {
      kind: {
        ...oneOf('Rotation', 'TestRotation'),
        description: 'TestRotation: RotateImmediately=false, testSecret alone.',
      },
      status: oneOf('Succeeded', 'Failed', 'Abandoned', 'Cancelled', 'Stopped'),
      message: { ...string, description: 'Why it did not succeed.' },
      versionId: string,
      steps: listOf(members({ step, millis: { type: 'number' }, error: string, errorType: string }, 'step', 'millis')),
    },
    'kind',
    'status',
    'versionId',
    'steps',
  ),
};

export const decision: JsonSchema = {
  title: 'Decision',
  description: 'What was decided of one action, and by which statement of which policy.',
  ...members<keyof Decision>(
    {
      time: date,
      allowed: { type: 'boolean' },
      enforced: {
        type: 'boolean',
        description: 'False: refused, and carried out all the same, as the emulator is permissive.',
      },
      callerArn: string,
      action: string,
      resource: string,
      via: string,
      statements: listOf(
        members(
          { kind: string, of: string, policyName: string, index: { type: 'integer' }, sid: string },
          'kind',
          'of',
          'index',
        ),
      ),
      missing: { ...string, description: 'The kind of policy in which an Allow is missing.' },
      explanation: string,
    },
    'time',
    'allowed',
    'enforced',
    'callerArn',
    'action',
    'resource',
    'statements',
    'explanation',
  ),
};

export const request: JsonSchema = {
  title: 'RecordedRequest',
  description: 'A request, without secret values, RotationTokens and credentials.',
  ...members<keyof RecordedRequest>(
    {
      time: date,
      service: oneOf('secretsmanager', 'sts', 'unknown'),
      operation: string,
      accountId: string,
      region: string,
      callerArn: string,
      parameters: { type: 'object' },
      errorCode: string,
      errorMessage: string,
      secretArn: string,
      step,
      rotation: members({ secretArn: string, versionId: string }, 'secretArn', 'versionId'),
      weather: listOf(string),
      decisions: listOf(decision),
    },
    'time',
    'service',
    'operation',
    'parameters',
    'decisions',
  ),
};

export const event: JsonSchema = {
  title: 'ServiceEvent',
  description: "What the service did by itself, in CloudTrail's shape.",
  type: 'object',
  properties: {
    eventName: string,
    eventTime: string,
    eventID: string,
    requestID: string,
    errorMessage: string,
    additionalEventData: { type: 'object', additionalProperties: string },
  },
  required: ['eventName', 'eventTime', 'eventID', 'requestID', 'additionalEventData'],
};

/** Records from `since` on. */
export function page(name: string, item: JsonSchema): JsonSchema {
  return members(
    {
      [name]: listOf(item),
      next: { type: 'integer', description: 'The `since` of what comes after these.' },
    },
    name,
    'next',
  );
}
