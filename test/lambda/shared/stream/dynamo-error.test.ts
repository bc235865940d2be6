import {
  DynamoDBStreamsServiceException, ExpiredIteratorException, InternalServerError, LimitExceededException, ResourceNotFoundException,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import { streamErrorOf } from '../../../../lambda/shared/stream/dynamo-error';
import { TABLE_STREAM_ARN } from '../../../support/dynamo-records';

const options = { message: 'refused', $metadata: {} };
const named = (name: string, $fault: 'client' | 'server' = 'client') => new DynamoDBStreamsServiceException({ ...options, name, $fault });

describe('a permanent error', () => {
  test.each(['AccessDeniedException', 'UnrecognizedClientException'])('denies access: %s', (name) => {
    expect(streamErrorOf(named(name))).toEqual({ kind: 'accessDenied', name, message: 'refused' });
  });
});

describe('a position or a stream that does not exist', () => {
  const shardArn = TABLE_STREAM_ARN.replace('orders', 'shard');

  test.each([
    ['deleted', `Requested resource not found: Stream: ${TABLE_STREAM_ARN} not found`],
    ['deleted', `Requested resource not found: Stream: ${shardArn} not found`],
    ['expired', 'Requested resource not found: Shard does not exist'],
    ['expired', `Requested resource not found: Shard: shardId-00000001795248000000-1a2b3c4d in Stream: ${TABLE_STREAM_ARN} not found`],
    ['expired', 'Invalid ShardId in ShardIterator'],
    ['trimmed', `Requested resource not found: ${TABLE_STREAM_ARN}`],
    ['trimmed', `Requested resource not found: ${shardArn}`],
    ['trimmed', 'Requested resource not found: Table: shard-table not found'],
    ['trimmed', 'Requested resource not found: Table: shard.table not found'],
    ['trimmed', 'Requested resource not found: Table: my-shard not found'],
    ['trimmed', 'Requested resource not found: Table: stream-table not found'],
    ['trimmed', 'Requested resource not found: Table: my.stream not found'],
    ['expired', 'There is no such shard. Stream: shard-table'],
    ['deleted', 'There is no such stream. Table: shard-table'],
    ['trimmed', 'an unknown message'],
    ['trimmed', ''],
  ])('is %s by its message and not by the name of a table: %p', (kind, message) => {
    expect(streamErrorOf(new ResourceNotFoundException({ ...options, message }))).toEqual({ kind, name: 'ResourceNotFoundException', message });
  });

  test('is trimmed when DynamoDB says so, and the error is transient', () => {
    expect(streamErrorOf(new TrimmedDataAccessException(options))).toEqual({
      kind: 'trimmed', name: 'TrimmedDataAccessException', message: 'refused', isTransient: true,
    });
  });

  test('is trimmed when DynamoDB rejects a sequence number, such as one of another shard', () => {
    expect(streamErrorOf(named('ValidationException'))).toEqual({ kind: 'trimmed', name: 'ValidationException', message: 'refused' });
  });
});

describe('any other error', () => {
  test.each([
    new LimitExceededException(options),
    new InternalServerError(options),
    new ExpiredIteratorException(options),
    named('ThrottlingException'),
    named('ServiceUnavailable', 'server'),
    named('ExpiredTokenException'),
    named('SomethingNew'),
  ])('is transient or unknown: $name', (error) => {
    expect(streamErrorOf(error)).toBeUndefined();
  });

  test.each<[string, unknown]>([
    ['an error that is not of DynamoDB', Object.assign(new Error('no'), { name: 'AccessDeniedException' })],
    ['an aborted request', Object.assign(new Error('Request aborted'), { name: 'AbortError' })],
    ['a text', 'AccessDeniedException'],
    ['nothing', undefined],
  ])('is %s', (_, error) => {
    expect(streamErrorOf(error)).toBeUndefined();
  });
});
