import { isOfStream, streamOf } from '../../../lambda/shared/dead-letter/failure-record';
import type { ReceivedDeadLetter } from '../../../lambda/shared/dead-letter/received-dead-letter';
import { FunctionRole, isWhole } from '../../../src/contract';
import { isServiceError } from '../../aws/aws-error';
import { deliveriesTo } from '../../aws/deliveries';
import { configured, taggedFunctions } from '../../aws/tagged-functions';
import type { Context } from '../../context';
import type { MessageSource } from '../../dead-letters/message-source';
import type { QueueContext } from './next-steps';

/** What can have the records of a dead letter read again: the functions around its queue, or those around another queue of its stream. */
export async function queueContext(
  context: Context, { queue }: Pick<MessageSource, 'queue'>, { status, streamArn }: Pick<ReceivedDeadLetter, 'status' | 'streamArn'>,
): Promise<QueueContext> {
  if (queue && queue.functions.length > 0) return { isAlone: false };
  return { isAlone: true, isInFile: queue === undefined, ...(!isWhole(status) && { otherQueue: await queueOn(context, streamOf(streamArn)) }) };
}

/** The stream of a table may have been another one when a mapping was made: the function reads each of them. */
async function queueOn(context: Context, streamArn: string): Promise<string | undefined> {
  const { clients, aborted } = context;
  try {
    const tagged = (await taggedFunctions(clients, undefined, aborted)).filter(({ role }) => role === FunctionRole.HYDRATE);
    if (tagged.length === 0) return undefined;
    const { functions } = await configured(clients, tagged, aborted);
    const deliveries = await deliveriesTo(context, functions);
    return deliveries.find((delivery) => isOfStream(delivery.streamArn, streamArn))?.writer.environment?.QUEUE_URL;
  } catch (error) {
    // It is advice: without permission there is less of it.
    if (isServiceError(error)) return undefined;
    throw error;
  }
}
