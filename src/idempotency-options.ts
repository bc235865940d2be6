import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';

/**
 * Options of `Idempotency.existingTable()`.
 */
export interface ExistingIdempotencyTableOptions {
  /**
   * How long the processor remembers a record that it has processed. After that, a redrive of the record processes it again.
   *
   * The default is the longest that a dead letter of a stream can be redriven, with a day to spare: 7 days of retries, and 14 days each in the
   * undeliverable queue, the dead-letter queue and the parking queue. It is also enough for messages of SQS. Synth warns about less than the
   * queues of your app take. Dead letters live longer where you export them to a file, and where a redrive fails in part or SQS moves a message
   * again: raise `expiry` for that.
   *
   * @default Duration.days(50)
   */
  readonly expiry?: Duration;
}

/**
 * Options of `Idempotency.table()`.
 */
export interface IdempotencyTableOptions extends ExistingIdempotencyTableOptions {
  /**
   * A customer managed key that encrypts the table. The processor may use it.
   *
   * @default - `encryptionKey` of the processor, otherwise a key that DynamoDB owns
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What happens to the table when it leaves the stack. A table that is deleted before the dead letters are gone lets a redrive process
   * records again.
   *
   * @default - `removalPolicy` of the processor, otherwise RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, as for the queues
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Whether the table has point-in-time recovery. An older state lacks what was processed since, and a restore makes a table with another
   * name: turn it on where a rule demands it.
   *
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html
   * @default false
   */
  readonly pointInTimeRecovery?: boolean;
}
