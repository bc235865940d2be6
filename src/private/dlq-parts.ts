import { Duration, IResource, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct, IConstruct, IDependable } from 'constructs';
import { AlarmSet } from './alarm-set';
import { Permission } from './granted';
import { Internals } from './internals';
import { ObservableList } from './observable-list';
import { Mapping } from './source-of-mapping';
import { StreamKind } from './stream-kind';

/** What queues and buckets that are defined for a `StreamDlq` have in common. */
export interface StorageSettings {
  readonly encryptionKey?: kms.IKey;
  readonly removalPolicy?: RemovalPolicy;
}

/** The parts of a `StreamDlq`, defined or imported. */
export interface DlqParts {
  /** The `StreamDlq`: the scope of what a capture defines. */
  readonly dlq: Construct;
  /** Whether all of it is imported: nothing of this app is in its queues, functions and destination. */
  readonly isOfOtherApp: boolean;
  readonly queue: sqs.IQueue;
  /** Whether the `StreamDlq` defines the dead-letter queue. */
  readonly ownsQueue: boolean;
  readonly maxMessageBytes: number;
  readonly undeliverableQueue: sqs.IQueue;
  readonly overflow: Overflow;
  /** The longest that the two queues may keep messages together. */
  readonly messageLifetime: Duration;
  readonly storage: StorageSettings;
  readonly auditLogGroup?: logs.ILogGroup;
  readonly alarms: AlarmSet;
  /** Whether the functions write metrics to their logs. */
  readonly customMetrics: boolean;
  /** The capture that mappings send to, then one that is kept besides. */
  readonly captures: Capture[];
  readonly sources: ObservableList<StreamKind>;
  readonly mappings: ObservableList<Mapping>;
  /** The functions of the mappings. */
  readonly processors: ObservableList<Processor>;
  /** At most one. */
  readonly redriveFunctions: ObservableList<RedriveParts>;
}

/** By `IStreamDlq`. */
export const dlqParts = new Internals<DlqParts>('a StreamDlq');

/** Where dead letters over the limit of the queue are. */
export interface Overflow {
  readonly bucket: s3.IBucket;
  /** Whether this package defines the bucket. */
  readonly isOwn: boolean;
  /** What the keys of the dead letters begin with. */
  readonly prefix: string;
}

/** The function of a mapping. */
export interface Processor {
  readonly function: lambda.IFunction;
  readonly mapping: Mapping;
  /** What the mapping invokes, once that is final. */
  readonly invokedArn: string;
}

/** What operators work with of a `RedriveFunction`. */
export interface RedriveParts extends IConstruct {
  readonly function: lambda.IFunction;
  readonly parkingQueue: sqs.IQueue;
  readonly mapping: lambda.IEventSourceMapping;
}

/** How failure records and their data get from Lambda to the queues of a `StreamDlq`. */
export interface Capture {
  readonly function: lambda.IFunction;
  /** The log of the function. Nothing where it is deployed by another app or stack. */
  readonly logGroup?: logs.ILogGroup;
  /** Whether the function reads records from the stream again. */
  readonly rereads: boolean;
  /** The topic that Lambda sends failure records to, where there is one. */
  readonly topic?: sns.ITopic;
  /** The queue between the topic and the function. Nothing where it is deployed by another app or stack. */
  readonly intakeQueue?: sqs.IQueue;
  /** The bucket that Lambda writes failed batches to, where there is one. */
  readonly bucket?: s3.IBucket;
  /** The topic or the bucket, as a mapping sends to it. */
  readonly destination: Destination;
  /** All that must exist before the first failure record. Nothing where it is deployed by another app or stack. */
  readonly delivery: readonly IDependable[];
  /** The service that sends events to the undeliverable queue that it cannot deliver to the function, and where it has them from. */
  readonly deliveredBy: {
    readonly service: string;
    readonly from: string;
    /** Events that neither the function nor the undeliverable queue took. Nothing where it is deployed by another app or stack. */
    readonly lostEvents?: (options: cloudwatch.MetricOptions) => cloudwatch.Metric;
  };
}

/** Where a mapping sends failure records, and the permissions for it. */
export interface Destination {
  readonly arn: string;
  readonly resource: IConstruct & IResource & iam.IResourceWithPolicy;
  /** What the id of the policy begins with. */
  readonly verb: 'PublishTo' | 'WriteTo';
  readonly rights: readonly Permission[];
  readonly key?: kms.IKey;
  readonly keyActions: string[];
}

/** The result of letting a processor send failure records. */
export interface Delivery {
  /** What the mapping must wait for: nothing where neither the role nor the destination could be changed. */
  readonly permission: IDependable;
  /** What could not be granted. */
  readonly missing: readonly Permission[];
}
