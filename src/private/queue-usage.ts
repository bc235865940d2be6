import { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { IConstruct } from 'constructs';
import { AppRegistry } from './app-registry';
import { DlqParts } from './dlq-parts';
import { ObservableList } from './observable-list';

/** How the constructs of an app use a queue. */
export interface QueueUsage {
  /** Each `StreamDlq` whose dead-letter queue it is. */
  readonly deadLetters: ObservableList<DlqParts>;
  /** Each `StreamDlq` whose undeliverable queue it is. */
  readonly undeliverables: ObservableList<DlqParts>;
  /** Each `RedriveFunction` that sends its dead letters: at most one. */
  readonly redriveFunctions: ObservableList<IConstruct>;
}

const queues = new AppRegistry((): QueueUsage => ({
  deadLetters: new ObservableList(),
  undeliverables: new ObservableList(),
  redriveFunctions: new ObservableList(),
}));

export function queueUsage(scope: IConstruct, queue: IQueue): QueueUsage {
  return queues.entryOf(scope, queue.queueArn);
}

/** A queue, and the queues that SQS moves its messages to after too many receives. */
export function withDeadLetterQueues(queue: IQueue): IQueue[] {
  const next = (queue as Partial<Queue>).deadLetterQueue?.queue;
  return [queue, ...(next ? withDeadLetterQueues(next) : [])];
}
