import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from '@jest/globals';
import { emulate } from '../../lib/cli/emulate.js';
import { UsageError } from '../../lib/cli/usage-error.js';
import { rotationResources, rotationStack, write, writeAssembly } from '../emulator/assembly/assembly-folder.js';
import { keyturn } from './keyturn.js';

const where = '111122223333 us-west-2';
const database = {
  Database: { Type: 'AWS::RDS::DBInstance', Properties: { Engine: 'postgres', DBInstanceIdentifier: 'db' } },
  Attachment: {
    Type: 'AWS::SecretsManager::SecretTargetAttachment',
    Properties: { SecretId: { Ref: 'Secret' }, TargetId: { Ref: 'Database' }, TargetType: 'AWS::RDS::DBInstance' },
  },
};

describe('keyturn emulate --assembly', () => {
  it('says what it does, resource by resource, then serves', async () => {
    const { resources, code = {} } = rotationStack({
      function: { Runtime: 'nodejs22.x' },
      secret: { SecretString: { Ref: 'Value' } },
    });
    const folder = writeAssembly({
      Stack: {
        code,
        resources: { ...resources, ...database },
        constructs: { 'Data/Base/Resource': 'Database' },
        sections: {
          Parameters: { Value: { Type: 'String' } },
          Outputs: { Host: { Value: { 'Fn::GetAtt': ['Database', 'Endpoint.Address'] } } },
        },
      },
    });
    const command = keyturn(
      ...['emulate', '--port', '0', '--assembly', folder],
      ...['--target', 'Stack/Data/Base=postgresql://127.0.0.1:5433/app', '--function-node', process.execPath],
      ...[
        '--parameter',
        'Stack/Value={"password":"canary-31=x"}',
        '--function-environment',
        'TOLD=by the command line',
      ],
    );
    const [, endpoint = ''] = await command.until(/^export AWS_ENDPOINT_URL=(\S+)$/m);
    await command.until(/^deployed Stack to .*\n.*\n.*\n\n/m);
    expect(command.out).toContain('created Stack/Secret AWS::SecretsManager::Secret\n');
    expect(command.out).toContain('rotation Stack/Schedule AWS::SecretsManager::RotationSchedule Succeeded\n');
    expect(command.out).toContain(
      `deployed Stack to ${where}\n  Host = 127.0.0.1\n  left alone, not modelled: AWS::RDS::DBInstance\n`,
    );
    expect(command.out + command.err).not.toContain('canary-31');
    const credentials = { accessKeyId: '111122223333', secretAccessKey: 'root' };
    const client = new SecretsManagerClient({ endpoint, region: 'us-west-2', credentials });
    expect((await client.send(new DescribeSecretCommand({ SecretId: 'app/key' }))).RotationEnabled).toBe(true);
    command.signal('SIGTERM');
    expect(await command.exitCode).toBe(0);
  });

  it('--json prints a document for each', async () => {
    const folder = writeAssembly({ Stack: rotationStack({ schedule: { RotateImmediatelyOnUpdate: false } }) });
    const command = keyturn('emulate', '--port', '0', '--json', '--assembly', folder);
    await command.until(/"event":"deployed".*\n/);
    command.signal('SIGINT');
    expect(await command.exitCode).toBe(0);
    const documents = command.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const events = documents.map(({ event, action, logicalId, status }) =>
      [event, action, logicalId, status].join(' ').trim(),
    );
    expect(events).toEqual(
      expect.arrayContaining(['listening', 'deploy created Role', 'deploy rotation Schedule Succeeded', 'deployed']),
    );
    const { stacks, rotations } = documents.at(-1);
    expect(stacks).toMatchObject([
      { stackName: 'Stack', accountId: '111122223333', region: 'us-west-2', notModelled: [] },
    ]);
    expect(rotations).toMatchObject([
      { logicalId: 'Schedule', outcome: { kind: 'TestRotation', status: 'Succeeded' } },
    ]);
  });

  it('ends with exit code 1 when something cannot be deployed, and says in its own options what to do', async () => {
    const resources = rotationResources({ function: { Runtime: 'python3.13' } });
    const folder = writeAssembly({ Stack: { ...rotationStack(), resources } });
    const command = keyturn('emulate', '--port', '0', '--assembly', folder);
    expect(await command.exitCode).toBe(1);
    expect(command.err).toMatch(
      /^keyturn: Stack\/Function Runtime: python3\.13 is not run here: say what to run instead in --function/,
    );
    expect(command.err).toContain('\n6 steps were done before.\n');
    const none = keyturn('emulate', '--port', '0', '--assembly', '/nowhere');
    expect(await none.exitCode).toBe(1);
    expect(none.err).toBe(
      'keyturn: /nowhere is not a cloud assembly: run `npx cdk synth` first, and name the folder that it writes (cdk.out)\nNothing was deployed.\n',
    );
  });

  it('runs a command in place of a function, with policies that it is given', async () => {
    const ManagedPolicyArns = ['arn:aws:iam::aws:policy/SecretsManagerReadWrite'];
    const folder = writeAssembly({
      Stack: rotationStack({ function: { Runtime: 'python3.13' }, role: { ManagedPolicyArns } }),
    });
    write(folder, 'policy.json', { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } });
    const command = keyturn(
      ...['emulate', '--port', '0', '--assembly', folder, '--function', `Stack/Function=${process.execPath} --eval 0`],
      ...['--managed-policy', `${ManagedPolicyArns}=${folder}/policy.json`],
    );
    // It does nothing at all, which is no way to rotate.
    await command.until(/^rotation Stack\/Schedule \S+ Failed: .*$/m);
    command.signal('SIGTERM');
    expect(await command.exitCode).toBe(0);
  });

  it.each([
    [['--target', 'Stack/Db=postgres://h'], '--target goes with --assembly'],
    [['--assembly', 'x', '--target', 'Stack/Db'], '--target is NAME=VALUE'],
    [
      ['--assembly', 'x', '--target', 'Stack/Db=postgres://user:canary-31@h/db'],
      '--target is NAME=ENGINE://HOST:PORT/DBNAME, without a user or a password',
    ],
    [['--assembly', 'x', '--function', 'Stack/F= '], '--function is NAME=COMMAND'],
    [['--assembly', 'x', '--managed-policy', 'arn=/nowhere'], '--managed-policy: /nowhere is not a file of JSON'],
    [['--assembly', 'x', '--account', '12'], '--account is 12 digits'],
  ])('%j is a mistake of use', async (args, message) => {
    const silent = { out: () => undefined, err: () => undefined, interrupted: Promise.resolve() };
    await expect(emulate(['--port', '0', ...args], silent)).rejects.toThrow(new UsageError(message));
  });
});
