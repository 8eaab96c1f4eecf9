/**
 * A rotation function that works, in the account next to the secret's: as a bundle, as a command (`--command`), or behind
 * the Runtime API (`--runtime`). It prints all that it is given, and appends it to $GIVEN, so that a test knows what to
 * look for.
 */
import { appendFileSync } from 'node:fs';

const { AWS_ENDPOINT_URL: url, AWS_REGION: region, GIVEN, ROLE, EXTERNAL_ID, MADE } = process.env;

function given(...values) {
  for (const value of values) appendFileSync(GIVEN, `${value}\n`);
  console.log(...values);
}

function signed(keys, service) {
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=${keys.AccessKeyId}/20260924/${region}/${service}/aws4_request, SignedHeaders=host, Signature=00`,
    'x-amz-security-token': keys.SessionToken,
  };
}

async function assumeRole() {
  const keys = { AccessKeyId: process.env.AWS_ACCESS_KEY_ID, SessionToken: process.env.AWS_SESSION_TOKEN };
  given(keys.AccessKeyId, process.env.AWS_SECRET_ACCESS_KEY, keys.SessionToken);
  const body = new URLSearchParams({
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: ROLE,
    RoleSessionName: 'rotation',
    ExternalId: EXTERNAL_ID,
  });
  const answer = await fetch(url, { method: 'POST', headers: signed(keys, 'sts'), body });
  const text = await answer.text();
  if (!answer.ok) throw new Error('the role cannot be assumed');
  const assumed = Object.fromEntries(
    ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map((name) => [
      name,
      new RegExp(`<${name}>(.*)</${name}>`).exec(text)?.[1],
    ]),
  );
  given(...Object.values(assumed));
  return assumed;
}

async function call(keys, operation, input) {
  for (let attempt = 1; ; attempt += 1) {
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `secretsmanager.${operation}`,
      ...signed(keys, 'secretsmanager'),
    };
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(input) }).catch(() => undefined);
    if (answer?.ok) return answer.json();
    await answer?.text();
    if (attempt === 6) throw new Error(`${operation} failed`);
  }
}

export async function handler({ Step, SecretId, ClientRequestToken, RotationToken }) {
  given(RotationToken);
  const keys = await assumeRole();
  const { SecretString } = await call(keys, 'GetSecretValue', { SecretId });
  console.log(SecretString);
  if (Step === 'createSecret') {
    const { RandomPassword } = await call(keys, 'GetRandomPassword', {});
    given(RandomPassword);
    const value = JSON.stringify({ made: MADE, password: RandomPassword });
    await call(keys, 'PutSecretValue', {
      SecretId,
      ClientRequestToken,
      RotationToken,
      SecretString: value,
      VersionStages: ['AWSPENDING'],
    });
  } else if (Step === 'finishSecret') {
    const { VersionIdsToStages } = await call(keys, 'DescribeSecret', { SecretId });
    const RemoveFromVersionId = Object.keys(VersionIdsToStages).find((id) =>
      VersionIdsToStages[id].includes('AWSCURRENT'),
    );
    await call(keys, 'UpdateSecretVersionStage', {
      SecretId,
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: ClientRequestToken,
      RemoveFromVersionId,
    });
  }
}

async function serve() {
  const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
  for (;;) {
    const next = await fetch(`${api}/next`);
    const id = next.headers.get('lambda-runtime-aws-request-id');
    await handler(await next.json());
    await fetch(`${api}/${id}/response`, { method: 'POST', body: 'null' });
  }
}

if (process.argv.includes('--runtime')) await serve();
if (process.argv.includes('--command')) {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  await handler(JSON.parse(Buffer.concat(chunks).toString()));
}
