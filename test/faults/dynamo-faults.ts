import { emptyAnswer, error, ofStart } from './fault';

const text = (name: string) => `${name} (injected)`;

export const limitExceeded = error('LimitExceededException', text('Subscriber limit exceeded: more than 2 readers of a shard'));
export const throughputExceeded = error('ProvisionedThroughputExceededException', text('The level of configured provisioned throughput was exceeded'));
export const throttled = error('ThrottlingException', text('Rate exceeded'));
export const internalError = error('InternalServerError', text('The request processing has failed because of an unknown error'), 500);
export const expiredIterator = error('ExpiredIteratorException', text('The shard iterator has expired'));
/** A page of a place whose record left the stream just then. */
export const trimmed = error('TrimmedDataAccessException', text('The data you are trying to access has been trimmed'));

/** Refusals for good. */
export const accessDenied = error('AccessDeniedException', text('User is not authorized to perform: dynamodb:GetRecords'));
export const keyRefused = error('AccessDeniedException', text('The ciphertext refers to a key that you may not use'), 400, 'key refused');
export const unknownCaller = error('UnrecognizedClientException', text('The security token included in the request is invalid'));
export const streamGone = error(
  'ResourceNotFoundException',
  'Requested resource not found: Stream: arn:aws:dynamodb:us-east-1:123456789012:table/shard-of-orders/stream/2026-01-01T00:00:00.000 not found',
  400,
  'stream gone',
);

/** Refusals of a start that leave the rest of the shard to be read. */
export const trimmedStart = ofStart({ ...trimmed, name: 'trimmed start' });
export const wrongShard = ofStart(error('ValidationException', text('Invalid SequenceNumber parameter'), 400, 'wrong shard'));
export const unknownStart = ofStart(error('ResourceNotFoundException', text('Requested resource not found'), 400, 'unknown start'));

/** Errors that give a dead letter the status UNREADABLE, and no others do. */
export const READ_DENIALS = new Set([accessDenied, keyRefused, unknownCaller, streamGone].map(({ name }) => name));

export const emptyPage = emptyAnswer();
