import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct, IConstruct, IDependable } from 'constructs';
import { StreamSource } from '../stream-source';
import { Allowed } from './granted';
import type { Delivery } from './grants';
import { LateParts } from './late-parts';
import { QueueSettings } from './letter-queue';

/** What belongs to a `StreamDlq`, for the constructs around it. */
export interface DlqParts {
  /** The `StreamDlq`: what a capture defines has its id right below it. */
  readonly dlq: Construct;
  readonly source: StreamSource;
  readonly queue: sqs.IQueue;
  /** Whether the `StreamDlq` defines the dead-letter queue itself. */
  readonly ownsQueue: boolean;
  readonly maxMessageBytes: number;
  readonly undeliverableQueue: sqs.IQueue;
  readonly overflowBucket: s3.IBucket;
  /** Whether the `StreamDlq` defines the overflow bucket itself. */
  readonly ownsOverflowBucket: boolean;
  readonly encryptionKey?: kms.IKey;
  /** What further queues are to have as well. */
  readonly queueSettings: QueueSettings;
  readonly auditLogGroup?: logs.ILogGroup;
  /** The functions of its mappings. */
  readonly processors: LateParts<Processor>;
  /** One at the most. */
  readonly redriveFunctions: LateParts<RedriveParts>;
}

/** The function of a mapping. */
export interface Processor {
  readonly function: lambda.IFunction;
  /** What the mapping invokes, once that is final. */
  readonly invokedArn: string;
}

/** What operators work with of a `RedriveFunction`. */
export interface RedriveParts extends IConstruct {
  readonly function: lambda.IFunction;
  readonly parkingQueue: sqs.IQueue;
  readonly mapping: lambda.IEventSourceMapping;
}

/** The way of failure records, with their data, from Lambda to the queues of a `StreamDlq`. */
export interface Capture {
  readonly function: lambda.IFunction;
  /** Where it has one. */
  readonly topic?: sns.ITopic;
  /** Where it has one that Lambda writes to. */
  readonly bucket?: s3.IBucket;
  /** ARN of the topic or the bucket. */
  readonly destinationArn: string;
  /** All that has to be there before the first failure record. */
  readonly delivery: IDependable;
  /** The service that leaves in the undeliverable queue what it cannot deliver to the function, and what it does so for, in words. */
  readonly deliveredBy: { readonly service: string; readonly from: string };
  /** What a processor has to be allowed whose role is out of reach. */
  readonly needs: readonly Allowed[];
  /** Lets a processor send to the destination. */
  admit(processor: Processor, role: iam.IRole): Delivery;
}
