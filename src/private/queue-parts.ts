import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { AlarmSet } from './alarm-set';
import { Processor } from './dlq-parts';

/** A queue and the queue that SQS moves its failed messages to. */
export interface QueuePair {
  readonly queue: sqs.IQueue;
  readonly deadLetterQueue: sqs.IQueue;
}

/** The parts of a `QueueProcessor`. */
export interface QueueParts extends QueuePair {
  /** The `QueueProcessor`. */
  readonly owner: Construct;
  readonly processor: Processor;
  readonly auditLogGroup?: logs.ILogGroup;
  readonly alarms: AlarmSet;
}
