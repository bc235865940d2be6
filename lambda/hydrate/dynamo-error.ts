import { DynamoDBStreamsServiceException } from '@aws-sdk/client-dynamodb-streams';
import { StreamError } from './shard';

/** Access errors that no retry mends. */
const ACCESS_DENIED = new Set(['AccessDeniedException', 'UnrecognizedClientException']);

/**
 * Tells the refusals of DynamoDB Streams apart. Undefined for everything else: to be tried again.
 *
 * The texts of `ResourceNotFoundException` and `ValidationException` are not documented, nor is what a sequence number of another
 * shard gets. Where one is not recognized the milder reading is taken, which goes on to look for what is left.
 */
export function streamErrorOf(error: unknown): StreamError | undefined {
  if (!(error instanceof DynamoDBStreamsServiceException)) return undefined;
  const { name, message } = error;
  if (ACCESS_DENIED.has(name)) return { kind: 'accessDenied', name, message };
  // A record can be trimmed between an iterator of it and its read, that of the trim horizon included.
  if (name === 'TrimmedDataAccessException') return { kind: 'trimmed', name, message, isTransient: true };
  if (name === 'ValidationException') return { kind: 'trimmed', name, message };
  if (name !== 'ResourceNotFoundException') return undefined;
  // A shard leaves its stream when the last of its records does.
  if (speaksOf('shard(id)?', message)) return { kind: 'expired', name, message };
  return { kind: speaksOf('stream', message) ? 'deleted' : 'trimmed', name, message };
}

/** Whether a text has a word of its own. What a table is called, with dashes and dots or in an ARN, is no part of what it says. */
function speaksOf(word: string, text: string): boolean {
  return new RegExp(`(?<!\\w[-.])\\b${word}\\b(?![-.]\\w)`, 'i').test(text.replace(/arn:\S+/g, ''));
}
