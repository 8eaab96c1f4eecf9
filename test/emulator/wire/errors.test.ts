/** Section H of the recordings: errors on the wire, their order, their texts. Raw HTTP. */
import { CreateSecretCommand, DescribeSecretCommand } from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { account, authorization, post, region, token, useLocalAws } from '../local-aws.js';

const aws = useLocalAws();
const v2 = token('v2');
let arn = '';

beforeEach(async () => {
  arn = (await aws.client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one' }))).ARN ?? '';
});

async function call(operation: string, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await post(aws.emulator.endpoint, { operation, body: text, headers });
  expect(answer.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
  return { status: answer.status, body: answer.text };
}
const error = (type: string, message: string, member = 'Message') => ({
  status: type === 'InternalServiceError' ? 500 : 400,
  body: `{"__type":"${type}","${member}":${JSON.stringify(message)}}`,
});
const violation = (message: string, count = '1 validation error') =>
  error('ValidationException', `${count} detected: ${message}`, 'message');

/** Headers of a session that may do nothing to secrets. */
async function powerless(): Promise<{ headers: Record<string, string>; arn: string }> {
  const roleArn = `arn:aws:iam::${account}:role/powerless`;
  aws.emulator.createRole({
    roleArn,
    trustPolicy: { Statement: { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' } },
    policies: [{ Statement: { Effect: 'Allow', Action: 'secretsmanager:ListSecrets', Resource: '*' } }],
  });
  const sts = aws.stsOf(aws.emulator.credentialsFor(account));
  const { Credentials: c } = await sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'me' }));
  return {
    headers: { authorization: authorization(c?.AccessKeyId ?? ''), 'x-amz-security-token': c?.SessionToken ?? '' },
    arn: `arn:aws:sts::${account}:assumed-role/powerless/me`,
  };
}

describe('H. errors on the wire', () => {
  it('a page in a browser is refused, whatever name it was served under', async () => {
    for (const origin of ['http://localhost:8080', 'https://example.com', 'null']) {
      const answer = await call('GetSecretValue', { SecretId: 'db' }, { origin });
      expect(answer).toMatchObject({ status: 403, body: expect.stringContaining('"AccessDeniedException"') });
    }
  });

  it('H1, authority A1, A2: a bare type and a capital Message, status 400, also for what is not found', async () => {
    expect(await call('GetSecretValue', { SecretId: 'nobody' })).toEqual(
      error('ResourceNotFoundException', "Secrets Manager can't find the specified secret."),
    );
  });

  it('H1, authority A3: ValidationException alone spells its message with a small letter', async () => {
    const answer = await call('GetSecretValue', { SecretId: 'db', VersionId: 'short' });
    expect(Object.keys(JSON.parse(answer.body))).toEqual(['__type', 'message']);
  });

  it('H2, authority F2: short tokens and ids', async () => {
    const short = (member: string) =>
      violation(
        `Value 'short' at '${member}' failed to satisfy constraint: Member must have length greater than or equal to 32`,
      );
    expect(await call('PutSecretValue', { SecretId: 'db', SecretString: 'x', ClientRequestToken: 'short' })).toEqual(
      short('clientRequestToken'),
    );
    expect(await call('GetSecretValue', { SecretId: 'db', VersionId: 'short' })).toEqual(short('versionId'));
  });

  it('H2, authority F3: empty lists and lists of nothing', async () => {
    const put = (VersionStages: unknown) =>
      call('PutSecretValue', { SecretId: 'db', SecretString: 'x', ClientRequestToken: v2, VersionStages });
    expect(await put([])).toEqual(
      violation(
        "Value '[]' at 'versionStages' failed to satisfy constraint: Member must have length greater than or equal to 1",
      ),
    );
    expect(await put([''])).toEqual(
      violation(
        "Value '[]' at 'versionStages' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 1]",
      ),
    );
  });

  it('H2, authority F4: a secret value is not echoed', async () => {
    expect(await call('PutSecretValue', { SecretId: 'db', SecretString: '', ClientRequestToken: v2 })).toEqual(
      violation(
        "Value at 'secretString' failed to satisfy constraint: Member must have length greater than or equal to 1",
      ),
    );
    const long = 'canary'.repeat(11_000);
    const answer = await call('PutSecretValue', { SecretId: 'db', SecretString: long, ClientRequestToken: v2 });
    expect(answer).toEqual(
      violation(
        "Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536",
      ),
    );
  });

  it('H2: several violations are counted and told together; members within members have their path', async () => {
    expect(
      await call('RotateSecret', {
        SecretId: 'db',
        ClientRequestToken: 'short',
        RotationRules: { AutomaticallyAfterDays: 1001, Duration: 'soon' },
      }),
    ).toEqual(
      violation(
        "Value 'short' at 'clientRequestToken' failed to satisfy constraint: Member must have length greater than or equal to 32; " +
          "Value '1001' at 'rotationRules.automaticallyAfterDays' failed to satisfy constraint: Member must have value less than or equal to 1000; " +
          "Value 'soon' at 'rotationRules.duration' failed to satisfy constraint: Member must have length less than or equal to 3; " +
          "Value 'soon' at 'rotationRules.duration' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[0-9]+h$",
        '4 validation errors',
      ),
    );
    expect(await call('CreateSecret', { Name: 'x', Tags: [{ Key: 'a' }, { Key: '' }] })).toEqual(
      violation(
        "Value '' at 'tags.2.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1",
      ),
    );
  });

  it('H2: a required member that is missing or null', async () => {
    const missing = violation("Value null at 'secretId' failed to satisfy constraint: Member must not be null");
    expect(await call('GetSecretValue', {})).toEqual(missing);
    expect(await call('GetSecretValue', { SecretId: null })).toEqual(missing);
  });

  it('H2, authority F7: a refused call leaves no version', async () => {
    await call('PutSecretValue', { SecretId: 'db', SecretString: '', ClientRequestToken: v2 });
    expect(await call('GetSecretValue', { SecretId: 'db', VersionId: v2 })).toEqual(
      error('ResourceNotFoundException', `Secrets Manager can't find the specified secret value for VersionId: ${v2}`),
    );
  });

  it('H3, authority F5: neither kind of value, or both', async () => {
    const oneValue = error('InvalidRequestException', 'You must provide either SecretString or SecretBinary.');
    const put = (value: object) => call('PutSecretValue', { SecretId: 'db', ClientRequestToken: v2, ...value });
    expect(await put({ SecretString: null })).toEqual(oneValue);
    expect(await put({ SecretString: 'x', SecretBinary: 'eA==' })).toEqual(oneValue);
  });

  it('H3: raw callers must send a token', async () => {
    const text = 'You must provide a ClientRequestToken value. We recommend a UUID-type value.';
    const refused = error('InvalidRequestException', text);
    expect(await call('CreateSecret', { Name: 'x', SecretString: 'x' })).toEqual(refused);
    expect(await call('PutSecretValue', { SecretId: 'db', SecretString: 'x' })).toEqual(refused);
    expect(await call('UpdateSecret', { SecretId: 'db', SecretString: 'x' })).toEqual(refused);
    expect(await call('RotateSecret', { SecretId: 'db' })).toEqual(error('InvalidParameterException', text));
  });

  it('H4: wrong JSON types', async () => {
    expect(await call('PutSecretValue', { SecretId: 'db', SecretString: 'x', VersionStages: {} })).toEqual(
      error('SerializationException', 'Start of structure or map found where not expected.'),
    );
    const bodies = [
      { SecretId: ['db'] },
      { SecretId: 7 },
      { SecretId: true },
      { SecretId: 'db', SecretBinary: 'not base64!' },
      { SecretId: 'db', VersionStages: 'AWSCURRENT' },
      { SecretId: 'db', VersionStages: [7] },
    ];
    for (const body of bodies) {
      expect(JSON.parse((await call('PutSecretValue', body)).body)).toMatchObject({ __type: 'SerializationException' });
    }
    for (const body of ['', 'canary', '[]', '7', 'null', '{"SecretId":']) {
      const answer = await call('PutSecretValue', body);
      expect(JSON.parse(answer.body)).toMatchObject({ __type: 'SerializationException' });
      expect(answer.body).not.toContain('canary');
    }
  });

  it('H4: types come before permission, permission before lengths, lengths before rules', async () => {
    const { headers, arn: caller } = await powerless();
    const refused = error(
      'AccessDeniedException',
      `User: ${caller} is not authorized to perform: secretsmanager:PutSecretValue on resource: db because no identity-based policy allows the secretsmanager:PutSecretValue action`,
    );
    expect(await call('PutSecretValue', { SecretId: 'db', VersionStages: {} }, headers)).toEqual(
      error('SerializationException', 'Start of structure or map found where not expected.'),
    );
    expect(await call('PutSecretValue', { SecretId: 'db', ClientRequestToken: 'short' }, headers)).toEqual(refused);
    expect(await call('PutSecretValue', { SecretId: 'db' }, headers)).toEqual(refused);
    expect(
      JSON.parse((await call('PutSecretValue', { SecretId: 'db', ClientRequestToken: 'short' })).body),
    ).toMatchObject({
      __type: 'ValidationException',
    });
  });

  it('H5: the refusal names the caller, the action and the id as it was sent', async () => {
    const { headers, arn: caller } = await powerless();
    expect(await call('GetSecretValue', { SecretId: arn }, headers)).toEqual(
      error(
        'AccessDeniedException',
        `User: ${caller} is not authorized to perform: secretsmanager:GetSecretValue on resource: ${arn} because no identity-based policy allows the secretsmanager:GetSecretValue action`,
      ),
    );
    expect(await call('PutSecretValue', { SecretId: null }, headers)).toEqual(
      error(
        'AccessDeniedException',
        `User: ${caller} is not authorized to perform: secretsmanager:PutSecretValue because no identity-based policy allows the secretsmanager:PutSecretValue action`,
      ),
    );
  });

  it('names that cannot be names', async () => {
    const invalid = error(
      'ValidationException',
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
      'message',
    );
    expect(await call('CreateSecret', { Name: 'no spaces' })).toEqual(invalid);
    expect(await call('DescribeSecret', { SecretId: 'no:colons' })).toEqual(invalid);
  });
});

describe('who is calling', () => {
  const body = { SecretId: 'db' };
  const as = (value: string) => call('DescribeSecret', body, { authorization: value });

  it('nobody, and nobody readable', async () => {
    const answer = await fetch(aws.emulator.endpoint, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'x-amz-target': 'secretsmanager.DescribeSecret' },
    });
    expect([answer.status, JSON.parse(await answer.text()).__type]).toEqual([
      400,
      'MissingAuthenticationTokenException',
    ]);
    expect(JSON.parse((await as('Basic dGVzdDp0ZXN0')).body).__type).toBe('IncompleteSignatureException');
  });

  it.each(['AKIAIOSFODNN7EXAMPLE', '12345', 'ASIAAAAAAAAAAAAAAAAA', '1111222233334'])(
    'the unknown key %s',
    async (key) => {
      expect(await as(authorization(key))).toEqual(
        error('UnrecognizedClientException', 'The security token included in the request is invalid.'),
      );
    },
  );

  it('`test` is account 000000000000, and another account sees nothing of ours', async () => {
    expect(await as(authorization('test'))).toEqual(
      error('ResourceNotFoundException', "Secrets Manager can't find the specified secret."),
    );
    const own = await call('CreateSecret', { Name: 'mine' }, { authorization: authorization('test') });
    expect(own.body).toContain(`arn:aws:secretsmanager:${region}:000000000000:secret:mine-`);
  });

  it('B9: a caller of another account is refused by ARN', async () => {
    const answer = await call('GetSecretValue', { SecretId: arn }, { authorization: authorization('444455556666') });
    expect(answer).toEqual(
      error(
        'AccessDeniedException',
        `User: arn:aws:iam::444455556666:root is not authorized to perform: secretsmanager:GetSecretValue on resource: ${arn} because no resource-based policy allows the secretsmanager:GetSecretValue action`,
      ),
    );
  });

  it('each Region has secrets of its own', async () => {
    const elsewhere = aws.clientOf(aws.emulator.credentialsFor(account), 'eu-central-1');
    await elsewhere.send(new CreateSecretCommand({ Name: 'db', SecretString: 'two' }));
    const { ARN } = await elsewhere.send(new DescribeSecretCommand({ SecretId: 'db' }));
    expect(ARN).toContain(':eu-central-1:');
    expect(JSON.parse((await call('DescribeSecret', { SecretId: ARN })).body).__type).toBe('ResourceNotFoundException');
  });

  it('an operation that is not served, or none', async () => {
    expect(JSON.parse((await call('Nonsense', {})).body).__type).toBe('UnknownOperationException');
    const none = await post(aws.emulator.endpoint, { body: '{}' });
    expect([none.status, JSON.parse(none.text).__type]).toEqual([400, 'UnknownOperationException']);
    const get = await post(aws.emulator.endpoint, { body: '', method: 'GET' });
    expect(JSON.parse(get.text).__type).toBe('UnknownOperationException');
  });

  it('a body beyond all limits is not even read', async () => {
    const body = Buffer.alloc(5 * 1024 * 1024);
    const answer = await post(aws.emulator.endpoint, { operation: 'CreateSecret', body });
    expect(answer).toMatchObject({
      status: 413,
      text: expect.stringContaining('"__type":"RequestEntityTooLargeException"'),
    });
    expect(aws.emulator.requests.map(({ operation }) => operation)).toEqual(['CreateSecret', 'unknown']);
  });

  it('bytes that are not UTF-8 are refused, not stored as something else', async () => {
    const body = Buffer.concat([
      Buffer.from('{"SecretId":"db","Description":"'),
      Buffer.from([0xff]),
      Buffer.from('"}'),
    ]);
    const answer = await post(aws.emulator.endpoint, { operation: 'UpdateSecret', body });
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('"__type":"SerializationException"') });
  });
});
