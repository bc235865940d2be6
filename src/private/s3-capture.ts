import { Lazy, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, DependencyGroup } from 'constructs';
import { S3CaptureOptions } from '../capture-options';
import { Asset, CAPTURE_PREFIX, Environment, FunctionRole } from '../contract';
import { announceObjects } from './announcements';
import { claimBucket } from './bucket-claims';
import { Capture, DlqParts } from './capture';
import { CaptureFunction } from './capture-function';
import { allowServiceToUseKey, checkKey } from './encryption-key';
import { fail } from './fail';
import { checkGranted } from './granted';
import { Destination, grantDelivery, grantRead, needsOf, ofThisAccount } from './grants';
import { areDifferent } from './known';

const SERVICE = 'events.amazonaws.com';

/** A bucket that Lambda writes failed batches to, and a function that makes dead letters of the objects. */
export function defineS3Capture(parts: DlqParts, options: S3CaptureOptions): Capture {
  const { dlq, undeliverableQueue } = parts;
  const { bucket = parts.overflowBucket, ...functionOptions } = options;
  const prop = options.bucket ? 'bucket' : 'overflowBucket';
  checkEnvironment(dlq, prop, bucket);
  checkKey(dlq, `the key of \`${prop}\``, bucket.encryptionKey);
  const mayBeShared = claimBucket(dlq, prop, bucket, parts.source);

  const own = parts.ownsOverflowBucket && bucket === parts.overflowBucket;
  const conditions = ofThisAccount(dlq);

  const capture = new CaptureFunction(dlq, 'Capture', {
    ...functionOptions,
    parts,
    asset: Asset.CAPTURE_S3,
    functionRole: FunctionRole.CAPTURE,
    description: 'Makes dead letters of the failed batches that Lambda writes to S3 (cdk-stream-dlq)',
    environment: {
      [Environment.CAPTURE_BUCKET]: bucket.bucketName,
      // It may be given to others later.
      [Environment.CAPTURE_BUCKET_SHARED]: Lazy.string({ produce: () => String(mayBeShared()) }),
    },
  });
  capture.connectQueues();
  // `grantRead` of the bucket allows listing it as well. S3 would then say that an object is missing, where it now says that access
  // is denied. But an object is announced once it is there, and is missing only where somebody has deleted it: either way the event
  // ends in the undeliverable queue.
  checkGranted(dlq, capture.role, ...grantRead(bucket, `${CAPTURE_PREFIX}*`, capture.role, conditions));

  const rule = new events.Rule(dlq, 'ObjectCreated', {
    description: 'Failed batches that Lambda wrote to S3 (cdk-stream-dlq)',
    eventPattern: {
      source: ['aws.s3'],
      detailType: ['Object Created'],
      detail: { bucket: { name: [bucket.bucketName] }, object: { key: events.Match.prefix(CAPTURE_PREFIX) } },
    },
    targets: [new targets.LambdaFunction(capture.function, { deadLetterQueue: undeliverableQueue })],
  });
  // Without a condition on the source, as for SNS: a key does not learn it from EventBridge.
  // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
  allowServiceToUseKey(dlq, undeliverableQueue, SERVICE);
  if (!own) announceObjects(dlq, bucket);

  const destination: Destination = {
    resource: bucket,
    verb: 'WriteTo',
    rights: [
      { actions: ['s3:PutObject'], resources: [bucket.arnForObjects(`${CAPTURE_PREFIX}*`)], conditions },
      { actions: ['s3:ListBucket'], resources: [bucket.bucketArn], conditions },
    ],
    key: bucket.encryptionKey,
    keyActions: ['kms:GenerateDataKey'],
  };

  const ofBucket = ['Policy', 'Notifications'].flatMap((id) => bucket.node.tryFindChild(id) ?? []);
  return {
    function: capture.function,
    bucket,
    destinationArn: bucket.bucketArn,
    // EventBridge drops what no rule matches yet, and S3 what it is not to announce.
    delivery: new DependencyGroup(rule, ...capture.delivery, ...ofBucket),
    deliveredBy: { service: SERVICE, from: 'the rule' },
    needs: needsOf(destination),
    admit: (processor, role) => grantDelivery(processor.function, role, destination),
  };
}

/** Events of S3 arrive on the event bus of the bucket's own account and region. */
function checkEnvironment(dlq: Construct, prop: string, bucket: s3.IBucket): void {
  const { account, region } = Stack.of(dlq);
  const { env } = bucket;
  if (!areDifferent(account, env.account) && !areDifferent(region, env.region)) return;
  fail(
    dlq,
    `\`${prop}\` must be in the account and region of its StreamDlq for FailureCapture.s3(), got: account ${env.account} in ${env.region} ` +
      `for a StreamDlq of account ${account} in ${region}; its events stay there: give a bucket of this account and region`,
  );
}
