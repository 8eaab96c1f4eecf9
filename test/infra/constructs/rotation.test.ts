import { describe, expect, it } from '@jest/globals';
import { App, Duration, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as events from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import {
  type RotateOptions,
  Rotation,
  RotationCode,
  RotationEngine,
  RotationScheduleExpression,
  RotationSpread,
} from '../../../infra/constructs/index.js';
import {
  ROTATOR,
  resources,
  rotationFunction,
  type Statement,
  statements,
  statementsOn,
  template,
  theResource,
} from './synthesised.js';

const FIVE = [
  'secretsmanager:DescribeSecret',
  'secretsmanager:GetSecretValue',
  'secretsmanager:ListSecretVersionIds',
  'secretsmanager:PutSecretValue',
  'secretsmanager:UpdateSecretVersionStage',
];
const ARN = 'arn:aws:secretsmanager:eu-west-1:444455556666:secret:app/db';
const LATER: RotateOptions = { rotateImmediately: false };
const schedule = 'AWS::SecretsManager::RotationSchedule';

function ofSecrets(stack: Stack): Statement[] {
  return statements(stack).filter(({ Action }) => !String([Action].flat()[0]).startsWith('logs:'));
}

describe('the schedule', () => {
  it('is every 30 days, unless said otherwise', () => {
    const stack = new Stack();
    rotationFunction(stack).rotate(new secretsmanager.Secret(stack, 'Secret'), LATER);
    expect(theResource(stack, schedule).Properties).toMatchObject({
      RotationRules: { ScheduleExpression: 'rate(30 days)' },
      RotateImmediatelyOnUpdate: false,
    });
  });

  it('has the window and the moment that were asked for', () => {
    const stack = new Stack();
    rotationFunction(stack).rotate(new secretsmanager.Secret(stack, 'Secret'), {
      schedule: RotationScheduleExpression.cron({ hour: '2', weekDay: 'SUN' }),
      window: Duration.hours(3),
      rotateImmediately: true,
    });
    expect(theResource(stack, schedule).Properties).toMatchObject({
      RotationRules: { ScheduleExpression: 'cron(0 2 ? * SUN *)', Duration: '3h' },
      RotateImmediatelyOnUpdate: true,
    });
  });

  it('spreads a fleet by names, alike in every deployment', () => {
    const deploy = () => {
      const stack = new Stack(new App(), 'Stack');
      const rotation = rotationFunction(stack);
      return ['A', 'B', 'C', 'D', 'E', 'F'].map(
        (id) =>
          rotation.rotate(new secretsmanager.Secret(stack, id), {
            ...LATER,
            schedule: RotationScheduleExpression.cron({ hour: '0' }),
            spread: RotationSpread.overHours(Duration.hours(20)),
          }).schedule.expressionString,
      );
    };
    expect(deploy()).toEqual(deploy());
    expect(new Set(deploy()).size).toBeGreaterThan(3);
  });

  it('throws when the window does not fit wherever the spread puts a secret', () => {
    const stack = new Stack();
    const rotation = rotationFunction(stack);
    expect(() =>
      rotation.rotate(new secretsmanager.Secret(stack, 'Secret'), {
        ...LATER,
        schedule: RotationScheduleExpression.cron({ hour: '1' }),
        spread: RotationSpread.overHours(Duration.hours(20)),
        window: Duration.hours(5),
      }),
    ).toThrow(/^`window` of 5 h that opens at 20:00 UTC/);
  });

  it('throws when a secret is rotated twice', () => {
    const stack = new Stack();
    const rotation = rotationFunction(stack);
    const secret = new secretsmanager.Secret(stack, 'Secret');
    rotation.rotate(secret, LATER);
    expect(() => rotation.rotate(secret, LATER)).toThrow(/already a Construct with name 'Rotation'/);
  });

  it('throws when the secret is of another account or Region', () => {
    const stack = new Stack(undefined, 'Stack', { env: { account: '444455556666', region: 'eu-west-1' } });
    const rotation = rotationFunction(stack);
    const imported = (id: string, arn: string) => secretsmanager.Secret.fromSecretCompleteArn(stack, id, arn);
    const foreign = imported('A', 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-AbCdEf');
    expect(() => rotation.rotate(foreign, LATER)).toThrow(/use `RemoteRotationFunction`/);
    const distant = imported('B', 'arn:aws:secretsmanager:eu-central-1:444455556666:secret:a-AbCdEf');
    expect(() => rotation.rotate(distant, LATER)).toThrow(/only functions of the secret's own Region/);
  });
});

describe('the grants', () => {
  it('are four actions on the secret, and only while this function is the one that rotates it', () => {
    const stack = new Stack();
    rotationFunction(stack).rotate(new secretsmanager.Secret(stack, 'Secret'), LATER);
    expect(ofSecrets(stack)).toEqual([
      {
        Effect: 'Allow',
        Action: FIVE,
        Resource: [{ Ref: expect.stringMatching('^Secret') }],
        Condition: {
          ArnEquals: {
            'secretsmanager:resource/AllowRotationLambdaArn': {
              'Fn::GetAtt': [expect.stringMatching('Function'), 'Arn'],
            },
          },
        },
      },
    ]);
  });

  it('can do without the condition', () => {
    const stack = new Stack();
    rotationFunction(stack, { confineToRotation: false }).rotate(new secretsmanager.Secret(stack, 'Secret'), LATER);
    expect(ofSecrets(stack)[0]?.Condition).toBeUndefined();
  });

  it.each([
    [
      'a complete ARN',
      (stack: Stack) => secretsmanager.Secret.fromSecretCompleteArn(stack, 'S', `${ARN}-AbCdEf`),
      `${ARN}-AbCdEf`,
      `${ARN}-AbCdEf`,
    ],
    [
      'a partial ARN',
      (stack: Stack) => secretsmanager.Secret.fromSecretPartialArn(stack, 'S', ARN),
      `${ARN}-??????`,
      ARN,
    ],
    ['a name', (stack: Stack) => secretsmanager.Secret.fromSecretNameV2(stack, 'S', 'app/db'), `${ARN}-??????`, ARN],
  ])('name the right ARN of a secret imported by %s', (_, imported, resource, secretId) => {
    const stack = new Stack(undefined, 'Stack', { env: { account: '444455556666', region: 'eu-west-1' } });
    rotationFunction(stack).rotate(imported(stack), LATER);
    const text = (value: unknown) =>
      JSON.stringify(value)
        .replace('{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},"', '"arn:aws')
        .replace('"]]}', '"');
    expect(text(statementsOn(stack, 'secretsmanager:PutSecretValue')[0]?.Resource)).toBe(JSON.stringify([resource]));
    expect(text(theResource(stack, schedule).Properties.SecretId)).toBe(JSON.stringify(secretId));
  });

  it('are a statement for the customer key, by the secret and by way of Secrets Manager alone', () => {
    const stack = new Stack();
    const key = new kms.Key(stack, 'Key');
    const secret = new secretsmanager.Secret(stack, 'Secret', { encryptionKey: key });
    rotationFunction(stack).rotate(secret, LATER);
    expect(statementsOn(stack, 'kms:Decrypt')).toEqual([
      {
        Effect: 'Allow',
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Resource: { 'Fn::GetAtt': [expect.stringMatching('^Key'), 'Arn'] },
        Condition: {
          StringEquals: {
            'kms:ViaService': {
              'Fn::Join': ['', ['secretsmanager.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }]],
            },
            'kms:EncryptionContext:SecretARN': [{ Ref: expect.stringMatching('^Secret') }],
          },
        },
      },
    ]);
    // The key's own policy lets IAM decide already.
    expect(JSON.stringify(theResource(stack, 'AWS::KMS::Key').Properties.KeyPolicy)).not.toContain('RotationRole');
  });

  it('are none on the default key, also where it is named', () => {
    const stack = new Stack();
    const encryptionKey = kms.Alias.fromAliasName(stack, 'Default', 'alias/aws/secretsmanager');
    const rotation = rotationFunction(stack);
    rotation.rotate(secretsmanager.Secret.fromSecretNameV2(stack, 'A', 'a'), { ...LATER, encryptionKey });
    rotation.rotate(secretsmanager.Secret.fromSecretNameV2(stack, 'B', 'b'), LATER);
    expect(statementsOn(stack, 'kms:Decrypt')).toEqual([]);
  });

  it('share one statement among secrets under the same key', () => {
    const stack = new Stack();
    const encryptionKey = new kms.Key(stack, 'Key');
    const rotation = rotationFunction(stack);
    for (const id of ['A', 'B', 'C']) rotation.rotate(new secretsmanager.Secret(stack, id, { encryptionKey }), LATER);
    expect(statementsOn(stack, 'kms:GenerateDataKey')).toHaveLength(1);
    expect(statementsOn(stack, 'secretsmanager:PutSecretValue')).toMatchObject([
      {
        Resource: [
          { Ref: expect.stringMatching('^A') },
          { Ref: expect.stringMatching('^B') },
          { Ref: expect.stringMatching('^C') },
        ],
      },
    ]);
    expect(statementsOn(stack, 'secretsmanager:PutSecretValue')).toHaveLength(1);
  });

  it('reach an imported secret under a key of its own', () => {
    const stack = new Stack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:444455556666:key/1');
    const secret = secretsmanager.Secret.fromSecretPartialArn(stack, 'Secret', ARN);
    rotationFunction(stack).rotate(secret, { ...LATER, encryptionKey });
    expect(statementsOn(stack, 'kms:GenerateDataKey')).toMatchObject([
      {
        Resource: 'arn:aws:kms:eu-west-1:444455556666:key/1',
        Condition: { StringLike: { 'kms:EncryptionContext:SecretARN': [`${ARN}-??????`] } },
      },
    ]);
  });

  it('read the superuser’s secret and decrypt with its key, no more', () => {
    const stack = new Stack();
    const superuserKey = new kms.Key(stack, 'SuperuserKey');
    const superuser = new secretsmanager.Secret(stack, 'Superuser', { encryptionKey: superuserKey });
    const rotation = rotationFunction(stack);
    rotation.rotate(new secretsmanager.Secret(stack, 'A'), { ...LATER, superuser });
    rotation.rotate(new secretsmanager.Secret(stack, 'B'), { ...LATER, superuser });
    expect(ofSecrets(stack).slice(1)).toMatchObject([
      { Action: 'secretsmanager:GetSecretValue', Resource: [{ Ref: expect.stringMatching('^Superuser') }] },
      { Action: 'kms:Decrypt', Resource: { 'Fn::GetAtt': [expect.stringMatching('^SuperuserKey'), 'Arn'] } },
    ]);
    expect(ofSecrets(stack)[1]?.Condition).toBeUndefined();
  });

  describe('on directories', () => {
    class DirectoryCode extends RotationCode {
      public override readonly _superuser = 'none';
      public override readonly _directory = 'needed';
      public override bind() {
        return RotationCode.asset(ROTATOR).bind();
      }
    }
    const inEurope = () => new Stack(undefined, 'Stack', { env: { account: '444455556666', region: 'eu-west-1' } });
    const arn = (id: string) => ({
      'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:ds:eu-west-1:444455556666:directory/${id}`]],
    });

    it('are resets of the users of those that are named, and the look at where directories are', () => {
      const stack = inEurope();
      const rotation = rotationFunction(stack, { code: new DirectoryCode() });
      for (const [id, directoryId] of [
        ['A', 'd-0123456789'],
        ['B', 'd-abcdef0123'],
        ['C', 'd-0123456789'],
      ] as const) {
        rotation.rotate(new secretsmanager.Secret(stack, id), { ...LATER, directoryId });
      }
      expect(ofSecrets(stack).filter(({ Action }) => String(Action).startsWith('ds:'))).toEqual([
        { Effect: 'Allow', Action: 'ds:ResetUserPassword', Resource: [arn('d-0123456789'), arn('d-abcdef0123')] },
        { Effect: 'Allow', Action: 'ds:DescribeDirectories', Resource: '*' },
      ]);
    });

    it('are there before the schedule', () => {
      const stack = inEurope();
      rotationFunction(stack, { code: new DirectoryCode() }).rotate(new secretsmanager.Secret(stack, 'Secret'), {
        ...LATER,
        directoryId: 'd-0123456789',
      });
      const [policy = ''] = Object.entries(resources(stack, 'AWS::IAM::Policy')).flatMap(([id, resource]) =>
        JSON.stringify(resource).includes('ds:ResetUserPassword') ? [id] : [],
      );
      expect(theResource(stack, schedule).DependsOn).toContain(policy);
    });

    it.each([
      [{}, /^`directoryId` is needed by this function's code/],
      [{ directoryId: 'corp.example.com' }, /^`directoryId` is the id of a directory/],
      [{ directoryId: 'd-0123456789', superuser: true }, /^`superuser` is of no use to this function's code/],
    ])('throw for %j', ({ superuser, ...options }: { superuser?: boolean; directoryId?: string }, why) => {
      const stack = inEurope();
      const given = superuser && { superuser: new secretsmanager.Secret(stack, 'Superuser') };
      const rotation = rotationFunction(stack, { code: new DirectoryCode() });
      const rotate = () =>
        rotation.rotate(new secretsmanager.Secret(stack, 'Secret'), { ...LATER, ...options, ...given });
      expect(rotate).toThrow(why);
    });

    it('cannot be had without a role of the directory’s account', () => {
      const rotation = rotationFunction(inEurope(), { code: new DirectoryCode() });
      const secretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:app';
      const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1';
      expect(() => rotation.accessDirectly({ secretArn, keyArn })).toThrow(/^`accessDirectly` is not for/);
    });
  });

  it('are not for what a prebuilt rotator never uses', () => {
    const { POSTGRES } = RotationEngine;
    const [single, pair] = [RotationCode.singleUser(POSTGRES), RotationCode.alternatingPair(POSTGRES, 'a', 'b')];
    const recovering = RotationCode.singleUser(POSTGRES, { recoverBySuperuser: true });
    function rotate(code: RotationCode, { superuser, ...options }: { superuser?: true; directoryId?: string }) {
      const stack = new Stack();
      const given = superuser && { superuser: new secretsmanager.Secret(stack, 'Superuser') };
      const secret = new secretsmanager.Secret(stack, 'Secret');
      rotationFunction(stack, { code }).rotate(secret, { ...LATER, ...options, ...given });
      return stack;
    }
    expect(() => rotate(single, { superuser: true })).toThrow(/^`superuser` is of no use to this function's code/);
    expect(() => rotate(single, { directoryId: 'd-0123456789' })).toThrow(/^`directoryId` is of no use/);
    expect(() => rotate(RotationCode.superuserSets(POSTGRES), {})).toThrow(/^`superuser` is needed by/);
    expect(() => rotate(pair, {})).toThrow(/^`superuser` is needed by/);
    for (const [options, read] of [[{}, 1] as const, [{ superuser: true }, 2] as const]) {
      expect(statementsOn(rotate(recovering, options), 'secretsmanager:GetSecretValue')).toHaveLength(read);
    }
  });

  it('name no resource *', () => {
    const stack = new Stack();
    const encryptionKey = new kms.Key(stack, 'Key');
    const superuser = new secretsmanager.Secret(stack, 'Superuser', { encryptionKey });
    rotationFunction(stack).rotate(new secretsmanager.Secret(stack, 'Secret', { encryptionKey }), {
      ...LATER,
      superuser,
    });
    expect(statements(stack).filter(({ Resource }) => JSON.stringify(Resource).includes('*'))).toEqual([]);
  });
});

describe('the order', () => {
  const database = (stack: Stack): secretsmanager.ISecretAttachmentTarget => ({
    asSecretAttachmentTarget: () => ({
      targetId: stack.stackName,
      targetType: secretsmanager.AttachmentTargetType.RDS_DB_INSTANCE,
    }),
  });

  it('is permission, grants and function before the schedule', () => {
    const stack = new Stack();
    rotationFunction(stack).rotate(new secretsmanager.Secret(stack, 'Secret'), LATER);
    expect(theResource(stack, schedule).DependsOn).toEqual([
      expect.stringMatching('RotationFunction'),
      expect.stringMatching('RotationInvocationsOwnAccount'),
      expect.stringMatching('RotationSecretsPolicy'),
    ]);
  });

  it.each(['before', 'after'])('is attachment before schedule, made %s it, whichever of the two is rotated', (when) => {
    const stack = new Stack();
    const rotation = rotationFunction(stack);
    const secret = new secretsmanager.Secret(stack, 'Secret');
    if (when === 'before') secret.attach(database(stack));
    rotation.rotate(secret, LATER);
    if (when === 'after') secret.attach(database(stack));
    expect(theResource(stack, schedule).DependsOn).toContainEqual(expect.stringMatching('^SecretAttachment'));
  });

  it('names the attachment where that is given, also the superuser’s', () => {
    const stack = new Stack();
    const superuser = new secretsmanager.Secret(stack, 'Superuser');
    superuser.attach(database(stack));
    const attached = new secretsmanager.Secret(stack, 'Secret').attach(database(stack));
    rotationFunction(stack).rotate(attached, { ...LATER, superuser });
    const { Properties, DependsOn } = theResource(stack, schedule);
    expect(Properties.SecretId).toEqual({ Ref: expect.stringMatching('^SecretAttachment') });
    expect(DependsOn).toContainEqual(expect.stringMatching('^SuperuserAttachment'));
  });

  it.each(['before', 'after'])('opens the database before a rotation may begin, said %s it', (when) => {
    const stack = new Stack();
    const vpc = new ec2.Vpc(stack, 'Vpc');
    const group = new ec2.SecurityGroup(stack, 'Db', { vpc });
    const rotation = rotationFunction(stack, { vpc });
    const connect = () =>
      rotation.connectTo({ connections: new ec2.Connections({ securityGroups: [group] }) }, ec2.Port.POSTGRES);
    if (when === 'before') connect();
    rotation.rotate(new secretsmanager.Secret(stack, 'Secret'), { rotateImmediately: true });
    if (when === 'after') connect();
    const { DependsOn = [] } = theResource(stack, schedule);
    for (const type of ['AWS::EC2::SecurityGroupIngress', 'AWS::EC2::SecurityGroupEgress']) {
      expect(DependsOn).toEqual(expect.arrayContaining(Object.keys(resources(stack, type))));
    }
  });
});

describe('across stacks', () => {
  it('puts all of it beside the secret, so that the function’s stack needs no other', () => {
    // GIVEN
    const app = new App();
    const [functions, keys, superusers, secrets] = ['F', 'K', 'P', 'S'].map((id) => new Stack(app, id)) as [
      Stack,
      Stack,
      Stack,
      Stack,
    ];
    const encryptionKey = new kms.Key(keys, 'Key');
    const superuser = new secretsmanager.Secret(superusers, 'Superuser', { encryptionKey });
    const secret = new secretsmanager.Secret(secrets, 'Secret', { encryptionKey });
    // WHEN
    rotationFunction(functions).rotate(secret, { ...LATER, superuser });
    // THEN
    app.synth();
    expect(functions.dependencies).toEqual([]);
    expect(new Set(secrets.dependencies)).toEqual(new Set([functions, keys, superusers]));
    expect(Object.keys(resources(secrets, schedule))).toHaveLength(1);
    expect(statementsOn(functions, 'secretsmanager:PutSecretValue')).toEqual([]);
    expect(statementsOn(secrets, 'kms:GenerateDataKey')).toHaveLength(1);
  });

  it('puts it beside the function where that needs the database’s stack already', () => {
    // GIVEN
    const app = new App();
    const databases = new Stack(app, 'Databases');
    const functions = new Stack(app, 'Functions');
    const vpc = new ec2.Vpc(databases, 'Vpc');
    const group = new ec2.SecurityGroup(databases, 'Db', { vpc });
    const secret = new secretsmanager.Secret(databases, 'Secret');
    // WHEN
    const rotation = rotationFunction(functions, { vpc });
    rotation.connectTo({ connections: new ec2.Connections({ securityGroups: [group] }) }, ec2.Port.POSTGRES);
    rotation.rotate(secret, LATER);
    // THEN
    app.synth();
    expect(databases.dependencies).toEqual([]);
    expect(functions.dependencies).toEqual([databases]);
    expect(Object.keys(resources(functions, schedule))).toHaveLength(1);
  });

  it('puts the rules of the network on the same side', () => {
    const app = new App();
    const [networks, functions, databases] = ['N', 'F', 'D'].map((id) => new Stack(app, id)) as [Stack, Stack, Stack];
    const vpc = new ec2.Vpc(networks, 'Vpc');
    const group = new ec2.SecurityGroup(databases, 'Db', { vpc });
    const rotation = rotationFunction(functions, { vpc });
    rotation.connectTo({ connections: new ec2.Connections({ securityGroups: [group] }) }, ec2.Port.POSTGRES);
    rotation.rotate(new secretsmanager.Secret(databases, 'Secret'), LATER);
    app.synth();
    expect(functions.dependencies).toEqual([networks]);
    expect(Object.keys(resources(databases, 'AWS::EC2::SecurityGroupEgress'))).toHaveLength(1);
  });

  it('lies where it is made by hand', () => {
    const app = new App();
    const functions = new Stack(app, 'Functions');
    const secrets = new Stack(app, 'Secrets');
    const own = new Stack(app, 'Own');
    new Rotation(own, 'Rotation', {
      ...LATER,
      secret: new secretsmanager.Secret(secrets, 'Secret'),
      rotationFunction: rotationFunction(functions),
    });
    app.synth();
    expect(new Set(own.dependencies)).toEqual(new Set([functions, secrets]));
    expect(Object.keys(resources(own, schedule))).toHaveLength(1);
  });
});

describe('noticing', () => {
  it('has a rule for what CloudTrail says of failed rotations', () => {
    const stack = new Stack();
    const rotation = rotationFunction(stack).rotate(new secretsmanager.Secret(stack, 'Secret'), LATER);
    const bus = events.EventBus.fromEventBusArn(stack, 'Bus', 'arn:aws:events:eu-west-1:444455556666:event-bus/ops');
    rotation.onRotationFailed('Failed', { target: { bind: () => ({ arn: bus.eventBusArn }) } });
    expect(theResource(stack, 'AWS::Events::Rule').Properties).toMatchObject({
      EventPattern: {
        source: ['aws.secretsmanager'],
        'detail-type': ['AWS Service Event via CloudTrail'],
        detail: {
          eventName: ['RotationFailed', 'RotationAbandoned', 'TestRotationFailed'],
          additionalEventData: { SecretId: [{ Ref: expect.stringMatching('^Secret') }] },
        },
      },
      Targets: [{ Arn: 'arn:aws:events:eu-west-1:444455556666:event-bus/ops' }],
    });
  });

  it('finds a secret that is known by name alone', () => {
    const stack = new Stack();
    const secret = secretsmanager.Secret.fromSecretPartialArn(stack, 'Secret', ARN);
    rotationFunction(stack).rotate(secret, LATER).onRotationSucceeded('Succeeded');
    template(stack).hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        detail: { eventName: ['RotationSucceeded'], additionalEventData: { SecretId: [{ prefix: `${ARN}-` }] } },
      },
    });
  });
});
