import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { awsEndpointFunctions } from '@aws-sdk/core/client';
import { BinaryDecisionDiagram, customEndpointFunctions, decideEndpoint } from '@smithy/core/endpoints';
import { array, property, assert, boolean, constantFrom, jsonValue, option, record, stringMatching } from 'fast-check';
import { partitionsIn, prunedRules, rulesIn, sharedCode, shortPartitionsOf } from '../../projenrc/endpoint-rules';
import { propertyRuns } from '../support/property-runs';

customEndpointFunctions.aws = awsEndpointFunctions;

const rulesOf = (client: string) =>
  rulesIn(readFileSync(join(dirname(require.resolve(`@aws-sdk/${client}/package.json`)), 'dist-es', 'endpoint', 'bdd.js'), 'utf8'));

function decided({ nodes, root, conditions, results }: ReturnType<typeof rulesIn>, parameters: object): unknown {
  try {
    const rules = BinaryDecisionDiagram.from(nodes, root, conditions as never, results as never);
    const { url, properties, headers } = decideEndpoint(rules, { endpointParams: { ...parameters } as never });
    return { url: String(url), properties, headers };
  } catch (error) {
    return (error as Error).message;
  }
}

const common = {
  Region: constantFrom('us-east-1', 'eu-west-1', 'cn-north-1', 'us-gov-west-1', 'us-iso-east-1', 'us-isob-east-1', 'aws-global', 'us_east', undefined),
  UseFIPS: boolean(),
  UseDualStack: boolean(),
  Endpoint: option(constantFrom('http://127.0.0.1:4566', 'https://vpce-1.s3.us-east-1.vpce.amazonaws.com', 'https://example.com/path'), { nil: undefined }),
};

const parameters = {
  'client-s3': record({
    ...common,
    Bucket: constantFrom('orders', 'with.dots', 'Upper', 'a', 'alias-s3alias', '192.168.1.1'),
    Key: constantFrom('dead-letters/1.json'),
    ForcePathStyle: boolean(),
    Accelerate: constantFrom(false),
    UseGlobalEndpoint: boolean(),
    DisableMultiRegionAccessPoints: constantFrom(false),
  }),
  'client-kinesis': record({
    ...common,
    StreamARN: option(constantFrom(
      'arn:aws:kinesis:eu-west-1:123456789012:stream/orders', 'arn:aws-cn:kinesis:cn-north-1:123456789012:stream/orders', 'arn:aws:sqs:eu-west-1:123456789012:orders',
      'arn:aws:kinesis:eu-west-1:123456789012:consumer/orders', 'nonsense',
    ), { nil: undefined }),
    OperationType: constantFrom('data'),
    AccountId: option(constantFrom('123456789012'), { nil: undefined }),
    AccountIdEndpointMode: constantFrom('preferred', 'disabled', 'required'),
  }),
};

describe.each(['client-s3', 'client-kinesis'] as const)('the endpoint rules of %s in the bundles', (client) => {
  const all = rulesOf(client);
  const pruned = prunedRules(all);

  test('decide as all rules do, for all that a function asks', () => {
    assert(property(parameters[client], (given) => {
      expect(decided(pruned, given)).toEqual(decided(all, given));
    }), propertyRuns(200));
  });

  test('are less than two thirds', () => {
    expect(pruned.results.length).toBeLessThan((all.results.length * 2) / 3);
    expect(pruned.nodes.length).toBeLessThan((all.nodes.length * 2) / 3);
  });
});

test('an unknown form of the rules fails', () => {
  expect(() => rulesIn('export const bdd = 1;')).toThrow();
});

test('equal parts of rules are one constant, and the values are the same', () => {
  // As a key of an object literal, `__proto__` is no key. No rule has it.
  const values = array(jsonValue().filter((value) => !JSON.stringify(value).includes('__proto__')));
  assert(property(array(values), (lists) => {
    const { constants, lists: code } = sharedCode(lists);
    expect(new Function(`${constants}; return [${code.join()}];`)()).toEqual(JSON.parse(JSON.stringify(lists)));
  }), propertyRuns(1_000));
  const { constants, lists: [code] } = sharedCode([[{ ref: 'Region' }, { ref: 'Region' }]]);
  expect([constants, code]).toEqual(['const part0 = {"ref":"Region"};', '[part0,part0]']);
});

describe('the partitions in the bundles', () => {
  const { partitions } = partitionsIn(readFileSync(
    join(dirname(require.resolve('@aws-sdk/core/package.json')), 'dist-es', 'submodules', 'client', 'util-endpoints', 'lib', 'aws', 'partitions.js'), 'utf8',
  ));
  const short = shortPartitionsOf(partitions);

  /** As the SDK finds it: by the name of the Region, else by the first expression that matches. */
  const partitionOf = (all: typeof partitions, region: string) =>
    all.find(({ regions }) => Object.hasOwn(regions, region)) ?? all.find(({ regionRegex }) => new RegExp(regionRegex).test(region));

  test('are found as in the SDK, by each of its Regions and by others', () => {
    const known = partitions.flatMap(({ regions }) => Object.keys(regions));
    expect(known.length).toBeGreaterThan(30);
    for (const region of known) expect([region, partitionOf(short, region)?.outputs]).toEqual([region, partitionOf(partitions, region)?.outputs]);
    assert(property(stringMatching(/^(us|eu|cn|mx|us-gov|us-iso[a-z]?|eusc-de|eu-isoe)-[a-z]{3,9}-\d$/), (region) => {
      expect(partitionOf(short, region)?.outputs).toEqual(partitionOf(partitions, region)?.outputs);
    }), propertyRuns(200));
  });

  test('name only Regions that no expression finds', () => {
    expect(short.flatMap(({ regions }) => Object.keys(regions)).length).toBeLessThan(12);
  });
});
