import { Duration } from 'aws-cdk-lib';
import { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { IStream } from 'aws-cdk-lib/aws-kinesis';
import { IKey } from 'aws-cdk-lib/aws-kms';
import { IConstruct } from 'constructs';
import { Asset, OperatorActions } from './contract';
import { Granted } from './private/granted';
import { grantOnKey, grantOnStream } from './private/grants';
import { adviseOnReaders } from './private/shard-readers-advice';
import { Mapping } from './private/source-of-mapping';
import { checkedRetention, DEFAULT_RETENTION_HOURS } from './private/stream-retention';
import { validatePosition } from './private/table-position';
import { anyStreamOf, regionOfStream, streamArnOf, validateAtSynth } from './private/table-stream';

/** What DynamoDB keeps records of a table's stream for. Nothing changes it. */
const TABLE_RETENTION_HOURS = 24;

/** @internal */
interface StreamKind {
  readonly streamArn: string;
  readonly region: string;
  /** Undefined where it cannot be known at synth. */
  readonly retention?: Duration;
  readonly asset: string;
  /** Whether the records of an event name the role of the function that they are given to. */
  readonly recordsNameRole: boolean;
  /** Of the stream, or of the table. */
  readonly encryptionKey?: IKey;
  grantRead(grantee: IGrantable): Granted[];
  /** Missing where nothing can put a record back. */
  grantPut?(grantee: IGrantable): Granted[];
  /** Adds advice on reading this kind of stream a second time. */
  adviseOnRead?(dlq: IConstruct): void;
  /** Refuses at synth a mapping that this kind of stream cannot have. */
  validate?(mapping: Mapping): void;
}

/**
 * Options of `StreamSource.kinesis()`.
 */
export interface KinesisSourceOptions {
  /**
   * How long the stream keeps records, in whole hours, from 24 hours to 365 days. For a stream whose retention this app does not know,
   * such as an imported one.
   *
   * The default of `maxRecordAge`, the warnings about it and the hydrate function go by it.
   *
   * @see https://docs.aws.amazon.com/streams/latest/dev/kinesis-extended-retention.html
   * @default - the retention of a stream of this app, otherwise 24 hours, which is the least that a stream has
   */
  readonly retention?: Duration;
}

/**
 * The stream that the records of failed batches are read from again, and the permissions that this needs.
 */
export class StreamSource {
  /**
   * A Kinesis data stream: defined in the app or imported.
   *
   * The hydrate function is granted `kinesis:GetRecords` and `kinesis:GetShardIterator` on this stream, and `kms:Decrypt` on
   * its key where the key is known. Import a stream that a customer managed key encrypts by
   * `Stream.fromStreamAttributes()` with its `encryptionKey`.
   *
   * @param stream the stream that the mapping reads, also where it reads through an enhanced fan-out consumer
   * @param options what this app does not know of the stream
   * @see https://docs.aws.amazon.com/streams/latest/dev/controlling-access.html
   */
  public static kinesis(stream: IStream, options: KinesisSourceOptions = {}): StreamSource {
    return new StreamSource({
      streamArn: stream.streamArn,
      region: stream.env.region,
      retention: checkedRetention(stream, options.retention),
      asset: Asset.HYDRATE_KINESIS,
      recordsNameRole: true,
      encryptionKey: stream.encryptionKey,
      // `grantRead` of the stream allows eight actions; reading a range takes two.
      grantRead: (grantee) => grantOnStream(stream, grantee, { STREAM: ['kinesis:GetRecords', 'kinesis:GetShardIterator'], KEY: ['kms:Decrypt'] }),
      grantPut: (grantee) => grantOnStream(stream, grantee, OperatorActions.TO_STREAM),
    });
  }

  /**
   * The stream of a DynamoDB table: of either generation, defined in the app or imported with its stream.
   *
   * The hydrate function is granted `dynamodb:GetRecords` and `dynamodb:GetShardIterator` on the streams of this table, and
   * `kms:Decrypt` on the key of the table where the key is known. A table has another stream once its stream was turned off and on
   * or given another view type; the old one can be read for a day, and so can what failed on it.
   *
   * The stream keeps records for 24 hours, and lets two read a shard at a time, for a global table better one: the mapping is
   * one, the hydrate function is another while it reads. At synth there is a warning of one too many, but not where the table is
   * imported and a global one: that cannot be known then.
   *
   * @param table the table whose stream the mapping reads, which must have one, with records of any view type
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
   */
  public static dynamo(table: ITable): StreamSource {
    const streamArn = streamArnOf(table);
    validateAtSynth(table, streamArn);
    return new StreamSource({
      streamArn,
      region: regionOfStream(table, streamArn),
      retention: Duration.hours(TABLE_RETENTION_HOURS),
      asset: Asset.HYDRATE_DYNAMO,
      recordsNameRole: false,
      encryptionKey: table.encryptionKey,
      grantRead: (grantee) => {
        // `grantStreamRead` of the table allows listing all streams of the account; reading a range takes these two.
        const actions = ['dynamodb:GetRecords', 'dynamodb:GetShardIterator'];
        const resources = [anyStreamOf(table, streamArn)];
        const grant = Grant.addToPrincipal({ grantee, actions, resourceArns: resources });
        return [{ grant, on: table, actions, resources }, ...grantOnKey(table.encryptionKey, grantee, ['kms:Decrypt'])];
      },
      adviseOnRead: (dlq) => adviseOnReaders(dlq, streamArn),
      validate: validatePosition,
    });
  }

  /**
   * ARN of the stream.
   */
  public readonly streamArn: string;

  /**
   * How long the stream keeps records. 24 hours where nobody says, as of an imported stream.
   *
   * @internal
   */
  public readonly _retention: Duration;

  /**
   * How long the stream keeps records, where that can be known.
   *
   * @internal
   */
  public readonly _knownRetention?: Duration;

  /**
   * Region of the stream.
   *
   * @internal
   */
  public readonly _region: string;

  /**
   * Folder of the bundled hydrate function for this kind of stream.
   *
   * @internal
   */
  public readonly _asset: string;

  /**
   * Key of the stream or the table, where it has one of its own.
   *
   * @internal
   */
  public readonly _encryptionKey?: IKey;

  /**
   * Whether the records of an event name the role of the function that they are given to.
   *
   * @internal
   */
  public readonly _recordsNameRole: boolean;

  private constructor(private readonly kind: StreamKind) {
    this.streamArn = kind.streamArn;
    this._retention = kind.retention ?? Duration.hours(DEFAULT_RETENTION_HOURS);
    this._knownRetention = kind.retention;
    this._region = kind.region;
    this._asset = kind.asset;
    this._encryptionKey = kind.encryptionKey;
    this._recordsNameRole = kind.recordsNameRole;
  }

  /**
   * Grants what reading a range again takes, and nothing more.
   *
   * @internal
   */
  public _grantRead(grantee: IGrantable): Granted[] {
    return this.kind.grantRead(grantee);
  }

  /**
   * Grants what putting records back takes, and nothing more. Undefined where nothing can.
   *
   * @internal
   */
  public _grantPut(grantee: IGrantable): Granted[] | undefined {
    return this.kind.grantPut?.(grantee);
  }

  /**
   * Adds advice on what a hydrate function that reads the stream beside its mappings may bring about.
   *
   * @internal
   */
  public _adviseOnRead(dlq: IConstruct): void {
    this.kind.adviseOnRead?.(dlq);
  }

  /**
   * Refuses at synth a mapping that this kind of stream cannot have.
   *
   * @internal
   */
  public _validate(mapping: Mapping): void {
    this.kind.validate?.(mapping);
  }
}
