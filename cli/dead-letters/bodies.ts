import type { Message } from '@aws-sdk/client-sqs';
import type { ObjectReader } from '../../lambda/shared/dead-letter/object-reader';
import { pointerIn } from '../../lambda/shared/dead-letter/pointer';
import type { Clients } from '../context';

/** Bodies that are in S3. The client is loaded for the first of them: most looks read none. */
export function lazyBodyReader(clients: Pick<Clients, 's3'>): ObjectReader {
  return { read: async (...args) => (await import('./storage.js')).bodyReader(clients).read(...args) };
}

/** The body of a message, wherever it is. @throws LostBodyError where it points to what is not there */
export async function readBody(message: Message, objects: ObjectReader, signal: AbortSignal): Promise<string> {
  const pointer = pointerIn(message);
  return pointer ? objects.read(pointer.bucket, pointer.key, signal) : (message.Body ?? '');
}
