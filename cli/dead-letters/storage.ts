import { DeadLetterQueue, type Overflow } from '../../lambda/shared/dead-letter/dead-letter-queue';
import { LostBodyError, type ObjectReader, S3ObjectReader } from '../../lambda/shared/dead-letter/object-reader';
import { OverflowBucket } from '../../lambda/shared/dead-letter/overflow-bucket';
import { OVERFLOW_PREFIX } from '../../src/contract';
import { deniedAction, isDenied } from '../aws/aws-error';
import type { Clients } from '../context';
import type { Dlq } from '../dlq';

/** Far more than a dead letter has: what hydration reads of a range is limited, and a failed batch is 6 MB. */
const MOST_BYTES = 256 * 1_048_576;
/** What it takes to be told that an object is missing. */
const LIST = 's3:ListBucket';

/** Bodies that are in S3. One that must not be read is as good as gone: it says nothing of the others. */
export function bodyReader(clients: Pick<Clients, 's3'>): ObjectReader {
  return {
    read: async (bucket, key, signal) => {
      try {
        return await new S3ObjectReader(await clients.s3(), MOST_BYTES).read(bucket, key, signal);
      } catch (error) {
        throw isDenied(error) ? deniedBody(`s3://${bucket}/${key}`, error as Error) : error;
      }
    },
  };
}

/** S3 reports a missing object as denied to a caller that may not list the bucket, and operators may not. */
function deniedBody(location: string, error: Error): LostBodyError {
  const { name, message } = error;
  const action = deniedAction(error) ?? LIST;
  const rule = action === LIST
    ? `${location} must be there and yours to read: without ${LIST} S3 says the same of both`
    : `${location} must be yours to read, which takes ${action}, as "policy --read" prints it`;
  return new LostBodyError(rule, `${name}: ${message}`);
}

/** A queue of a stack, for dead letters of any size. */
export async function deadLetterQueueOf(clients: Pick<Clients, 'sqs' | 's3'>, queue: QueueCapacity): Promise<DeadLetterQueue> {
  const { queueUrl, maxMessageBytes } = queue;
  return new DeadLetterQueue(await clients.sqs(), overflowOf(clients, queue), { queueUrl, maxMessageBytes });
}

/** Where there is room for dead letters: in the queue, or past its limit in the bucket. */
type QueueCapacity = Pick<Dlq, 'queueUrl' | 'maxMessageBytes' | 'overflowBucket' | 'overflowPrefix'>;

/** Where dead letters go that are over the limit of the queue, as far as that is known. */
export function overflowOf(
  clients: Pick<Clients, 's3'>, { overflowBucket: bucket, overflowPrefix = OVERFLOW_PREFIX, maxMessageBytes, queueUrl }: QueueCapacity,
): Overflow & Pick<OverflowBucket, 'put' | 'prefix'> {
  const overflow = async (text: string) => {
    if (bucket === undefined) throw new NoOverflowBucketError(queueUrl, maxMessageBytes, Buffer.byteLength(text));
    return new OverflowBucket(await clients.s3(), bucket, overflowPrefix);
  };
  return {
    prefix: overflowPrefix,
    keep: async (deadLetter, text, signal) => (await overflow(text)).keep(deadLetter, text, signal),
    put: async (key, text, signal) => (await overflow(text)).put(key, text, signal),
  };
}

class NoOverflowBucketError extends Error {
  readonly name = 'NoOverflowBucket';

  constructor(queueUrl: string, maxMessageBytes: number, bytes: number) {
    super(
      `a message of ${queueUrl} must have at most ${maxMessageBytes} bytes, got: ${bytes}, and no overflow bucket of it is known: ` +
      'give --stack NAME instead of --queue, or allow the operator tag:GetResources and lambda:GetFunctionConfiguration; send a body of the Amazon SQS ' +
      'Extended Client, whose queue has no such bucket, with that client',
    );
  }
}
