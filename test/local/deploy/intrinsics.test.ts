import { Intrinsics, NO_VALUE } from '../../../local/deploy/intrinsics';

function resolve(value: unknown, template: object = {}): unknown {
  const refs: Record<string, unknown> = { 'Queue': 'url', 'AWS::Region': 'us-east-1', 'Count': 3, 'List': ['a', 'b'] };
  const intrinsics = new Intrinsics({ Resources: {}, ...template }, {
    ref: (name) => {
      if (name in refs) return refs[name];
      throw new Error(`Ref ${name}`);
    },
    attribute: (logicalId, attribute) => `<${logicalId}.${attribute}>`,
    importValue: (name) => `<import ${name}>`,
    stackOutput: (stackName, outputName, region = 'here') => `<${outputName} of ${stackName}, ${region}>`,
  });
  return intrinsics.resolve(value);
}

const mappings = { Mappings: { Regions: { 'us-east-1': { size: 'big' } } } };
const extended = { Transform: 'AWS::LanguageExtensions' };
const conditions = {
  Conditions: {
    Yes: { 'Fn::Equals': ['a', 'a'] },
    No: { 'Fn::Not': [{ Condition: 'Yes' }] },
    Both: { 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] },
    Either: { 'Fn::Or': [{ Condition: 'Yes' }, { Condition: 'No' }] },
    Here: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] },
    Loop: { 'Fn::Not': [{ Condition: 'Loop' }] },
  },
};

test.each<[string, unknown, unknown]>([
  ['Ref', { Ref: 'Queue' }, 'url'],
  ['Ref of a list', { Ref: 'List' }, ['a', 'b']],
  ['Fn::GetAtt', { 'Fn::GetAtt': ['Queue', 'Arn'] }, '<Queue.Arn>'],
  ['Fn::GetAtt with one string', { 'Fn::GetAtt': 'Queue.Nested.Arn' }, '<Queue.Nested.Arn>'],
  ['Fn::Sub', { 'Fn::Sub': '${Queue} ${Queue.Arn} ${!Queue} ${AWS::Region}' }, 'url <Queue.Arn> ${Queue} us-east-1'],
  ['Fn::Sub with variables', { 'Fn::Sub': ['${own}/${Queue}', { own: { Ref: 'Count' } }] }, '3/url'],
  ['Fn::Join', { 'Fn::Join': ['-', ['a', { Ref: 'Count' }, { Ref: 'Queue' }]] }, 'a-3-url'],
  ['Fn::Join of a list parameter', { 'Fn::Join': ['', { Ref: 'List' }] }, 'ab'],
  ['Fn::Split', { 'Fn::Split': ['/', 'a/b'] }, ['a', 'b']],
  ['Fn::Select', { 'Fn::Select': ['1', { 'Fn::Split': ['/', 'a/b'] }] }, 'b'],
  ['Fn::Base64', { 'Fn::Base64': 'hi' }, 'aGk='],
  ['Fn::FindInMap', { 'Fn::FindInMap': ['Regions', { Ref: 'AWS::Region' }, 'size'] }, 'big'],
  ['Fn::ImportValue', { 'Fn::ImportValue': { 'Fn::Sub': 'other:${Queue}' } }, '<import other:url>'],
  ['Fn::GetStackOutput', { 'Fn::GetStackOutput': { StackName: 'One', OutputName: 'Name' } }, '<Name of One, here>'],
  ['Fn::GetStackOutput with names of other functions',
    { 'Fn::GetStackOutput': { StackName: { Ref: 'Queue' }, OutputName: { 'Fn::Sub': '${Queue}' }, Region: { Ref: 'AWS::Region' } } },
    '<url of url, us-east-1>'],
  ['Fn::Length', { 'Fn::Length': { Ref: 'List' } }, 2],
  ['Fn::ToJsonString', { 'Fn::ToJsonString': { a: [{ Ref: 'Queue' }, { Ref: 'AWS::NoValue' }] } }, '{"a":["url"]}'],
  ['the default of Fn::FindInMap', { 'Fn::FindInMap': ['Regions', 'mars', 'size', { DefaultValue: { Ref: 'Queue' } }] }, 'url'],
  ['Fn::FindInMap with a default that is not needed', { 'Fn::FindInMap': ['Regions', 'us-east-1', 'size', { DefaultValue: 'small' }] }, 'big'],
  ['Fn::If, true', { 'Fn::If': ['Yes', 'then', { Ref: 'never resolved' }] }, 'then'],
  ['Fn::If, false', { 'Fn::If': ['No', { Ref: 'never resolved' }, 'else'] }, 'else'],
  ['Fn::And', { 'Fn::If': ['Both', 1, 0] }, 0],
  ['Fn::Or', { 'Fn::If': ['Either', 1, 0] }, 1],
  ['Fn::Equals with a pseudo parameter', { 'Fn::If': ['Here', 1, 0] }, 1],
  ['an object with a Condition of a policy', { Condition: { Bool: { a: 'b' } } }, { Condition: { Bool: { a: 'b' } } }],
  ['empty values', { a: '', b: 0, c: [], d: {}, e: false }, { a: '', b: 0, c: [], d: {}, e: false }],
])('resolves %s', (_, value, expected) => {
  expect(resolve({ deep: [value] }, { ...mappings, ...conditions, ...extended })).toEqual({ deep: [expected] });
});

test('AWS::NoValue leaves out the property or the element that holds it', () => {
  const none = { Ref: 'AWS::NoValue' };
  expect(resolve({ a: none, b: [1, none, 2], c: { 'Fn::If': ['No', 1, none] } }, conditions)).toEqual({ b: [1, 2] });
  expect(resolve(none)).toBe(NO_VALUE);
});

test.each<[string, unknown, string]>([
  ['an unknown function', { 'Fn::Transform': {} }, 'intrinsic function Fn::Transform is not emulated'],
  ['an unknown name in Fn::Sub', { 'Fn::Sub': '${Nothing}' }, 'Ref Nothing'],
  ['an unknown condition', { 'Fn::If': ['Maybe', 1, 2] }, 'condition Maybe is not in the template\'s Conditions'],
  ['a condition that depends on itself', { 'Fn::If': ['Loop', 1, 2] }, 'condition Loop depends on itself'],
  ['a map entry that is not there', { 'Fn::FindInMap': ['Regions', 'mars', 'size'] },
    'Fn::FindInMap finds nothing in Mappings under Regions.mars.size'],
  ['an index outside the list', { 'Fn::Select': [2, ['a', 'b']] }, 'Fn::Select index 2 is outside the list, which holds 2: ["a","b"]'],
  ['an empty delimiter', { 'Fn::Split': ['', 'ab'] }, 'Fn::Split needs a delimiter, got an empty string'],
  ['a list where a string belongs', { 'Fn::Join': ['', [['a']]] }, 'Fn::Join needs a string, got: ["a"]'],
  ['too few arguments', { 'Fn::If': ['Yes', 1] }, 'Fn::If takes a list of 3, got: ["Yes",1]'],
  ['a function of the language extensions without their transform', { 'Fn::Length': ['a'] },
    'Fn::Length needs the template\'s Transform to be AWS::LanguageExtensions'],
  ['a default in Fn::FindInMap without the transform', { 'Fn::FindInMap': ['Regions', 'mars', 'size', { DefaultValue: 1 }] },
    'Fn::FindInMap with a DefaultValue needs the template\'s Transform to be AWS::LanguageExtensions'],
  ['an incomplete Fn::GetStackOutput', { 'Fn::GetStackOutput': { StackName: 'One' } },
    'Fn::GetStackOutput takes StackName and OutputName, and may have Region and RoleArn, got: {"StackName":"One"}'],
  ['a Fn::GetStackOutput of another account', { 'Fn::GetStackOutput': { StackName: 'One', OutputName: 'Name', RoleArn: 'arn' } },
    'Fn::GetStackOutput with RoleArn is not emulated: local/ is one account'],
  ['a Fn::GetAtt without attribute', { 'Fn::GetAtt': 'Queue' }, 'Fn::GetAtt takes [logical id, attribute], got: "Queue"'],
])('fails on %s', (_, value, message) => {
  expect(() => resolve(value, { ...mappings, ...conditions })).toThrow(new Error(message));
});
