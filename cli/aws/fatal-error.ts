import { isDenied } from './aws-error';

/** Errors of AWS that no message is to blame for, and that waiting does not fix, beside permissions that are missing. */
const NAMES = new Set([
  'CredentialsProviderError', 'TokenProviderError', 'ProviderError', 'ExpiredToken', 'ExpiredTokenException', 'RequestExpired',
  'InvalidClientTokenId', 'UnrecognizedClientException', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'InvalidSignatureException',
  'QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue', 'ResourceNotFoundException', 'NoSuchBucket',
]);

/** Whether the next message would meet the same error. */
export function isFatal(error: unknown): boolean {
  return isDenied(error) || NAMES.has((error as Error).name) || isKmsKeyError(error);
}

/** Whether a KMS key is of no use. */
export function isKmsKeyError(error: unknown): boolean {
  const { name = '' } = error as Error;
  return /^kms/i.test(name) && !/throttl/i.test(name);
}
