import { S3Client } from '@aws-sdk/client-s3';
import { Environment } from '../src/contract';
import { clientOptions } from './client-options';
import { hydrateHandler, HydrateHandler } from './hydrate';
import { InvokeIdentities } from './invoke-identities';
import { OverflowBucket } from './overflow-bucket';
import { deadLetterQueue, undeliverableQueue } from './queues';
import { requireEnv } from './require-env';
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
