import { BatchInfoKey, Environment } from '../../src/contract';
import { dataBudget } from '../runtime/data-budget';
import { lazyOverflow } from '../runtime/lazy-overflow';
import { once } from '../runtime/once';
import { deadLetterQueue, intakeQueue, undeliverableQueue } from '../runtime/queues';
import { requireNumberEnv } from '../runtime/require-env';
import { ReadPace } from '../shared/stream/read-pace';
import { hydrateHandler } from './hydrate';

const pace = new ReadPace(requireNumberEnv(Environment.MAX_CONCURRENCY));
const options = { maxBytes: dataBudget(), pace };

export const handler = hydrateHandler({
  // Most functions are for one kind of stream: the client of the other kind is not loaded.
  readers: {
    [BatchInfoKey.KINESIS]: once(async () => (await import('../shared/stream/kinesis-reader.js')).kinesisReader(options)),
    [BatchInfoKey.DYNAMODB]: once(async () => (await import('../shared/stream/dynamo-reader.js')).dynamoReader(options)),
  },
  pace,
  queue: deadLetterQueue()(lazyOverflow()),
  undeliverables: undeliverableQueue(),
  intake: intakeQueue(),
});
