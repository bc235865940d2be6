import type { FailureRecord } from '../../../local/mapping/failure-record';
import { objectBody, payloadText } from '../../../local/mapping/s3-object';

const failure: FailureRecord = {
  requestContext: { requestId: 'id', functionArn: 'arn', condition: 'RetryAttemptsExhausted', approximateInvokeCount: 1 },
  responseContext: { statusCode: 200, executedVersion: '1', functionError: 'Unhandled' },
  version: '1.0',
  timestamp: '2026-09-17T13:29:12.967Z',
  DDBStreamBatchInfo: {
    shardId: 'shard', startSequenceNumber: '1', endSequenceNumber: '2', approximateArrivalOfFirstRecord: '', approximateArrivalOfLastRecord: '',
    batchSize: 2, streamArn: 'arn',
  },
};

// github.com/radkawar/stackd at 9dc356f, testdata/aws/lambda/dynamodb_source.json, supplemental_runs[0].
describe('the object of a failure record, as AWS was recorded to write it', () => {
  it('has the payload as a string, between version and timestamp', () => {
    const body = JSON.parse(objectBody(failure, payloadText({ Records: [] }))) as Record<string, unknown>;
    expect(Object.keys(body)).toEqual(['requestContext', 'responseContext', 'version', 'payload', 'timestamp', 'DDBStreamBatchInfo']);
    expect(body.payload).toBe('{"Records":[]}');
  });

  it('has no answer where the failure record has none', () => {
    const { responseContext: _, ...aged } = failure;
    expect(Object.keys(JSON.parse(objectBody(aged, '')) as object)).toEqual(['requestContext', 'version', 'payload', 'timestamp', 'DDBStreamBatchInfo']);
  });

  it.each([
    [1789651658, '1.789651658E9'],
    [1789651660, '1.78965166E9'],
    [1789809023.187, '1.789809023187E9'],
    [2_000_000_000, '2.0E9'],
    [0, '0'],
  ])('writes the time %d as %s, which reads the same', (seconds, text) => {
    const event = { Records: [{ dynamodb: { ApproximateCreationDateTime: seconds } }] };
    const payload = payloadText(event);
    expect(payload).toBe(`{"Records":[{"dynamodb":{"ApproximateCreationDateTime":${text}}}]}`);
    expect(JSON.parse(payload)).toEqual(event);
  });

  it('leaves the data of a record alone, whatever it looks like', () => {
    const event = { Records: [{ dynamodb: { NewImage: { text: { S: '{"ApproximateCreationDateTime":1789651658}' } } } }] };
    expect(JSON.parse(payloadText(event))).toEqual(event);
    expect(payloadText(event)).toBe(JSON.stringify(event));
  });
});
