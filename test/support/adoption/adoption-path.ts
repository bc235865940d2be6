import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, KinesisEventSource, StreamEventSourceProps } from 'aws-cdk-lib/aws-lambda-event-sources';
import { StreamDlq, StreamSource } from '../../../src';
import { tableWithStream } from '../tables';

export const SOURCES = ['kinesis', 'dynamodb'] as const;

export type Source = typeof SOURCES[number];

/**
 * The deployments of an app that adopts this library: as it is without it; with it, which is the deployment that counts; and once nothing
 * of the old destination is needed any more.
 */
export type Step = 'before' | 'adopted' | 'cleanedUp';

export interface AdoptionOptions {
  readonly source: Source;
  readonly processorProps: lambda.FunctionProps;
  readonly step: Step;
}

/** A way to adopt this library, step by step. */
export interface AdoptionPath {
  /**
   * Defines the app of a step. Returns the `StreamDlq`, once there is one. Outputs: StreamName or TableName, and QueueUrl or BucketName of the
   * old failure records.
   */
  define(stack: Stack, options: AdoptionOptions): StreamDlq | undefined;
}

/** How the mapping of each app is set. */
export const MAPPING = { startingPosition: lambda.StartingPosition.TRIM_HORIZON, bisectBatchOnError: true, retryAttempts: 0, batchSize: 10 };

/** The stream or the table of an app. */
export class AdoptedSource {
  readonly stream?: kinesis.Stream;
  readonly table?: dynamodb.Table;

  constructor(stack: Stack, source: Source) {
    if (source === 'kinesis') this.stream = new kinesis.Stream(stack, 'Stream');
    else this.table = tableWithStream(stack, 'Table', { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING } });
    if (this.stream) new CfnOutput(stack, 'StreamName', { value: this.stream.streamName });
    else new CfnOutput(stack, 'TableName', { value: this.table!.tableName });
  }

  get streamArn(): string {
    return this.stream?.streamArn ?? this.table!.tableStreamArn!;
  }

  /** What a StreamDlq takes. */
  get streamSource(): StreamSource {
    return this.stream ? StreamSource.kinesis(this.stream) : StreamSource.dynamo(this.table!);
  }

  eventSource(props: StreamEventSourceProps): lambda.IEventSource {
    return this.stream ? new KinesisEventSource(this.stream, props) : new DynamoEventSource(this.table!, props);
  }

  grantRead(fn: lambda.IFunction): void {
    if (this.stream) this.stream.grantRead(fn);
    else this.table!.grantStreamRead(fn);
  }
}
