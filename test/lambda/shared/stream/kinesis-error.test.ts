import {
  AccessDeniedException, ExpiredIteratorException, InternalFailureException, InvalidArgumentException, KinesisServiceException,
  KMSAccessDeniedException, KMSDisabledException, KMSInvalidStateException, KMSNotFoundException, KMSOptInRequired,
  KMSThrottlingException, LimitExceededException, ProvisionedThroughputExceededException, ResourceNotFoundException, ValidationException,
} from '@aws-sdk/client-kinesis';
import { streamErrorOf } from '../../../../lambda/shared/stream/kinesis-error';

const options = { message: 'refused', $metadata: {} };
const named = (name: string, $fault: 'client' | 'server' = 'client') => new KinesisServiceException({ ...options, name, $fault });

describe('a permanent error', () => {
  test.each([
    new AccessDeniedException(options),
    new KMSAccessDeniedException(options),
    new KMSDisabledException(options),
    new KMSInvalidStateException(options),
    new KMSNotFoundException(options),
    new KMSOptInRequired(options),
    named('UnrecognizedClientException'),
  ])('denies access: $name', (error) => {
    expect(streamErrorOf(error)).toEqual({ kind: 'accessDenied', name: error.name, message: 'refused' });
  });

  test.each([
    'Stream orders under account 123456789012 not found.',
    'Requested stream orders does not exist',
    'stream arn:aws:kinesis:us-east-1:123456789012:stream/orders not found',
  ])('is a stream that is deleted: %s', (message) => {
    expect(streamErrorOf(new ResourceNotFoundException({ ...options, message }))).toEqual({
      kind: 'deleted',
      name: 'ResourceNotFoundException',
      message,
    });
  });

  test('is named StreamRecreated when the stream was recreated with the same name', () => {
    const message =
      'StartingSequenceNumber 49646986683135544286507457936321625675700192471156785154 used in GetShardIterator on shard ' +
      'shardId-000000000000 in stream orders under account 123456789012 is invalid because it did not come from this stream.';
    expect(streamErrorOf(new InvalidArgumentException({ ...options, message }))).toEqual({ kind: 'deleted', name: 'StreamRecreated', message });
  });
});

describe('a start that does not exist', () => {
  test('of another shard is named WrongShard', () => {
    const message =
      'Invalid StartingSequenceNumber. It encodes shardId-000000000001, while it was used in a call to a shard with shardId-000000000000';
    expect(streamErrorOf(new InvalidArgumentException({ ...options, message }))).toEqual({ kind: 'trimmed', name: 'WrongShard', message });
  });

  test.each([
    ['expired', 'Shard shardId-000000000000 in stream orders under account 123456789012 does not exist'],
    ['expired', 'Could not find shard shardId-000000000000 in stream orders under account 123456789012.'],
    ['trimmed', 'The sequence number is not in the upstream'],
  ])('is %s when the stream itself exists: %s', (kind, message) => {
    expect(streamErrorOf(new ResourceNotFoundException({ ...options, message }))).toEqual({
      kind,
      name: 'ResourceNotFoundException',
      message,
    });
  });

  test.each(['', 'StartingSequenceNumber is older than the trim horizon', 'an unknown message'])(
    'is trimmed when the message of an invalid argument says nothing else: %p',
    (message) => {
      expect(streamErrorOf(new InvalidArgumentException({ ...options, message }))).toMatchObject({
        kind: 'trimmed',
        name: 'InvalidArgumentException',
      });
    },
  );
});

describe('any other error', () => {
  test.each([
    new ProvisionedThroughputExceededException(options),
    new LimitExceededException(options),
    new KMSThrottlingException(options),
    new InternalFailureException(options),
    new ExpiredIteratorException(options),
    new ValidationException(options),
    named('ServiceUnavailable', 'server'),
    named('ExpiredTokenException'),
    named('SomethingNew'),
  ])('is transient or unknown: $name', (error) => {
    expect(streamErrorOf(error)).toBeUndefined();
  });

  test.each<[string, unknown]>([
    ['an error that is not of Kinesis', Object.assign(new Error('no'), { name: 'AccessDeniedException' })],
    ['an aborted request', Object.assign(new Error('Request aborted'), { name: 'AbortError' })],
    ['a text', 'AccessDeniedException'],
    ['nothing', undefined],
  ])('is %s', (_, error) => {
    expect(streamErrorOf(error)).toBeUndefined();
  });
});
