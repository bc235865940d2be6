import { Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { ExistingIdempotencyTableOptions, IdempotencyTableOptions } from './idempotency-options';
import { defineIdempotencyTable, IdempotencyKind, idempotencyKinds } from './private/idempotency-table';

/** 7 days of retries, 14 days in each of three queues, and a day. */
const DEFAULT_EXPIRY = Duration.days(50);

/**
 * The table in which a processor remembers what it has processed, so that a record that comes again has its effect once.
 *
 * It has the layout that Powertools for AWS Lambda expects: the partition key `id` and the time to live `expiration`. The processor may
 * get, put, update and delete its items. The code must read `IDEMPOTENCY_TABLE_NAME` and `IDEMPOTENCY_EXPIRY_SECONDS`, because Powertools
 * forgets after an hour where no expiry is passed.
 *
 * @see https://github.com/cdk-stream-dlq/cdk-stream-dlq/blob/main/docs/processors.md#idempotency
 *
 * @example
 * declare const fn: IFunction;
 * new KinesisStreamProcessor(this, 'Orders', {
 *   processor: fn,
 *   idempotency: Idempotency.table({ expiry: Duration.days(60) }),
 * });
 */
export class Idempotency {
  /**
   * Defines a table: on demand, encrypted, kept when the stack is deleted. It is a child of the function, in the stack of the function.
   *
   * Every function gets a table of its own. Processors with the same function must use the same object.
   *
   * @param options the expiry and the table
   * @returns the table, for `idempotency`
   */
  public static table(options: IdempotencyTableOptions = {}): Idempotency {
    return new Idempotency({
      expiry: options.expiry ?? DEFAULT_EXPIRY,
      tableFor: (fn, defaults) => defineIdempotencyTable(fn, options, defaults),
    });
  }

  /**
   * Uses an existing table of the account and Region of the processor, such as one that several functions share.
   *
   * Powertools begins each key with the name of the function, so that functions do not find the items of each other. Where you set the
   * prefix in code, give each function its own.
   *
   * @param table the table: of this app or imported
   * @param options the expiry
   * @returns the table, for `idempotency`
   */
  public static existingTable(table: dynamodb.ITable, options: ExistingIdempotencyTableOptions = {}): Idempotency {
    return new Idempotency({ expiry: options.expiry ?? DEFAULT_EXPIRY, existingTable: table, tableFor: () => table });
  }

  private constructor(kind: IdempotencyKind) {
    idempotencyKinds.set(this, kind);
  }
}
