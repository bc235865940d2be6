import { Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { fail } from './fail';
import { ownResource } from './own-resource';

/** On the resource of a bucket: S3 tells EventBridge of new objects. */
export const ANNOUNCED: s3.CfnBucket.NotificationConfigurationProperty = { eventBridgeConfiguration: { eventBridgeEnabled: true } };

/** What the CDK has for notifications is a custom resource, and only the last to write is heard. */
const WIPED = 'the custom resource of the CDK replaces what the resource says, and turns all off when it goes';

/** Has S3 tell EventBridge of the objects of a bucket that is given. */
export function announceObjects(dlq: Construct, bucket: s3.IBucket): void {
  const resource = resourceOf(bucket);
  if (resource && isSet(resource)) {
    // As the bucket of another `StreamDlq` says, which must not get a custom resource either.
    if (!isAnnounced(resource)) fail(dlq, unannounced('of FailureCapture.s3()', bucket, resource));
    keepAnnounced(dlq, bucket, {
      whose: 'of FailureCapture.s3()',
      fix: 'set them on the resource, too; where they are deployed, take `notificationConfiguration` off the resource instead',
    });
    return;
  }
  // Beside others that are added in the same way.
  bucket.enableEventBridgeNotification();
  if (!resource) return;
  const validate = () =>
    isSet(resource)
      ? [
          '`notificationConfiguration` must not be set on a bucket of FailureCapture.s3() once the StreamDlq is defined, ' +
            `got: ${textOf(resource)} on '${bucket.node.path}'; ${WIPED}: add notifications by addEventNotification()`,
        ]
      : [];
  dlq.node.addValidation({ validate });
}

/** Refuses at synth whatever silences a bucket that a `StreamDlq` defines, which announces its objects from the start. */
export function keepOwnAnnounced(dlq: Construct, bucket: s3.Bucket): void {
  keepAnnounced(dlq, bucket, {
    whose: 'that a StreamDlq defines',
    fix:
      'set them on its resource, beside `eventBridgeConfiguration`, or define the bucket yourself and give it as `overflowBucket`; ' +
      'where they are deployed, remove them in a deployment of its own before',
  });
}

function keepAnnounced(dlq: Construct, bucket: s3.IBucket, { whose, fix }: { whose: string; fix: string }): void {
  const validate = () => {
    const resource = resourceOf(bucket)!;
    return [
      ...(bucket.node.tryFindChild('Notifications')
        ? [`notifications must not be added to a bucket ${whose} beside those of its resource, got: some on '${bucket.node.path}'; ${WIPED}: ${fix}`]
        : []),
      ...(isAnnounced(resource) ? [] : [unannounced(whose, bucket, resource)]),
    ];
  };
  dlq.node.addValidation({ validate });
}

function unannounced(whose: string, bucket: s3.IBucket, resource: s3.CfnBucket): string {
  return (
    `\`notificationConfiguration\` of a bucket ${whose} must turn EventBridge on, got: ${textOf(resource)} on '${bucket.node.path}'; ` +
    'failed batches would not be announced: set `eventBridgeConfiguration: { eventBridgeEnabled: true }` there; ' +
    'where notifications of the CDK are deployed, remove them in a deployment of its own before, since that turns all off'
  );
}

/** The resource of a bucket that this app defines. */
function resourceOf(bucket: s3.IBucket): s3.CfnBucket | undefined {
  return ownResource<s3.CfnBucket>(bucket, 'AWS::S3::Bucket');
}

/** Property overrides are not seen. */
function notificationsOf(resource: s3.CfnBucket): s3.CfnBucket.NotificationConfigurationProperty | undefined {
  return Stack.of(resource).resolve(resource.notificationConfiguration);
}

function isSet(resource: s3.CfnBucket): boolean {
  return notificationsOf(resource) !== undefined;
}

function isAnnounced(resource: s3.CfnBucket): boolean {
  const onBus = notificationsOf(resource)?.eventBridgeConfiguration as s3.CfnBucket.EventBridgeConfigurationProperty | undefined;
  return onBus?.eventBridgeEnabled === true;
}

function textOf(resource: s3.CfnBucket): string {
  return JSON.stringify(notificationsOf(resource)) ?? 'nothing';
}
