import { DynamoDBStreamsServiceException } from '@aws-sdk/client-dynamodb-streams';
import { StreamError } from './shard';

/** Access errors that no retry fixes. */
const ACCESS_DENIED = new Set(['AccessDeniedException', 'UnrecognizedClientException']);

/**
 * Classifies errors of DynamoDB Streams. Undefined for errors to retry.
 *
 * AWS does not document the messages of `ResourceNotFoundException` and `ValidationException`, nor the error for a sequence number of another
 * shard. An unknown message counts as `trimmed`, so that the read continues with the records that remain.
 */
export function streamErrorOf(error: unknown): StreamError | undefined {
  if (!(error instanceof DynamoDBStreamsServiceException)) return undefined;
  const { name, message } = error;
  if (ACCESS_DENIED.has(name)) return { kind: 'accessDenied', name, message };
  // Even the oldest record can be trimmed between GetShardIterator and GetRecords.
  if (name === 'TrimmedDataAccessException') return { kind: 'trimmed', name, message, isTransient: true };
  if (name === 'ValidationException') return { kind: 'trimmed', name, message };
  if (name !== 'ResourceNotFoundException') return undefined;
  // A shard expires with its last record.
  if (mentions('shard(id)?', message)) return { kind: 'expired', name, message };
  return { kind: mentions('stream', message) ? 'deleted' : 'trimmed', name, message };
}

/** Whether a message contains a word, outside of ARNs and of names with dashes or dots. */
function mentions(word: string, text: string): boolean {
  return new RegExp(`(?<!\\w[-.])\\b${word}\\b(?![-.]\\w)`, 'i').test(text.replace(/arn:\S+/g, ''));
}
