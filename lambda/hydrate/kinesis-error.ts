import { KinesisServiceException } from '@aws-sdk/client-kinesis';
import { StreamError } from './shard';

/** Key and access errors that no retry mends. Throttling of the key is not among them. */
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
 * Tells the refusals of Kinesis apart. Undefined for everything else: to be tried again.
 *
 * The texts of `InvalidArgumentException` and `ResourceNotFoundException` are not documented. Where one is not recognized the
 * milder reading is taken, which goes on to look for what is left.
 */
export function streamErrorOf(error: unknown): StreamError | undefined {
  if (!(error instanceof KinesisServiceException)) return undefined;
  const { name, message } = error;
  if (ACCESS_DENIED.has(name)) return { kind: 'accessDenied', name, message };
  if (name === 'ResourceNotFoundException') {
    if (/^(requested )?stream\b/i.test(message)) return { kind: 'deleted', name, message };
    // A shard leaves its stream when the last of its records does. An emulator says the same of a sequence number alone.
    return { kind: /\bshard\b/i.test(message) ? 'expired' : 'trimmed', name, message };
  }
  if (name !== 'InvalidArgumentException') return undefined;
  if (/did not come from this stream/i.test(message)) return { kind: 'deleted', name: 'StreamRecreated', message };
  if (/encodes .* while it was used .* shard/i.test(message)) return { kind: 'trimmed', name: 'WrongShard', message };
  return { kind: 'trimmed', name, message };
}
