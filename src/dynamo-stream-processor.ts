import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { DynamoMappingOptions } from './dynamo-mapping-options';
import { fail } from './private/checks';
import { acknowledgeRulesOfProcessor } from './private/compliance';
import { NOT_AT_TIMESTAMP } from './private/mapping-rules';
import { validateStreamProcessorOptions } from './private/processor-options';
import { defineMapping, retentionOf } from './private/stream-mapping';
import { StreamDlq } from './stream-dlq';
import { IStreamDlq } from './stream-dlq-interface';
import { StreamProcessorBase } from './stream-processor-base';
import { StreamProcessorOptions } from './stream-processor-options';
import { StreamSource } from './stream-source';

/**
 * Properties of `DynamoStreamProcessor`.
 */
export interface DynamoStreamProcessorProps extends DynamoMappingOptions, StreamProcessorOptions {
  /**
   * The table whose changes are processed: a `Table` or a `TableV2` of this app, or one that is imported. It must have a
   * stream; an imported one comes with its `tableStreamArn`.
   *
   * @default - a new table is defined from `tableProps`
   */
  readonly table?: dynamodb.ITable;

  /**
   * Properties of the table that is defined when `table` is not given. Its stream has new and old images unless `dynamoStream`
   * says otherwise. What happens to the table when it leaves the stack is its own `removalPolicy`: it is kept by default.
   *
   * @default - `table` is used; exactly one of the two must be given
   */
  readonly tableProps?: dynamodb.TablePropsV2;
}

/**
 * A DynamoDB table, the function that processes its changes, and a dead-letter queue that keeps the data of batches that fail.
 *
 * Defines the table, the processor and the event source mapping between them, and a `StreamDlq`; you can pass in any of them. The defaults
 * of the mapping differ from Lambda's where those lose data or block a shard: Lambda splits failing batches, retries a limited number of
 * times and up to a limited record age, and starts with the oldest record.
 *
 * The stream of a table keeps records for 24 hours, and takes no records: after that, a dead letter is the only copy of a change.
 *
 * @example
 * new DynamoStreamProcessor(this, 'Audit', {
 *   tableProps: {
 *     partitionKey: { name: 'customerId', type: AttributeType.STRING },
 *   },
 *   processorProps: {
 *     runtime: Runtime.NODEJS_24_X,
 *     handler: 'index.handler',
 *     code: Code.fromInline('exports.handler = async (event) => console.log(event.Records.length);'),
 *   },
 * });
 */
export class DynamoStreamProcessor extends StreamProcessorBase {
  /**
   * The table.
   */
  public readonly table: dynamodb.ITable;

  /**
   * The function that processes the changes of the table.
   */
  public readonly processor: lambda.IFunction;

  /**
   * The event source mapping between the stream of the table and the processor.
   */
  public readonly mapping: lambda.IEventSourceMapping;

  /**
   * The dead-letter queue with all that feeds it.
   */
  public readonly dlq: IStreamDlq;

  /**
   * The table in which the processor remembers what it has processed, with `idempotency`.
   */
  public readonly idempotencyTable?: dynamodb.ITable;

  constructor(scope: Construct, id: string, props: DynamoStreamProcessorProps) {
    super(scope, id);
    this.validateProps(props);

    this.table = props.table ?? this.defineTable(props.tableProps!);
    this.processor = props.processor ?? new lambda.Function(this, 'Processor', props.processorProps!);
    if (!props.processor) acknowledgeRulesOfProcessor(this.processor);

    const source = StreamSource.dynamo(this.table);
    this.dlq = props.dlq ?? new StreamDlq(this, 'Dlq', props);
    this.dlq.addSource(source);
    this.mapping = defineMapping({
      processor: this.processor,
      dlq: this.dlq,
      retention: retentionOf(source),
      options: { ...props, startingPosition: props.startingPosition ?? lambda.StartingPosition.TRIM_HORIZON },
      eventSource: (options) => new DynamoEventSource(this.table, options),
    });
    if (props.idempotency) this.idempotencyTable = this._attachIdempotency(props.idempotency, props);
  }

  private defineTable(props: dynamodb.TablePropsV2): dynamodb.TableV2 {
    return new dynamodb.TableV2(this, 'Table', {
      ...props,
      dynamoStream: props.dynamoStream ?? dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
    });
  }

  private validateProps(props: DynamoStreamProcessorProps): void {
    if (!props.table === !props.tableProps) {
      fail(
        this,
        `exactly one of \`table\` and \`tableProps\` must be given, got: ${props.table ? 'both' : 'neither'}; ` +
          'pass an existing table as `table`, or the properties of a new one as `tableProps`',
      );
    }
    if (props.startingPosition === lambda.StartingPosition.AT_TIMESTAMP) {
      fail(this, NOT_AT_TIMESTAMP);
    }
    validateStreamProcessorOptions(this, props);
  }
}
