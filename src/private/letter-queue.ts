import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { StreamDlqOptions } from '../stream-dlq-options';

/** The most that SQS takes as one message. */
export const LARGEST_MESSAGE_BYTES = 1_048_576;

/** The longest that SQS keeps a message. */
export const LONGEST_RETENTION_DAYS = 14;

/** What the queues that are defined for a `StreamDlq` have in common. */
export type QueueSettings = Pick<StreamDlqOptions, 'encryptionKey' | 'queueRetentionPeriod' | 'removalPolicy'>;

/** A queue that may hold the only copy of what failed. */
export function letterQueueProps({ encryptionKey, queueRetentionPeriod, removalPolicy }: QueueSettings): sqs.QueueProps {
  return {
    retentionPeriod: queueRetentionPeriod ?? Duration.days(LONGEST_RETENTION_DAYS),
    removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    enforceSSL: true,
    ...(encryptionKey
      ? { encryption: sqs.QueueEncryption.KMS, encryptionMasterKey: encryptionKey }
      : { encryption: sqs.QueueEncryption.SQS_MANAGED }),
  };
}
