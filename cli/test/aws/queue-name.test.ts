import { isSameQueue, parseQueue, regionOf } from '../../aws/queue-name';
import { CliError } from '../../cli-error';

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
