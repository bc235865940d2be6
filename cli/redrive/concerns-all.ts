import { isDenied } from '../aws/aws-error';

/** Errors of AWS that no message is to blame for, and that no waiting mends, beside permissions that are missing. */
const NAMES = new Set([
  'CredentialsProviderError', 'TokenProviderError', 'ProviderError', 'ExpiredToken', 'ExpiredTokenException', 'RequestExpired',
  'InvalidClientTokenId', 'UnrecognizedClientException', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidSignatureException',
  'QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue', 'ResourceNotFoundException', 'NoSuchBucket',
]);

/** Whether the next message would meet the same error. */
export function concernsAll(error: unknown): boolean {
  return isDenied(error) || NAMES.has((error as Error).name) || isOfKey(error);
}

/** Whether a KMS key is of no use. */
export function isOfKey(error: unknown): boolean {
  const { name = '' } = error as Error;
  return /^kms/i.test(name) && !/throttl/i.test(name);
}
