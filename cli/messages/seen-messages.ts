import type { Message } from '@aws-sdk/client-sqs';
import { readDeadLetter } from '../../lambda/shared/dead-letter/dead-letter-message';
import type { ObjectReader } from '../../lambda/shared/dead-letter/object-reader';
import { readBody } from '../dead-letters/bodies';
import type { Candidate } from '../dead-letters/criteria';
import { messageDocument } from '../native/message-document';
import { type Holder, type MessageInfo, messageInfo } from './message-info';
import type { RetentionOf } from './stream-retention';

/** A message with what is known of it. */
export interface SeenMessage {
  readonly message: Message;
  readonly seen: MessageInfo;
}

export async function* seenMessages(
  messages: AsyncIterable<Message>, holder: Holder, retentionOf?: RetentionOf,
): AsyncGenerator<SeenMessage, void, void> {
  for await (const message of messages) yield { message, seen: await messageInfo(message, holder, retentionOf) };
}

export function candidateOf({ message, seen }: SeenMessage, objects: ObjectReader): Candidate {
  return {
    ...seen,
    read: async (signal) => readDeadLetter(message, objects, signal),
    ...(seen.native && { document: async (signal) => messageDocument(message, await readBody(message, objects, signal)) }),
  };
}
