import { emptyAnswer, error, ofStart } from './fault';

const text = (name: string) => `${name} (injected)`;

export const throttled = error('ProvisionedThroughputExceededException', 'Rate exceeded for shard shardId-000000000000 in stream orders');
export const keyThrottled = error('KMSThrottlingException', text('The request was denied due to request throttling'));
export const expiredIterator = error(
  'ExpiredIteratorException',
  'Iterator expired. The iterator was created at time … while right now it is … which is further in the future than the tolerated delay of 300000 milliseconds.',
);

/** Refusals for good. */
export const accessDenied = error('AccessDeniedException', text('User is not authorized to perform: kinesis:GetRecords'));
export const keyDisabled = error('KMSDisabledException', text('The key is disabled'));
export const keyGone = error('KMSNotFoundException', text('Invalid keyId'));
export const streamGone = error('ResourceNotFoundException', 'Stream orders under account 123456789012 not found.', 400, 'stream gone');
export const streamRecreated = error(
  'InvalidArgumentException',
  'StartingSequenceNumber 49 used in GetShardIterator on shard shardId-000000000000 in stream orders under account 123456789012 is invalid because it did not come from this stream.',
  400,
  'stream re-created',
);

/** Refusals of a start that leave the rest of the shard to be read. They are about a first record: no other start meets them. */
export const refusedStart = ofStart(
  error(
    'InvalidArgumentException',
    'StartingSequenceNumber 49 used in GetShardIterator on shard shardId-000000000000 in stream orders under account 123456789012 is invalid.',
    400,
    'refused start',
  ),
);
export const wrongShard = ofStart(
  error(
    'InvalidArgumentException',
    'Invalid StartingSequenceNumber. It encodes shardId-000000000001, while it was used in a call to a shard with shardId-000000000000',
    400,
    'wrong shard',
  ),
);

/** Errors that give a dead letter the status UNREADABLE, and no others do. */
export const READ_DENIALS = new Set([accessDenied, keyDisabled, keyGone, streamGone, streamRecreated].map(({ name }) => name));

/** Nothing, though there is something: the same iterator goes on. */
export const emptyPage = emptyAnswer({ MillisBehindLatest: 1_000 });
