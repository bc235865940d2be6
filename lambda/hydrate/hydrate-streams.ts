import { S3Client } from '@aws-sdk/client-s3';
import { BatchInfoKey, Environment } from '../../src/contract';
import { dataBudget } from '../runtime/data-budget';
import { deadLetterQueue, undeliverableQueue } from '../runtime/queues';
import { requireEnv } from '../runtime/require-env';
import { clientOptions } from '../shared/client-options';
import { OverflowBucket } from '../shared/dead-letter/overflow-bucket';
import { hydrateHandler } from './hydrate';
import { StreamReader } from './stream-reader';

const options = { maxBytes: dataBudget() };
const overflow = new OverflowBucket(new S3Client(clientOptions), requireEnv(Environment.OVERFLOW_BUCKET), requireEnv(Environment.OVERFLOW_PREFIX));

/* eslint-disable @typescript-eslint/no-require-imports -- most functions are for one kind of stream: the other kind's client is not even loaded */
export const handler = hydrateHandler({
  readers: {
    [BatchInfoKey.KINESIS]: once(() => (require('./kinesis-reader') as typeof import('./kinesis-reader')).kinesisReader(options)),
    [BatchInfoKey.DYNAMODB]: once(() => (require('./dynamo-reader') as typeof import('./dynamo-reader')).dynamoReader(options)),
  },
  queue: deadLetterQueue()(overflow),
  undeliverables: undeliverableQueue(),
});
/* eslint-enable @typescript-eslint/no-require-imports */

function once(make: () => StreamReader): () => StreamReader {
  let made: StreamReader | undefined;
  return () => (made ??= make());
}
