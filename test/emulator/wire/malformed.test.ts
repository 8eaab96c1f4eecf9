/** Requests that make no sense get an answer that makes sense, and change nothing. */
import { CreateSecretCommand, DescribeSecretCommand, ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { operations } from '../../../lib/emulator/operations/index.js';
import { account, authorization, post, token, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();

/** Nothing here can succeed in changing the one secret: what would be valid is not among it. */
const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.constantFrom('x'.repeat(70_000), '', '\u0000', 'arn:aws:secretsmanager:::', '__proto__', 'constructor'),
);
const members = fc.constantFrom(
  ...new Set([...operations.values()].flatMap(({ input }) => Object.keys(input))),
  '__proto__',
  'toString',
);
const writes = [...operations.keys()].filter((name) => !/^(Get|List|Describe|Create|Delete)/.test(name));
const body = fc.oneof(
  fc
    .dictionary(members, junk, { maxKeys: 6 })
    .map((fields) => JSON.stringify({ ...fields, SecretId: 'db' }).replace(/"ClientRequestToken"/g, '"Token"')),
  junk.map((value) => JSON.stringify(value) ?? ''),
  fc.string({ unit: 'binary' }),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
);

describe('malformed requests', () => {
  it('to Secrets Manager are refused properly and leave the secret as it was', async () => {
    await aws.client.send(
      new CreateSecretCommand({ Name: 'db', SecretString: 'one', ClientRequestToken: token('v1') }),
    );
    const state = async () => {
      const { $metadata, ...described } = await aws.client.send(new DescribeSecretCommand({ SecretId: 'db' }));
      const { SecretList } = await aws.client.send(new ListSecretsCommand({ MaxResults: 100 }));
      return { described, secrets: SecretList?.length };
    };
    const before = await state();
    // Operations whose every success needs a ClientRequestToken or another version, which no request here has.
    const operation = fc.constantFrom(
      ...writes.filter((name) => !/^(Cancel|UpdateSecret$)/.test(name)),
      'Nonsense',
      'GetSecretValue;',
    );
    await fc.assert(
      fc.asyncProperty(operation, body, async (operation, body) => {
        const answer = await post(aws.emulator.endpoint, { operation, body });
        expect(answer.status).toBe(400);
        const { __type, Message, message } = JSON.parse(answer.text);
        expect(__type).toMatch(/^[A-Z]\w+Exception$/);
        expect(typeof (Message ?? message)).toBe('string');
      }),
      { numRuns: 300, seed: 1 },
    );
    expect(await state()).toEqual(before);
  });

  it('of any operation never bring out a defect', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...operations.keys()), body, async (operation, body) => {
        const answer = await post(aws.emulator.endpoint, { operation, body });
        expect([200, 400]).toContain(answer.status);
        JSON.parse(answer.text);
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  it('to STS are refused properly', async () => {
    const names = fc.constantFrom(
      'Action',
      'Version',
      'RoleArn',
      'RoleSessionName',
      'Policy',
      'DurationSeconds',
      'Tags.member.1.Key',
    );
    const values = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('AssumeRole', '2011-06-15', `arn:aws:iam::${account}:role/none`, '900', '{}'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(names, values)), fc.boolean(), async (fields, proper) => {
        const form = new URLSearchParams(fields);
        if (proper) {
          form.set('Action', 'AssumeRole');
          form.set('Version', '2011-06-15');
        }
        const answer = await post(aws.emulator.endpoint, {
          body: form.toString(),
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        });
        expect([400, 403]).toContain(answer.status);
        expect(answer.text).toMatch(/^<ErrorResponse .*<Code>\w+<\/Code>.*<\/ErrorResponse>$/s);
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  it('with any headers are refused properly', async () => {
    const header = fc.string({ unit: 'grapheme-ascii', maxLength: 60 }).map((text) => text.trim());
    await fc.assert(
      fc.asyncProperty(header, header, header, async (authorizationHeader, securityToken, target) => {
        const answer = await post(aws.emulator.endpoint, {
          body: '{}',
          headers: {
            authorization: authorizationHeader || authorization('nobody'),
            'x-amz-security-token': securityToken,
            'x-amz-target': `secretsmanager.GetRandomPassword${target}`,
          },
        });
        expect(answer.status).toBe(400);
        expect(JSON.parse(answer.text)).toHaveProperty('__type');
      }),
      { numRuns: 100, seed: 4 },
    );
  });
});
