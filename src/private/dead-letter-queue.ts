import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { StorageSettings } from './dlq-parts';

/** The largest message that SQS takes. */
export const LARGEST_MESSAGE_BYTES = 1_048_576;

/** The longest that SQS keeps a message. */
export const LONGEST_RETENTION = Duration.days(14);

/** A queue that may hold the only copy of what failed. */
export function storageQueueProps({ encryptionKey, removalPolicy }: StorageSettings, retentionPeriod: Duration | undefined): sqs.QueueProps {
  return {
    retentionPeriod: retentionPeriod ?? LONGEST_RETENTION,
    removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    enforceSSL: true,
    ...(encryptionKey
      ? { encryption: sqs.QueueEncryption.KMS, encryptionMasterKey: encryptionKey }
      : { encryption: sqs.QueueEncryption.SQS_MANAGED }),
  };
}

/** The longest that a queue may keep messages, in days. Synth does not know it for an existing queue, which may change. */
export function longestDaysOf(retention: Duration | undefined): number {
  return !retention || retention.isUnresolved() ? LONGEST_RETENTION.toDays() : retention.toDays({ integral: false });
}
