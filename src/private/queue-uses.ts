import { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { IConstruct } from 'constructs';
import { StreamDlq } from '../stream-dlq';
import { ByName } from './claims';
import { LateParts } from './late-parts';

/** What a queue is to the constructs of an app. */
interface QueueUses {
  /** Those whose dead-letter queue it is. */
  readonly letters: LateParts<StreamDlq>;
  /** Those whose undeliverable queue it is. */
  readonly undeliverables: LateParts<StreamDlq>;
  /** Those that send its dead letters again: one at the most. */
  readonly redriveFunctions: LateParts<IConstruct>;
}

const queuesInUse = new ByName((): QueueUses => ({
  letters: new LateParts(),
  undeliverables: new LateParts(),
  redriveFunctions: new LateParts(),
}));

/** A queue, and where SQS moves messages from there that are received too often. */
export function withTargets(queue: IQueue): IQueue[] {
  const next = (queue as Partial<Queue>).deadLetterQueue?.queue;
  return [queue, ...(next ? withTargets(next) : [])];
}

export function usesOf(scope: IConstruct, queue: IQueue): QueueUses {
  return queuesInUse.on(scope, queue.queueArn);
}
