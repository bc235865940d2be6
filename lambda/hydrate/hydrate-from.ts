import { S3Client } from '@aws-sdk/client-s3';
import { Environment } from '../../src/contract';
import { deadLetterQueue, undeliverableQueue } from '../runtime/queues';
import { requireEnv } from '../runtime/require-env';
import { clientOptions } from '../shared/client-options';
import { OverflowBucket } from '../shared/dead-letter/overflow-bucket';
import { hydrateHandler, HydrateHandler } from './hydrate';
import { InvokeIdentities } from './invoke-identities';
import { StreamReader } from './stream-reader';

/** The hydrate function for one kind of stream, with all else as the environment says. */
export function hydrateFrom(reader: StreamReader): HydrateHandler {
  return hydrateHandler({
    reader,
    queue: deadLetterQueue()(new OverflowBucket(new S3Client(clientOptions), requireEnv(Environment.OVERFLOW_BUCKET))),
    undeliverables: undeliverableQueue(),
    identities: new InvokeIdentities(JSON.parse(requireEnv(Environment.INVOKE_IDENTITIES))),
  });
}
