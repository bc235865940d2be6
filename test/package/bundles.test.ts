import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Asset } from '../../src/contract';

/** What each client of the SDK sends with its requests: the one thing of it that no minifier takes away. */
const SERVICES = {
  Kinesis: 'Kinesis_20131202',
  'DynamoDB Streams': 'DynamoDBStreams_20120810',
  'Lambda': '/2015-03-31/functions/',
};

describe('the bundle of a function', () => {
  test.each<[string, (keyof typeof SERVICES)[]]>([
    [Asset.HYDRATE_KINESIS, ['Kinesis']],
    [Asset.HYDRATE_DYNAMO, ['DynamoDB Streams']],
    [Asset.CAPTURE_S3, []],
    [Asset.REDRIVE, ['Lambda']],
  ])('loads no client that it does not call: %s', (asset, services) => {
    const code = readFileSync(join(__dirname, '..', '..', 'assets', asset, 'index.js'), 'utf8');
    expect(Object.entries(SERVICES).flatMap(([service, target]) => (code.includes(target) ? [service] : []))).toEqual(services);
  });
});
