import { MessageFilter } from '../../../local/mapping/message-filter';
import { sqsEventRecord } from '../../../local/mapping/sqs-event';

const names = { awsRegion: 'us-east-1', eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:orders' };

function accepts(body: string, ...patterns: object[]): boolean {
  const message = {
    MessageId: 'id', ReceiptHandle: 'handle', Body: body, MD5OfBody: 'md5',
    Attributes: { ApproximateReceiveCount: '1', MessageGroupId: 'blue' },
    MessageAttributes: { tier: { DataType: 'String', StringValue: 'gold' } },
  };
  return new MessageFilter(patterns.map((pattern) => JSON.stringify(pattern))).accepts({ event: sqsEventRecord(message, names) });
}

// The table of https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
test.each<[string, string, object, boolean]>([
  ['text matches a filter on text', 'Result: ok', { body: [{ prefix: 'Result: ' }] }, true],
  ['text that differs does not', 'Error', { body: [{ prefix: 'Result: ' }] }, false],
  ['text does not match a filter on JSON', 'order', { body: { kind: ['order'] } }, false],
  ['text does not match a filter on the absence of a field', 'order', { body: { kind: [{ exists: false }] } }, false],
  ['JSON does not match a filter on text', '{"kind":"order"}', { body: [{ prefix: '{' }] }, false],
  ['JSON matches a filter on JSON', '{"kind":"order","total":7}', { body: { kind: ['order'], total: [{ numeric: ['>', 5] }] } }, true],
  ['JSON that differs does not', '{"kind":"order","total":5}', { body: { kind: ['order'], total: [{ numeric: ['>', 5] }] } }, false],
  ['a JSON list matches when one entry does', '[{"kind":"audit"},{"kind":"order"}]', { body: { kind: ['order'] } }, true],
  ['a body that is a number is text', '42', { body: ['42'] }, true],
  ['a body that is null is text', 'null', { body: { kind: [{ exists: false }] } }, false],
  ['an attribute of the message is filtered, whatever the body is', 'text', { messageAttributes: { tier: { stringValue: ['gold'] } } }, true],
  ['an attribute that differs is not accepted', '{}', { messageAttributes: { tier: { stringValue: ['silver'] } } }, false],
  ['a system attribute is filtered', '{}', { attributes: { MessageGroupId: ['blue'] } }, true],
  ['body and attribute must both match', '{"kind":"order"}', { body: { kind: ['order'] }, attributes: { MessageGroupId: ['red'] } }, false],
])('%s', (_, body, pattern, accepted) => {
  expect(accepts(body, pattern)).toBe(accepted);
});

test('one of several filters is enough', () => {
  const patterns = [{ body: { kind: ['order'] } }, { body: ['ping'] }];
  expect([accepts('{"kind":"order"}', ...patterns), accepts('ping', ...patterns), accepts('pong', ...patterns)]).toEqual([true, true, false]);
});

test('without a filter, everything is accepted', () => {
  expect(accepts('anything')).toBe(true);
});
