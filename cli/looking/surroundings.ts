import { isDynamoDb, streamOf } from '../../lambda/shared/dead-letter/failure-record';
import type { ReceivedDeadLetter } from '../../lambda/shared/dead-letter/received-dead-letter';
import { FunctionRole, isWhole } from '../../src/contract';
import { isAnswer } from '../aws/aws-error';
import { configured, taggedFunctions } from '../aws/tagged-functions';
import type { Context } from '../context';
import type { Surroundings } from './explain';

/** What can have the records of a dead letter read again: the functions around its queue, or those around another queue of its stream. */
export async function surroundingsOf(context: Context, { status, streamArn }: Pick<ReceivedDeadLetter, 'status' | 'streamArn'>): Promise<Surroundings> {
  const { functions } = await context.dlq();
  if (functions.length > 0) return { isAlone: false };
  return { isAlone: true, ...(!isWhole(status) && { otherQueue: await queueOn(context, streamOf(streamArn)) }) };
}

async function queueOn({ clients, aborted }: Context, streamArn: string): Promise<string | undefined> {
  try {
    const hydrate = (await taggedFunctions(clients, undefined, aborted)).filter(({ role }) => role === FunctionRole.HYDRATE);
    const { functions } = await configured(clients, hydrate, aborted);
    const isOfStream = (arn: string | undefined): boolean => arn !== undefined && sourceOf(arn) === sourceOf(streamArn);
    return functions.find(({ environment }) => isOfStream(environment.STREAM_ARN))?.environment.QUEUE_URL;
  } catch (error) {
    // It is advice: without permission there is less of it.
    if (isAnswer(error)) return undefined;
    throw error;
  }
}

/** The function of a table reads each of its streams. */
function sourceOf(streamArn: string): string {
  return isDynamoDb(streamArn) ? streamArn.split('/stream/')[0] : streamArn;
}
