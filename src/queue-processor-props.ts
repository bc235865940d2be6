import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { AlarmProps } from './alarm-props';
import { ProcessorOptions } from './processor-options';
import { QueueMappingOptions } from './queue-mapping-options';

/**
 * Properties of `QueueProcessor`.
 */
export interface QueueProcessorProps extends QueueMappingOptions, ProcessorOptions, AlarmProps {
  /**
   * The queue to process: a standard or a FIFO queue, of this app or imported.
   *
   * A queue of this app keeps the redrive policy that it has. One that has none gets it here, and must then be of the same stack. Its
   * visibility timeout must be at least the timeout of the processor, and should be six times as long, plus `maxBatchingWindow`: synth checks
   * both.
   *
   * Synth does not know the settings of an imported queue. Its redrive policy must name `deadLetterQueue`.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
   * @default - a new queue is defined from `queueProps`
   */
  readonly queue?: sqs.IQueue;

  /**
   * Properties of the queue that is defined when `queue` is not given. What happens to the queue when it leaves the stack is its own
   * `removalPolicy`.
   *
   * Set `visibilityTimeout` where synth does not know the timeout of the processor, such as for an imported function: a message that fails is
   * received again after that time.
   *
   * @default - the CDK's own, but: encrypted, with `encryptionKey` if there is one; TLS only; visibility timeout of six times the timeout of the
   * processor, 15 minutes where synth does not know it, plus `maxBatchingWindow`; a name of the path of the construct and of the ID of the
   * stack, so that the dead-letter queue can allow this queue only
   */
  readonly queueProps?: sqs.QueueProps;

  /**
   * The dead-letter queue: of the same kind (standard or FIFO), account and Region as the queue, of this app or imported. Several queues may
   * share one. It must not be a queue of a `StreamDlq`, whose messages are of another kind.
   *
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
   * @default - that of a `queue` of this app which has one, otherwise a new queue is defined: encrypted, TLS only, kept when the stack is
   * deleted, and the dead-letter queue of this queue only, where synth knows its name
   */
  readonly deadLetterQueue?: sqs.IQueue;

  /**
   * How long the dead-letter queue that is defined here keeps messages, from 60 seconds to 14 days.
   *
   * Keep it longer than the queue keeps messages. For a standard queue, SQS counts from when the message was first sent: what waited in the
   * queue for 4 days remains in the dead-letter queue for 10 of 14 days. For a FIFO queue, SQS counts from the move.
   *
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
   * @default Duration.days(14), the most that SQS offers
   */
  readonly deadLetterQueueRetentionPeriod?: Duration;

  /**
   * How often a message is received before SQS moves it to the dead-letter queue, from 1 to 1000. AWS recommends at least 5: a throttled
   * invocation is a receive too.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
   * @default 5
   */
  readonly maxReceiveCount?: number;

  /**
   * Customer managed key for the queues that are defined here, unless `queueProps` has `encryption` or `encryptionMasterKey`.
   *
   * SQS moves a message as it is: in the dead-letter queue, it remains encrypted with the key of the queue that it was sent to. The grants for
   * operators are on both keys.
   *
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
   * @default - queues are encrypted with a key that SQS manages (SSE-SQS)
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What happens to the dead-letter queue that is defined here when it leaves the stack, or the stack is deleted.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: kept, unless the deployment that defines it fails
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Log group of what operators do: who moved, sent or deleted which messages, and the result, never their data. Written by the operator's
   * tool.
   *
   * It must be in the account and Region of the stack. Its name is the value of a tag of the dead-letter queue: at most 256 characters,
   * without #. `grantOperatorRedrive()` allows writing to it.
   *
   * @default - none: the tool keeps its log on the machine it runs on
   */
  readonly auditLogGroup?: logs.ILogGroup;
}
