import type { Message } from '@aws-sdk/client-sqs';
import type { ObjectReader } from '../../lambda/shared/dead-letter/object-reader';
import { pointerIn } from '../../lambda/shared/dead-letter/pointer';

/** The body of a message, wherever it is. @throws LostBodyError where it points to what is not there */
export async function readBody(message: Message, objects: ObjectReader, signal: AbortSignal): Promise<string> {
  const pointer = pointerIn(message);
  return pointer ? objects.read(pointer.bucket, pointer.key, signal) : (message.Body ?? '');
}
