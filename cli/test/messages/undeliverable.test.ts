import fc from 'fast-check';
import { notificationText } from '../../../test/support/records';
import { undeliverable } from '../../messages/undeliverable';

const S3_EVENT = { 'detail-type': 'Object Created', detail: { bucket: { name: 'bucket' }, object: { key: 'aws/lambda/1' } } };
const attributes = (values: Record<string, string>) =>
  Object.fromEntries(Object.entries(values).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]));

function of(body: unknown, values: Record<string, string> = {}) {
  return undeliverable({ Body: typeof body === 'string' ? body : JSON.stringify(body), MessageAttributes: attributes(values) });
}

describe('an undeliverable', () => {
  test.each([
    ['the hydrate function', notificationText('{"not":"one"}'), { reason: 'not a failure record' }, {
      origin: 'hydrate function', reason: 'not a failure record', subject: '{"not":"one"}',
    }],
    ['Lambda, that gave up on the capture function, with an error', {
      requestContext: { condition: 'RetriesExhausted' }, requestPayload: S3_EVENT, responsePayload: { errorType: 'Throttled', errorMessage: 'too fast' },
    }, {}, { origin: 'Lambda', reason: 'RetriesExhausted: Throttled: too fast', subject: 's3://bucket/aws/lambda/1' }],
    ['Lambda, that gave up on the capture function', { requestPayload: S3_EVENT, responsePayload: null }, {}, {
      origin: 'Lambda', reason: 'no reason given', subject: 's3://bucket/aws/lambda/1',
    }],
    ['SNS', { Type: 'Notification', Message: 'failed' }, {}, { origin: 'SNS', reason: 'the intake queue could not be reached', subject: 'failed' }],
    ['the capture function', S3_EVENT, { reason: 'not a failure record' }, {
      origin: 'capture function', reason: 'not a failure record', subject: 's3://bucket/aws/lambda/1',
    }],
    ['EventBridge', S3_EVENT, { ERROR_CODE: 'NO_PERMISSIONS', ERROR_MESSAGE: 'not allowed', RULE_ARN: 'arn' }, {
      origin: 'EventBridge', reason: 'the capture function could not be invoked: NO_PERMISSIONS: not allowed', subject: 's3://bucket/aws/lambda/1',
    }],
    ['EventBridge, without a message', S3_EVENT, { ERROR_CODE: 'SDK_CLIENT_ERROR' }, {
      origin: 'EventBridge', reason: 'the capture function could not be invoked: SDK_CLIENT_ERROR', subject: 's3://bucket/aws/lambda/1',
    }],
    ['the capture function, of an event without an object', { detail: {} }, {}, { origin: 'capture function', reason: 'no reason given' }],
    ['somebody else', 'text', {}, { origin: 'unknown', reason: 'not an undeliverable that this tool knows' }],
    ['somebody else, in JSON', 'null', { reason: 'said so' }, { origin: 'unknown', reason: 'said so' }],
  ])('is known to come from %s', (_who, body, values: Record<string, string>, expected) => expect(of(body, values)).toEqual(expected));

  test('is known to come from SQS by the queue that it was moved from', () => {
    const Attributes = { DeadLetterQueueSourceArn: 'arn:aws:sqs:us-east-1:123456789012:intake' };
    expect(undeliverable({ Body: notificationText('failed'), Attributes })).toEqual({
      origin: 'SQS', reason: 'the hydrate function failed, timed out, was throttled or had no time left each time', subject: 'failed',
    });
  });

  test('never makes it throw, whatever it is', () => {
    const part = fc.jsonValue({ maxDepth: 2 });
    const body = fc.dictionary(fc.constantFrom('Records', 'requestPayload', 'responsePayload', 'requestContext', 'Type', 'Message', 'detail'), part);
    fc.assert(fc.property(fc.oneof(part, body), (it) => expect(typeof of(it).reason).toBe('string')));
  });
});
