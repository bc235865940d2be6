import { shortName } from '../../output/text';

describe('a short name', () => {
  test.each([
    ['https://sqs.us-east-1.amazonaws.com/123456789012/Orders', 'Orders'],
    ['http://localhost:4566/123456789012/Orders.fifo', 'Orders.fifo'],
    ['arn:aws:lambda:us-east-1:123456789012:function:orders', 'orders'],
    ['arn:aws-cn:lambda:cn-north-1:123456789012:function:orders:live', 'orders:live'],
    ['arn:aws:kinesis:us-east-1:123456789012:stream/orders', 'stream/orders'],
    ['arn:aws:dynamodb:us-east-1:123456789012:table/Orders/stream/2026-11-21T00:00:00.000', 'table/Orders/stream/2026-11-21T00:00:00.000'],
    ['orders:previous', 'orders:previous'],
    ['./letters.jsonl.gz', './letters.jsonl.gz'],
    ['https://', 'https://'],
    ['arn:aws', 'arn:aws'],
  ])('of %s is %s', (name, expected) => expect(shortName(name)).toBe(expected));
});
