/** Operations called from inside, as the deployment of a template does. */
import { describe, expect, it } from '@jest/globals';
import { callOperation } from '../../../lib/emulator/operations/call.js';
import { createWorld } from '../../../lib/emulator/world.js';
import { account, region } from '../local-aws.js';

const { service } = createWorld({ seed: 1 }, 'http://127.0.0.1:1');
const call = (operation: string, input: object) =>
  callOperation(service, { accountId: account, region, operation, input: { ...input } });

describe('callOperation', () => {
  it('does what the API does, as the root, and is recorded without values', () => {
    const { ARN } = call('CreateSecret', { Name: 'inside', SecretString: 'the value' });
    expect(ARN).toMatch(new RegExp(`^arn:aws:secretsmanager:${region}:${account}:secret:inside-`));
    expect(call('GetSecretValue', { SecretId: 'inside' })).toMatchObject({ SecretString: 'the value' });
    const [created] = service.log.all;
    expect(created).toMatchObject({
      service: 'secretsmanager',
      operation: 'CreateSecret',
      accountId: account,
      region,
      callerArn: `arn:aws:iam::${account}:root`,
      secretArn: ARN,
    });
    expect(JSON.stringify(service.log.all)).not.toContain('the value');
  });

  it('refuses what the API refuses, in its words', () => {
    expect(() => call('GetSecretValue', { SecretId: 'nobody' })).toThrow(
      expect.objectContaining({ code: 'ResourceNotFoundException' }),
    );
    expect(service.log.all.at(-1)?.errorCode).toBe('ResourceNotFoundException');
    expect(() => call('GetSecretValue', { SecretId: 7 })).toThrow(
      expect.objectContaining({ code: 'SerializationException' }),
    );
    expect(() => call('MakeCoffee', {})).toThrow(RangeError);
  });
});
