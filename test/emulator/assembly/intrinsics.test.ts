import { describe, expect, it } from '@jest/globals';
import { absent, evaluateCondition, resolve, type Scope } from '../../../lib/emulator/assembly/intrinsics.js';
import type { Json } from '../../../lib/emulator/assembly/template.js';

const names: Readonly<Record<string, Json>> = {
  Name: 'app',
  Zones: ['x', 'y'],
  Count: '3',
  'AWS::Region': 'eu-west-1',
};

const scope: Scope = {
  region: 'eu-west-1',
  reference: (name) => (name === 'AWS::NoValue' ? absent : (names[name] ?? `physical-${name}`)),
  attribute: (logicalId, attribute) => `${logicalId}'s ${attribute}`,
  condition: (name) => name === 'Yes',
  mapping: (map, top, second) => (map === 'Sizes' && top === 'small' && second === 'memory' ? 128 : undefined),
  importValue: (name) => `imported ${name}`,
  stackOutput: ({ stackName, outputName, region, roleArn }) => [stackName, outputName, region, roleArn].join(' '),
};

it.each([
  ['Ref', { Ref: 'Name' }, 'app'],
  ['Ref of a list', { Ref: 'Zones' }, ['x', 'y']],
  ['Fn::GetAtt', { 'Fn::GetAtt': ['Role', 'Arn'] }, "Role's Arn"],
  ['Fn::GetAtt as a text', { 'Fn::GetAtt': 'Db.Endpoint.Address' }, "Db's Endpoint.Address"],
  ['Fn::GetAtt with a name that is referred to', { 'Fn::GetAtt': ['Role', { Ref: 'Name' }] }, "Role's app"],
  ['Fn::Join', { 'Fn::Join': ['-', ['a', { Ref: 'Name' }, 3]] }, 'a-app-3'],
  ['Fn::Join of a list that is referred to', { 'Fn::Join': ['+', { Ref: 'Zones' }] }, 'x+y'],
  ['Fn::Sub', { 'Fn::Sub': `\${Name} in \${AWS::Region}: \${Role.Arn}` }, "app in eu-west-1: Role's Arn"],
  ['Fn::Sub with a literal', { 'Fn::Sub': `\${!Name} is \${Name}` }, `\${Name} is app`],
  ['Fn::Sub as a list', { 'Fn::Sub': [`\${a}/\${Name}`, { a: { 'Fn::Base64': 'hi' } }] }, 'aGk=/app'],
  ['Fn::Select', { 'Fn::Select': ['1', { Ref: 'Zones' }] }, 'y'],
  ['Fn::Split', { 'Fn::Split': ['|', 'a|b|'] }, ['a', 'b', '']],
  ['Fn::Select of a Fn::Split', { 'Fn::Select': [5, { 'Fn::Split': [':', 'a:b:c:d:e:f'] }] }, 'f'],
  ['Fn::If', [{ 'Fn::If': ['Yes', 1, 2] }, { 'Fn::If': ['No', 1, 2] }], [1, 2]],
  ['Fn::FindInMap', { 'Fn::FindInMap': ['Sizes', 'small', 'memory'] }, 128],
  [
    'Fn::FindInMap with a default',
    { 'Fn::FindInMap': ['Sizes', 'big', 'memory', { DefaultValue: { Ref: 'Count' } }] },
    '3',
  ],
  ['Fn::ImportValue', { 'Fn::ImportValue': { 'Fn::Sub': `\${Name}:Arn` } }, 'imported app:Arn'],
  [
    'Fn::GetStackOutput',
    { 'Fn::GetStackOutput': { StackName: 'Other', OutputName: 'O', Region: { Ref: 'AWS::Region' } } },
    'Other O eu-west-1 ',
  ],
  ['Fn::GetAZs', { 'Fn::GetAZs': '' }, ['eu-west-1a', 'eu-west-1b', 'eu-west-1c']],
  ['Fn::GetAZs of another Region', { 'Fn::GetAZs': 'us-east-1' }, ['us-east-1a', 'us-east-1b', 'us-east-1c']],
  ['Fn::Cidr', { 'Fn::Cidr': ['10.1.2.3/16', 3, 8] }, ['10.1.0.0/24', '10.1.1.0/24', '10.1.2.0/24']],
  [
    'Fn::Cidr of half a byte',
    { 'Fn::Cidr': ['192.168.0.0/24', '4', '4'] },
    ['192.168.0.0/28', '192.168.0.16/28', '192.168.0.32/28', '192.168.0.48/28'],
  ],
  [
    'Fn::Cidr of IPv6',
    { 'Fn::Cidr': ['2001:db8:0:ff00::/56', 2, 64] },
    ['2001:db8:0:ff00::/64', '2001:db8:0:ff01::/64'],
  ],
  ['Fn::Length', { 'Fn::Length': { Ref: 'Zones' } }, 2],
  ['Fn::ToJsonString', { 'Fn::ToJsonString': { a: [{ Ref: 'Name' }] } }, '{"a":["app"]}'],
  [
    'nothing where AWS::NoValue is',
    { a: { Ref: 'AWS::NoValue' }, b: [1, { 'Fn::If': ['No', 2, { Ref: 'AWS::NoValue' }] }] },
    { b: [1] },
  ],
  ['what only looks like a function', { Ref: 'Name', other: 1 }, { Ref: 'Name', other: 1 }],
  ['values of every kind', { a: null, b: true, c: 1.5, d: { e: [] } }, { a: null, b: true, c: 1.5, d: { e: [] } }],
] as const)('resolves %s', (_, value, expected) => {
  expect(resolve(value as Json, scope)).toEqual(expected);
});

it.each([
  [{ 'Fn::Transform': { Name: 'AWS::Include' } }, 'Fn::Transform is not understood'],
  [{ 'Fn::Join': ['-'] }, 'Fn::Join lacks its argument 2'],
  [{ 'Fn::Join': ['-', 'text'] }, 'Fn::Join of something that is not a list'],
  [{ 'Fn::Join': ['-', [{ Ref: 'Zones' }]] }, 'Fn::Join of something that is not a text'],
  [{ 'Fn::Split': [',', { Ref: 'AWS::NoValue' }] }, 'Fn::Split of AWS::NoValue'],
  [{ 'Fn::Select': [2, { Ref: 'Zones' }] }, 'Fn::Select: there is no item 2 among 2'],
  [{ 'Fn::FindInMap': ['Sizes', 'big', 'memory'] }, 'Fn::FindInMap: the mapping Sizes has no big, memory'],
  [{ 'Fn::Cidr': ['10.0.0/8', 1, 8] }, '10.0.0/8 is not a block of addresses'],
  [{ 'Fn::Cidr': ['10.0.0.0/24', 2, 8] }, 'has no room for 2 blocks of 8 bits'],
  [{ 'Fn::Cidr': ['10.0.0.0/8', 0, 8] }, 'the number of blocks is 1 to 256'],
] as const)('refuses %j', (value, message) => {
  expect(() => resolve(value as Json, scope)).toThrow(message);
});

describe('conditions', () => {
  it.each([
    [{ 'Fn::Equals': [{ Ref: 'Name' }, 'app'] }, true],
    [{ 'Fn::Equals': [{ Ref: 'Count' }, 3] }, true],
    [{ 'Fn::Equals': [{ Ref: 'Name' }, 'other'] }, false],
    [{ 'Fn::Not': [{ Condition: 'No' }] }, true],
    [{ 'Fn::And': [{ Condition: 'Yes' }, { 'Fn::Equals': ['a', 'a'] }] }, true],
    [{ 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] }, false],
    [{ 'Fn::Or': [{ Condition: 'No' }, { Condition: 'Yes' }] }, true],
    [{ 'Fn::Or': [{ Condition: 'No' }, { Condition: 'Never' }] }, false],
  ] as const)('%j is %s', (condition, expected) => {
    expect(evaluateCondition(condition as Json, scope)).toBe(expected);
  });

  it('are no other functions', () => {
    expect(() => evaluateCondition({ 'Fn::Join': ['', []] }, scope)).toThrow('not a condition: Fn::Join');
  });
});
