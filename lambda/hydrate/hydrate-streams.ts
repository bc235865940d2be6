import { BatchInfoKey } from '../../src/contract';
import { dataBudget } from '../runtime/data-budget';
import { lazyOverflow } from '../runtime/lazy-overflow';
import { once } from '../runtime/once';
import { deadLetterQueue, undeliverableQueue } from '../runtime/queues';
import { hydrateHandler } from './hydrate';

const options = { maxBytes: dataBudget() };

export const handler = hydrateHandler({
  // Most functions are for one kind of stream: the client of the other kind is not loaded.
  readers: {
    [BatchInfoKey.KINESIS]: once(async () => (await import('../shared/stream/kinesis-reader.js')).kinesisReader(options)),
    [BatchInfoKey.DYNAMODB]: once(async () => (await import('../shared/stream/dynamo-reader.js')).dynamoReader(options)),
  },
  queue: deadLetterQueue()(lazyOverflow()),
  undeliverables: undeliverableQueue(),
});
