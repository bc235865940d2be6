import { isSameQueue, parseQueue, regionOf } from '../../aws/queue-name';
import { CliError } from '../../cli-error';

const atHost = (host: string, region: string | undefined) => {
  const url = `https://${host}/123456789012/Dlq`;
  return [host, url, { name: 'Dlq', accountId: '123456789012', region, url }] as const;
};

const URL = 'https://sqs.eu-west-1.amazonaws.com/123456789012/Dlq';

describe('a queue is named by', () => {
  test.each([
    ['its name', 'Dlq', { name: 'Dlq' }],
    ['its name, of a FIFO queue', 'Dlq.fifo', { name: 'Dlq.fifo' }],
    ['its ARN', 'arn:aws-cn:sqs:cn-north-1:123456789012:Dlq', { name: 'Dlq', accountId: '123456789012', region: 'cn-north-1' }],
    ['its URL', URL, { name: 'Dlq', accountId: '123456789012', region: 'eu-west-1', url: URL }],
    ['its URL of old', 'https://eu-west-1.queue.amazonaws.com/123456789012/Dlq',
      { name: 'Dlq', accountId: '123456789012', region: 'eu-west-1', url: 'https://eu-west-1.queue.amazonaws.com/123456789012/Dlq' }],
    ['a URL in GovCloud', 'https://sqs.us-gov-west-1.amazonaws.com/123456789012/Dlq',
      { name: 'Dlq', accountId: '123456789012', region: 'us-gov-west-1', url: 'https://sqs.us-gov-west-1.amazonaws.com/123456789012/Dlq' }],
    ['a URL on this machine', 'http://localhost:4566/000000000000/Dlq',
      { name: 'Dlq', accountId: '000000000000', region: undefined, url: 'http://localhost:4566/000000000000/Dlq' }],
  ])('%s', (_, queue, expected) => {
    expect(parseQueue(queue)).toEqual(expected);
  });

  test.each([
    atHost('sqs.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1'),
    atHost('sqs.cn-north-1.amazonaws.com.cn', 'cn-north-1'),
    atHost('cn-northwest-1.queue.amazonaws.com.cn', 'cn-northwest-1'),
    atHost('sqs.us-iso-east-1.c2s.ic.gov', 'us-iso-east-1'),
    atHost('sqs.us-isob-east-1.sc2s.sgov.gov', 'us-isob-east-1'),
    atHost('sqs.eu-isoe-west-1.cloud.adc-e.uk', 'eu-isoe-west-1'),
    atHost('sqs.us-isof-south-1.csp.hci.ic.gov', 'us-isof-south-1'),
    atHost('sqs-fips.us-east-2.amazonaws.com', 'us-east-2'),
    atHost('sqs.eu-west-1.api.aws', 'eu-west-1'),
    atHost('sqs-fips.us-west-2.api.aws', 'us-west-2'),
    atHost('sqs.cn-north-1.api.amazonwebservices.com.cn', 'cn-north-1'),
    atHost('vpce-0a1b2c3d4e5f-xyz.sqs.eu-west-1.vpce.amazonaws.com', 'eu-west-1'),
    atHost('vpce-0a1b2c3d4e5f-xyz-eu-west-1a.sqs.eu-west-1.vpce.amazonaws.com', 'eu-west-1'),
    atHost('vpce-0a1b2c3d4e5f-xyz.sqs.cn-north-1.vpce.amazonaws.com.cn', 'cn-north-1'),
    atHost('sqs.ap-southeast-99.amazonaws.com', 'ap-southeast-99'),
    atHost('queue.amazonaws.com', 'us-east-1'),
    atHost('sqs.us-east-1.localhost.localstack.cloud', 'us-east-1'),
    atHost('queues.example.com', undefined),
    atHost('127.0.0.1:4566', undefined),
  ])('a URL whose host is %s', (_, queue, expected) => {
    expect(parseQueue(queue)).toEqual(expected);
    expect(regionOf({ queue })).toBe(expected.region);
  });

  test.each([
    ['arn:aws:sns:eu-west-1:123456789012:Topic', '--queue must be a queue: a URL, an ARN as in arn:aws:sqs:REGION:ACCOUNT:NAME, or a name, got '],
    ['arn:aws:sqs:eu-west-1:123456789012:Dlq:more', '--queue must be a queue: a URL, an ARN as in arn:aws:sqs:REGION:ACCOUNT:NAME, or a name, got '],
    ['https://example.com/Dlq', '--queue must be a queue: a URL as in https://sqs.REGION.amazonaws.com/ACCOUNT/NAME, an ARN or a name, got '],
    ['http://', '--queue must be a queue: a URL, an ARN or a name, got '],
    ['a queue', '--queue must be a queue: a URL, an ARN or a name, got '],
    ['', '--queue must be a queue: a URL, an ARN or a name, got '],
  ])('nothing else: %j', (queue, message) => {
    expect(() => parseQueue(queue)).toThrow(new CliError(message + queue));
  });
});

test('a queue is the same under every host', () => {
  expect(isSameQueue(URL, 'https://queue.amazonaws.com/123456789012/Dlq')).toBe(true);
  expect(isSameQueue(URL, 'https://sqs.eu-west-1.amazonaws.com/123456789012/Dlq2')).toBe(false);
  expect(isSameQueue(URL, '')).toBe(false);
});

test.each([
  [{ queue: URL }, 'eu-west-1'],
  [{ queue: 'Dlq' }, undefined],
  [{ stack: 'arn:aws:cloudformation:eu-central-1:123456789012:stack/Orders/1f' }, 'eu-central-1'],
  [{ stack: 'Orders' }, undefined],
  [{}, undefined],
])('the region of %j is %s', (given, region) => {
  expect(regionOf(given)).toBe(region);
});
