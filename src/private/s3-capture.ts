import { CfnResource, Stack, Token, TokenComparison } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, DependencyGroup } from 'constructs';
import { S3CaptureOptions } from '../capture-options';
import { Asset, CAPTURE_PREFIX, Environment } from '../contract';
import { Capture, DlqParts } from './capture';
import { CaptureFunction } from './capture-function';
import { fail } from './fail';
import { allowServiceToUseKey, grantDelivery, ofThisAccount } from './grants';

/** A bucket that Lambda writes failed batches to, and a function that makes dead letters of the objects. */
export function defineS3Capture(parts: DlqParts, options: S3CaptureOptions): Capture {
  const { dlq, undeliverableQueue } = parts;
  const { bucket = parts.overflowBucket, ...functionOptions } = options;
  checkEnvironment(dlq, options.bucket ? 'bucket' : 'overflowBucket', bucket);

  const own = parts.ownsOverflowBucket && bucket === parts.overflowBucket;
  const conditions = ofThisAccount(dlq, own);
  const objects = bucket.arnForObjects(`${CAPTURE_PREFIX}*`);

  const capture = new CaptureFunction(dlq, 'Capture', {
    ...functionOptions,
    parts,
    asset: Asset.CAPTURE_S3,
    description: 'Makes dead letters of the failed batches that Lambda writes to S3 (cdk-stream-dlq)',
    environment: { [Environment.CAPTURE_BUCKET]: bucket.bucketName },
  });
  capture.connectQueues();
  // `grantRead` of the bucket allows listing it as well. S3 would then say that an object is missing, where it now says that access
  // is denied. But an object is announced once it is there, and is missing only where somebody has deleted it: either way the event
  // ends in the undeliverable queue.
  iam.Grant.addToPrincipalOrResource({ grantee: capture.role, actions: ['s3:GetObject'], resourceArns: [objects], resource: bucket, conditions });
  bucket.encryptionKey?.grantDecrypt(capture.role);

  const rule = new events.Rule(dlq, 'ObjectCreated', {
    description: 'Failed batches that Lambda wrote to S3 (cdk-stream-dlq)',
    eventPattern: {
      source: ['aws.s3'],
      detailType: ['Object Created'],
      detail: { bucket: { name: [bucket.bucketName] }, object: { key: events.Match.prefix(CAPTURE_PREFIX) } },
    },
    targets: [new targets.LambdaFunction(capture.function, { deadLetterQueue: undeliverableQueue })],
  });
  allowServiceToUseKey(dlq, undeliverableQueue, 'events.amazonaws.com');
  announceObjects(dlq, bucket, own);

  const ofBucket = ['Policy', 'Notifications'].flatMap((id) => bucket.node.tryFindChild(id) ?? []);
  return {
    function: capture.function,
    bucket,
    destinationArn: bucket.bucketArn,
    // EventBridge drops what no rule matches yet, and S3 what it is not to announce.
    delivery: new DependencyGroup(rule, ...capture.delivery, ...ofBucket),
    needs: 's3:PutObject on the objects of the bucket and s3:ListBucket on the bucket',
    admit: (processor, role) =>
      grantDelivery(processor, role, {
        resource: bucket,
        verb: 'WriteTo',
        rights: [
          { action: 's3:PutObject', resourceArn: objects },
          { action: 's3:ListBucket', resourceArn: bucket.bucketArn },
        ],
        conditions,
        key: bucket.encryptionKey,
        keyActions: ['kms:GenerateDataKey'],
      }),
  };
}

/** Has S3 tell EventBridge of new objects. */
function announceObjects(dlq: Construct, bucket: s3.IBucket, own: boolean): void {
  if (!own) {
    if (!isAnnounced(bucket)) bucket.enableEventBridgeNotification();
    return;
  }
  // Set on the resource: what the CDK has for it is a custom resource, whose function may change the notifications of buckets.
  (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };

  // That custom resource replaces what the resource says, when it comes and when it goes.
  const validate = () =>
    bucket.node.tryFindChild('Notifications')
      ? [
          'notifications must not be added to the bucket that a StreamDlq with FailureCapture.s3() defines, ' +
            `got: some on '${bucket.node.path}'; they would replace those that the StreamDlq needs: ` +
            'define the bucket yourself and give it as `overflowBucket`',
        ]
      : [];
  dlq.node.addValidation({ validate });
}

/** Whether a bucket of this app says on the resource itself that its objects are announced, as that of another `StreamDlq` does. */
function isAnnounced(bucket: s3.IBucket): boolean {
  const resource = bucket.node.defaultChild;
  if (!CfnResource.isCfnResource(resource) || resource.cfnResourceType !== 'AWS::S3::Bucket') return false;
  const announced = (resource as s3.CfnBucket).notificationConfiguration as s3.CfnBucket.NotificationConfigurationProperty | undefined;
  const onBus = announced?.eventBridgeConfiguration as s3.CfnBucket.EventBridgeConfigurationProperty | undefined;
  return onBus?.eventBridgeEnabled === true;
}

/** Events of S3 arrive on the event bus of the bucket's own account and region. */
function checkEnvironment(dlq: Construct, prop: string, bucket: s3.IBucket): void {
  const { account, region } = Stack.of(dlq);
  const { env } = bucket;
  const differ = (one: string, other: string) => Token.compareStrings(one, other) === TokenComparison.DIFFERENT;
  if (!differ(account, env.account) && !differ(region, env.region)) return;
  fail(
    dlq,
    `\`${prop}\` must be in the account and region of its StreamDlq for FailureCapture.s3(), got: account ${env.account} in ${env.region} ` +
      `for a StreamDlq of account ${account} in ${region}; its events stay there: give a bucket of this account and region`,
  );
}
