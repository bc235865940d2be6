import { QueueRole } from '../../src/contract';
import type { Clients } from '../context';
import { isDenied } from './aws-error';
import { type TaggedResource, taggedResources } from './tagged-resources';

/** The native dead-letter queues that a construct of the library defined, in the account and region, or in one stack. */
export async function taggedQueues(clients: Clients, stack?: string, abortSignal?: AbortSignal): Promise<TaggedResource[]> {
  return (await taggedResources(clients, 'sqs', stack, abortSignal)).filter(({ role }) => role === QueueRole.DEAD_LETTER_QUEUE);
}

/** The one with this ARN. Undefined where there is none, or tags may not be read. */
export async function taggedQueue(clients: Clients, queueArn: string, abortSignal?: AbortSignal): Promise<TaggedResource | undefined> {
  try {
    return (await taggedQueues(clients, undefined, abortSignal)).find(({ arn }) => arn === queueArn);
  } catch (error) {
    if (!isDenied(error)) throw error;
    return undefined;
  }
}
