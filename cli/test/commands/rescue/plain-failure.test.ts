import { deadLetterId } from '../../../../lambda/shared/dead-letter/dead-letter-id';
import { UndeliverableError } from '../../../../lambda/shared/dead-letter/undeliverable-error';
import { dynamoFailureRecord } from '../../../../test/support/dynamo-records';
import { failureRecord, STREAM_ARN } from '../../../../test/support/records';
import { plainFailure } from '../../../commands/rescue/plain-failure';
import { deadLetterOf, eventRecords } from '../../support/operation';

const PIPE = 'arn:aws:pipes:us-east-1:123456789012:pipe/orders';

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof UndeliverableError) return error.message;
    throw error;
  }
  throw new Error('an error was expected, got: none');
}

describe('a failure record', () => {
  const record = failureRecord();

  it.each([
    ['of a Kinesis stream', failureRecord()],
    ['of a table', dynamoFailureRecord()],
    ['of a consumer with enhanced fan-out', failureRecord({ streamArn: `${STREAM_ARN}/consumer/orders:1700000000` })],
  ])('is read as Lambda writes it: %s', (_, failure) => {
    expect(plainFailure(JSON.stringify(failure, null, 2))).toEqual({ deadLetterId: deadLetterId(failure), failure, hasPayload: false });
  });

  it('is read from a notification of SNS', () => {
    const notification = { Type: 'Notification', TopicArn: 'arn:aws:sns:us-east-1:123456789012:failures', Message: JSON.stringify(record) };
    expect(plainFailure(JSON.stringify(notification)).failure).toEqual(record);
  });

  it.each<[string, object]>([
    ['the event of a hydrate function', { Records: [{ EventSource: 'aws:sns', Sns: { Message: JSON.stringify(record) } }] }],
    ["Lambda's record of an event that a hydrate function did not get through", {
      version: '1.0', requestContext: { functionArn: 'arn', condition: 'RetriesExhausted' },
      requestPayload: { Records: [{ Sns: { Message: JSON.stringify(record) } }] }, responsePayload: { errorType: 'Error' },
    }],
  ])('is read from an undeliverable queue, from %s', (_, body) => {
    expect(plainFailure(JSON.stringify(body)).failure).toEqual(record);
  });

  it('has its records where Lambda wrote it to S3', () => {
    const written = { ...record, payload: JSON.stringify({ Records: eventRecords() }) };
    expect(plainFailure(JSON.stringify(written))).toMatchObject({ failure: written, hasPayload: true });
  });

  it('of an EventBridge pipe has the pipe in place of the function, and keeps its own fields', () => {
    const { requestContext: _, responseContext: __, ...rest } = record;
    const context = { partnerResourceArn: PIPE, condition: 'RetryAttemptsExhausted' };
    const { failure } = plainFailure(JSON.stringify({ ...rest, context }));
    expect(failure).toEqual({ ...rest, context, requestContext: { ...context, functionArn: PIPE } });
  });

  it.each<[string, unknown, string]>([
    ['text', undefined, 'must be a JSON object'],
    ['another message', { order: 1 }, 'requestContext must be a JSON object'],
    ['a failure of another source', { requestContext: { functionArn: 'arn' }, KafkaBatchInfo: {} }, 'KinesisBatchInfo or DDBStreamBatchInfo must be'],
    ['a dead letter', deadLetterOf(), 'it is a dead letter already'],
    ['the final call of a tumbling window', { ...record, KinesisBatchInfo: { shardId: 'shardId-000000000000', streamArn: STREAM_ARN }, timeWindowInfo: {} }, 'startSequenceNumber must be set'],
    ['an event of several notifications', { Records: [1, 2].map(() => ({ Sns: { Message: JSON.stringify(record) } })) }, 'requestContext must be'],
    ['an event of something else', { Records: [{ Sns: { Message: 'hello' } }] }, 'must be a JSON object'],
    ['a list', [record], 'must be a JSON object'],
    ['a notification of something else', { Type: 'Notification', TopicArn: 'arn', Message: 'hello' }, 'must be a JSON object'],
  ])('is not found in %s', (_, value, rule) => {
    expect(messageOf(() => plainFailure(value === undefined ? 'hello' : JSON.stringify(value)))).toContain(rule);
  });
});
