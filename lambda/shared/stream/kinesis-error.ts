import { KinesisServiceException } from '@aws-sdk/client-kinesis';
import { StreamError } from './shard';

/** Key and access errors that no retry fixes. Throttling of the key is not one of them. */
const ACCESS_DENIED = new Set([
  'AccessDeniedException',
  'KMSAccessDeniedException',
  'KMSDisabledException',
  'KMSInvalidStateException',
  'KMSNotFoundException',
  'KMSOptInRequired',
  'UnrecognizedClientException',
]);

/**
 * Classifies errors of Kinesis. Undefined for errors to retry.
 *
 * AWS does not document the messages of `InvalidArgumentException` and `ResourceNotFoundException`. An unknown message counts as `trimmed`,
 * so that the read continues with the records that remain.
 */
export function streamErrorOf(error: unknown): StreamError | undefined {
  if (!(error instanceof KinesisServiceException)) return undefined;
  const { name, message } = error;
  if (ACCESS_DENIED.has(name)) return { kind: 'accessDenied', name, message };
  if (name === 'ResourceNotFoundException') {
    if (/^(requested )?stream\b/i.test(message)) return { kind: 'deleted', name, message };
    // A shard expires with its last record. An emulator returns this error for a sequence number alone.
    return { kind: /\bshard\b/i.test(message) ? 'expired' : 'trimmed', name, message };
  }
  if (name !== 'InvalidArgumentException') return undefined;
  if (/did not come from this stream/i.test(message)) return { kind: 'deleted', name: 'StreamRecreated', message };
  if (/encodes .* while it was used .* shard/i.test(message)) return { kind: 'trimmed', name: 'WrongShard', message };
  return { kind: 'trimmed', name, message };
}
