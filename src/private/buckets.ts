import { createHash } from 'node:crypto';
import { Duration, Lazy, RemovalPolicy, Stack, Stage } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, IConstruct } from 'constructs';
import { CAPTURE_PREFIX, OVERFLOW_PREFIX } from '../contract';
import { acknowledgeRulesOfBucket } from './compliance';
import { Overflow, StorageSettings } from './dlq-parts';
import { keepNotifying, NOTIFYING } from './object-notifications';

const OVERFLOW_BUCKET_ID = 'StreamDlqOverflowBucket';

/**
 * How long the messages of each `StreamDlq` live that shares a bucket, in days, once that is final. On the bucket: two copies of this
 * package share it as well.
 */
const LIFETIMES = Symbol.for('cdk-stream-dlq.lifetimes');

type OverflowBucket = s3.Bucket & { [LIFETIMES]?: (() => number)[] };

/**
 * The overflow bucket of a stack, which each `StreamDlq` of the stack with the same key and removal policy shares. Each has a folder, which
 * permissions name.
 */
export function sharedOverflowBucket(dlq: Construct, settings: StorageSettings, messageDays: () => number): Overflow {
  const stack = Stack.of(dlq);
  const id = OVERFLOW_BUCKET_ID + suffixOf(stack, settings);
  const bucket = (stack.node.tryFindChild(id) as OverflowBucket | undefined) ?? defineOverflowBucket(stack, id, settings);
  bucket[LIFETIMES]!.push(messageDays);
  return { bucket, isOwn: true, prefix: `${OVERFLOW_PREFIX}${shortHash(pathInStack(dlq))}/` };
}

function defineOverflowBucket(stack: Stack, id: string, settings: StorageSettings): OverflowBucket {
  const days: (() => number)[] = [];
  // A pointer must not outlive the object.
  const longest = Lazy.number({ produce: () => Math.ceil(Math.max(...days.map((it) => it()))) + 1 });
  return Object.assign(defineBucket(stack, id, settings, expiry(OVERFLOW_PREFIX, longest)), { [LIFETIMES]: days });
}

/** The bucket that Lambda writes the failed batches of a `StreamDlq` to. */
export function defineCaptureBucket(dlq: Construct, settings: StorageSettings, messageLifetime: Duration): s3.Bucket {
  // The event of an object may wait in the undeliverable queue before its dead letter waits in the other. EventBridge and Lambda may take
  // more than a day to bring it there.
  const days = Math.ceil(messageLifetime.toDays({ integral: false })) + 2;
  const bucket = defineBucket(dlq, 'CaptureBucket', settings, expiry(CAPTURE_PREFIX, days));
  // On the resource: the CDK's own way is a custom resource, whose function may change the notifications of buckets.
  (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = NOTIFYING;
  keepNotifying(dlq, bucket);
  return bucket;
}

function defineBucket(owner: Construct, id: string, { encryptionKey, removalPolicy }: StorageSettings, rule: s3.LifecycleRule): s3.Bucket {
  // eslint-disable-next-line awscdk/no-variable-construct-id -- the bucket of a stack has an id for each key and removal policy
  const bucket = new s3.Bucket(owner, id, {
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    lifecycleRules: [rule],
    ...(encryptionKey
      ? { encryption: s3.BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }
      : { encryption: s3.BucketEncryption.S3_MANAGED }),
  });
  acknowledgeRulesOfBucket(bucket);
  return bucket;
}

/** With versioning, which an app may turn on, an expired or replaced object remains as a noncurrent version. */
function expiry(prefix: string, days: number): s3.LifecycleRule {
  return { prefix, expiration: Duration.days(days), noncurrentVersionExpiration: Duration.days(days) };
}

/** Buckets that are encrypted or deleted differently are different buckets. */
function suffixOf(stack: Stack, { encryptionKey: key, removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE }: StorageSettings): string {
  const differing = [
    ...(key ? [Stack.of(key) === stack ? pathInStack(key) : pathInStage(key)] : []),
    ...(removalPolicy === RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE ? [] : [removalPolicy]),
  ];
  return differing.length === 0 ? '' : shortHash(differing.join('|'));
}

/** Without what is above the stack: moving a stack into a stage changes no logical id either. */
function pathInStack(construct: IConstruct): string {
  return construct.node.path.slice(Stack.of(construct).node.path.length);
}

/** Keys of different stacks may have the same path there. */
function pathInStage(construct: IConstruct): string {
  return construct.node.path.slice(Stage.of(construct)!.node.path.length).replace(/^\//, '');
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
