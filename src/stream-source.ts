import { Duration } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { IStream } from 'aws-cdk-lib/aws-kinesis';
import { OperatorActions } from './contract';
import { grantOnKey, grantOnStream } from './private/grants';
import { DEFAULT_RETENTION_HOURS, StreamKind, streamKinds } from './private/stream-kind';
import { checkedRetention } from './private/stream-retention';
import { anyStreamOf, regionOfStream, streamArnOf, tableArnOf, validateAtSynth } from './private/table-stream';

/**
 * Options of `StreamSource.kinesis()`.
 */
export interface KinesisSourceOptions {
  /**
   * How long the stream keeps records, in whole hours, from 24 hours to 365 days. For a stream whose retention this app does not know,
   * such as an imported one.
   *
   * The default of `maxRecordAge` and the warnings about it depend on it.
   *
   * @see https://docs.aws.amazon.com/streams/latest/dev/kinesis-extended-retention.html
   * @default - the retention of a stream of this app, otherwise 24 hours, which is the least that a stream has
   */
  readonly retention?: Duration;
}

/**
 * A stream whose failed batches become dead letters: what a `StreamDlq` reads again, and the permissions that this needs.
 */
export class StreamSource {
  /**
   * A Kinesis data stream: defined in the app or imported.
   *
   * The hydrate function is granted `kinesis:GetRecords` and `kinesis:GetShardIterator` on this stream, and `kms:Decrypt` on its key where
   * the key is known. Import a stream that is encrypted with a customer managed key by `Stream.fromStreamAttributes()` with its
   * `encryptionKey`.
   *
   * @param stream the stream that the mapping reads, also where it reads through an enhanced fan-out consumer
   * @param options what this app does not know about the stream
   * @returns the source, for `source` or `addSource()` of a `StreamDlq`
   * @see https://docs.aws.amazon.com/streams/latest/dev/controlling-access.html
   */
  public static kinesis(stream: IStream, options: KinesisSourceOptions = {}): StreamSource {
    return new StreamSource({
      streamArn: stream.streamArn,
      isTable: false,
      construct: stream,
      region: stream.env.region,
      retention: checkedRetention(stream, options.retention),
      encryptionKey: stream.encryptionKey,
      incomingMetric: (metric) => stream.metricIncomingRecords({ statistic: Stats.SUM, ...metric }),
      // `grantRead` of the stream allows eight actions; reading a range takes two.
      grantRead: (grantee) => grantOnStream(stream, grantee, { STREAM: ['kinesis:GetRecords', 'kinesis:GetShardIterator'], KEY: ['kms:Decrypt'] }),
      grantDescribe: (grantee) => grantOnStream(stream, grantee, { STREAM: OperatorActions.READ.STREAM, KEY: [] }),
      grantPut: (grantee) => grantOnStream(stream, grantee, OperatorActions.TO_STREAM),
    });
  }

  /**
   * The stream of a DynamoDB table: of either generation, defined in the app or imported with its stream.
   *
   * The hydrate function is granted `dynamodb:GetRecords` and `dynamodb:GetShardIterator` on the streams of this table, and `kms:Decrypt` on
   * the key of the table where the key is known. A table gets another stream when its stream is turned off and on or gets another view type;
   * the old stream, and what failed on it, can be read for a day.
   *
   * The stream keeps records for 24 hours. Two readers may read a shard at a time, for a global table preferably one: the mapping is one
   * reader, and the hydrate function is another while it reads. Synth warns when there are too many, except for imported global tables,
   * which synth cannot recognize.
   *
   * @param table the table whose stream the mapping reads, with a stream of any view type
   * @returns the source, for `source` or `addSource()` of a `StreamDlq`
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
   */
  public static dynamo(table: ITable): StreamSource {
    const streamArn = streamArnOf(table);
    validateAtSynth(table, streamArn);
    return new StreamSource({
      streamArn,
      isTable: true,
      construct: table,
      region: regionOfStream(table, streamArn),
      retention: Duration.hours(DEFAULT_RETENTION_HOURS),
      encryptionKey: table.encryptionKey,
      // DynamoDB counts no changes in a stream: the writes are what comes nearest.
      incomingMetric: (metric) => table.metric('ConsumedWriteCapacityUnits', { statistic: Stats.SUM, ...metric }),
      grantRead: (grantee) => {
        // `grantStreamRead` of the table allows listing all streams of the account; reading a range takes these two.
        const actions = ['dynamodb:GetRecords', 'dynamodb:GetShardIterator'];
        const resources = [anyStreamOf(table, streamArn)];
        const grant = Grant.addToPrincipal({ grantee, actions, resourceArns: resources });
        return [{ grant, on: table, actions, resources }, ...grantOnKey(table.encryptionKey, grantee, ['kms:Decrypt'])];
      },
      grantGetItems: (grantee) => {
        const actions = OperatorActions.REDRIVE.TABLE;
        const resources = [tableArnOf(table, streamArn)];
        const grant = Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: resources });
        return [{ grant, on: table, actions, resources }, ...grantOnKey(table.encryptionKey, grantee, ['kms:Decrypt'])];
      },
    });
  }

  /**
   * ARN of the stream.
   */
  public readonly streamArn: string;

  private constructor(kind: StreamKind) {
    this.streamArn = kind.streamArn;
    streamKinds.set(this, kind);
  }
}
