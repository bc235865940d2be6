import { Environment } from '../src/contract';
import { hydrateHandler, HydrateHandler } from './hydrate';
import { InvokeIdentities } from './invoke-identities';
import { deadLetterQueue, undeliverableQueue } from './queues';
import { requireEnv } from './require-env';
import { StreamReader } from './stream-reader';

/** The hydrate function for one kind of stream, with all else as the environment says. */
export function hydrateFrom(reader: StreamReader): HydrateHandler {
  return hydrateHandler({
    reader,
    queue: deadLetterQueue(),
    undeliverables: undeliverableQueue(),
    identities: new InvokeIdentities(JSON.parse(requireEnv(Environment.INVOKE_IDENTITIES))),
  });
}
