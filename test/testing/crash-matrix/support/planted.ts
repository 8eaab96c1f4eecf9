/** A rotation function written by hand, with one mistake at a time: the one that MISTAKE names. */
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';

interface Event {
  readonly Step: string;
  readonly SecretId: string;
  readonly ClientRequestToken: string;
  readonly RotationToken: string;
}

const client = new SecretsManagerClient({});
const mistake = process.env.MISTAKE;

async function value(event: Event, VersionStage: string): Promise<{ url: string; key: string }> {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: event.SecretId, VersionStage }));
  return JSON.parse(SecretString ?? '');
}

async function ask(method: string, { url, key }: { url: string; key: string }, body?: string): Promise<boolean> {
  const response = await fetch(url, { method, headers: { authorization: key }, ...(body !== undefined && { body }) });
  return response.ok;
}

async function moveCurrent({ SecretId, ClientRequestToken }: Event): Promise<boolean> {
  const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }));
  const current = Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id]?.includes('AWSCURRENT'));
  if (current === ClientRequestToken) return false;
  await client.send(
    new UpdateSecretVersionStageCommand({
      SecretId,
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: ClientRequestToken,
      ...(current !== undefined && { RemoveFromVersionId: current }),
    }),
  );
  return true;
}

export async function handler(event: Event): Promise<void> {
  const { Step, SecretId, ClientRequestToken, RotationToken } = event;
  if (Step === 'createSecret') {
    const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }));
    if (Object.values(VersionIdsToStages).flat().includes('HALF')) throw new Error('half a rotation');
    const current = await value(event, 'AWSCURRENT');
    const key = `key-${ClientRequestToken}`;
    await client.send(
      new PutSecretValueCommand({
        SecretId,
        ClientRequestToken,
        RotationToken,
        VersionStages: ['AWSPENDING'],
        SecretString: JSON.stringify({ ...current, key }),
      }),
    );
    return;
  }
  const pending = await value(event, 'AWSPENDING');
  if (Step === 'setSecret') {
    const current = await value(event, 'AWSCURRENT');
    if (mistake === 'logs the key') console.log(`setting ${pending.key}`);
    if (mistake === 'logs the token') console.log(event);
    if (mistake === 'never works') throw new Error('never');
    if (mistake === 'always throws the key') throw new Error(`refused: ${pending.key}`);
    if (mistake === 'puts the key into the address')
      await ask('GET', { ...current, url: `${current.url}?new=${pending.key}` });
    // The old key no longer sets anything once it is replaced, and nobody looks whether that has happened.
    const ready = mistake !== 'set is not idempotent' && (await ask('GET', pending));
    // Only a second run comes here with a key that works.
    if (ready && mistake === 'leaves a second key') await ask('POST', pending, 'a-second-key-that-nobody-asked-for');
    if (ready && mistake === 'loses a privilege') await ask('PATCH', pending, 'write');
    if (ready && mistake === 'throws the key once') {
      await ask('PUT', pending, current.key);
      throw new Error(`there is ${pending.key} already`);
    }
    if (ready && mistake === 'leaves a label') {
      const label = { SecretId, VersionStage: 'HALF', MoveToVersionId: ClientRequestToken };
      await client.send(new UpdateSecretVersionStageCommand(label));
    }
    const method = mistake === 'cleans up after the label' ? 'POST' : 'PUT';
    if (!ready && !(await ask(method, current, pending.key))) throw new Error('refused');
  }
  if (Step === 'testSecret' && !(await ask('GET', pending))) throw new Error('refused');
  if (Step === 'finishSecret') {
    const moved = await moveCurrent(event);
    if (!moved && mistake === 'finishes once') throw new Error('it was to be moved');
    if (moved && mistake === 'cleans up after the label') await ask('DELETE', pending);
  }
}
