import { Duration, Lazy, RemovalPolicy } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CAPTURE_PREFIX, OVERFLOW_FOLDER } from '../contract';
import { StreamDlqOptions } from '../stream-dlq-options';
import { ANNOUNCED, keepOwnAnnounced } from './announcements';
import { RedriveParts } from './capture';
import { LateParts } from './late-parts';
import { LONGEST_RETENTION_DAYS } from './letter-queue';
import { messageRetentionOf } from './message-retention';

/** The bucket of what is too large for the queues, where none is given. */
export function defineOverflowBucket(dlq: Construct, props: StreamDlqOptions, redriveFunctions: LateParts<RedriveParts>): s3.Bucket {
  const letterDays = daysOfMessages(props.queue, props.queueRetentionPeriod);
  // What is parked begins its life anew, and a RedriveFunction may come later.
  const parkedDays = () => redriveFunctions.present.map(({ parkingQueue }) => daysOfParked(parkingQueue));
  const days = Lazy.number({ produce: () => Math.ceil(Math.max(letterDays, ...parkedDays())) + 1 });
  const undeliverableDays = daysOfMessages(props.undeliverableQueue, props.queueRetentionPeriod);
  const bucket = new s3.Bucket(dlq, 'OverflowBucket', {
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    // A pointer must not outlive what it points to.
    lifecycleRules: [
      expiry(`${OVERFLOW_FOLDER}/`, days),
      // Its event may first wait in the undeliverable queue, to become a dead letter that points to it only then. EventBridge and
      // Lambda may need more than a day to leave it there.
      expiry(CAPTURE_PREFIX, Math.ceil(letterDays + undeliverableDays) + 2),
    ],
    ...(props.encryptionKey
      ? { encryption: s3.BucketEncryption.KMS, encryptionKey: props.encryptionKey, bucketKeyEnabled: true }
      : { encryption: s3.BucketEncryption.S3_MANAGED }),
  });
  // Whatever the capture: S3 takes minutes to begin. Set on the resource: what the CDK has for it is a custom resource, whose function
  // may change the notifications of buckets.
  (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = ANNOUNCED;
  keepOwnAnnounced(dlq, bucket);
  return bucket;
}

/** With versioning, which an app may turn on, what expires or is replaced stays as a noncurrent version. */
function expiry(prefix: string, days: number): s3.LifecycleRule {
  return { prefix, expiration: Duration.days(days), noncurrentVersionExpiration: Duration.days(days) };
}

/** The longest that a queue may keep messages, in days. Of one that is given somebody else decides, and may change it. */
function daysOfMessages(given: sqs.IQueue | undefined, retention: Duration | undefined): number {
  return given || !retention || retention.isUnresolved() ? LONGEST_RETENTION_DAYS : retention.toDays({ integral: false });
}

function daysOfParked(queue: sqs.IQueue): number {
  return messageRetentionOf(queue)?.toDays({ integral: false }) ?? LONGEST_RETENTION_DAYS;
}
