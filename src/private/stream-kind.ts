import { Duration } from 'aws-cdk-lib';
import { IMetric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { IGrantable } from 'aws-cdk-lib/aws-iam';
import { IKey } from 'aws-cdk-lib/aws-kms';
import { IConstruct } from 'constructs';
import { GrantedPermission } from './granted';
import { Internals } from './internals';

/** What Kinesis and DynamoDB keep records for at least. */
export const DEFAULT_RETENTION_HOURS = 24;

/** The longest `maxRecordAge` that Lambda allows, and what it takes for one where none is set: older records are discarded. */
export const LONGEST_RECORD_AGE_HOURS = 7 * 24;

/** What a `StreamDlq` does with a stream, for each kind of stream. */
export interface StreamKind {
  readonly streamArn: string;
  readonly isTable: boolean;
  /** The stream or the table. */
  readonly construct: IConstruct;
  readonly region: string;
  /** Undefined where synth cannot know it. */
  readonly retention?: Duration;
  /** Key of the stream or the table, where it has one of its own. */
  readonly encryptionKey?: IKey;
  /** What comes in, as the service counts it. */
  readonly incomingMetric: (options: MetricOptions) => IMetric;
  grantRead(grantee: IGrantable): GrantedPermission[];
  /** Lets the operator's tool look up how long the stream keeps records. Missing where that never changes. */
  grantDescribe?(grantee: IGrantable): GrantedPermission[];
  /** Lets the operator's tool read the items of a table, to compare them with the records of dead letters. */
  grantGetItems?(grantee: IGrantable): GrantedPermission[];
  /** Missing where the stream takes no records. */
  grantPut?(grantee: IGrantable): GrantedPermission[];
}

/** By `StreamSource`. */
export const streamKinds = new Internals<StreamKind>('a StreamSource');
