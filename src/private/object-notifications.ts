import { Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { fail } from './checks';
import { ownResource } from './resource-properties';

/** On the resource of a bucket: S3 sends events of objects to EventBridge. */
export const NOTIFYING: s3.CfnBucket.NotificationConfigurationProperty = { eventBridgeConfiguration: { eventBridgeEnabled: true } };

/** The CDK sets notifications by a custom resource, and the last to write wins. */
const WIPED = 'the custom resource of the CDK overwrites the notifications of the resource, and turns all off when it is deleted';

/** Turns on the events of a bucket that is passed in. */
export function notifyOfObjects(dlq: Construct, bucket: s3.IBucket): void {
  const resource = resourceOf(bucket);
  if (resource && isSet(resource)) {
    // As the bucket of another `StreamDlq` says, which must not get a custom resource either.
    if (!isNotifying(resource)) fail(dlq, notNotifying('of FailureCapture.s3()', bucket, resource));
    keepEventBridgeOn(dlq, bucket, {
      whose: 'of FailureCapture.s3()',
      fix: 'set them on the resource too, or, where they are deployed, remove `notificationConfiguration` from the resource',
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

/** Refuses at synth what turns off the events of a bucket that a `StreamDlq` defines. */
export function keepNotifying(dlq: Construct, bucket: s3.Bucket): void {
  keepEventBridgeOn(dlq, bucket, {
    whose: 'that a StreamDlq defines',
    fix:
      'set them on its resource, with `eventBridgeConfiguration`, or pass an existing bucket to FailureCapture.s3(), and remove ' +
        'deployed ones in a separate deployment first',
  });
}

function keepEventBridgeOn(dlq: Construct, bucket: s3.IBucket, { whose, fix }: { whose: string; fix: string }): void {
  const validate = () => {
    const resource = resourceOf(bucket)!;
    return [
      ...(bucket.node.tryFindChild('Notifications')
        ? [`notifications must not be added to a bucket ${whose} that has notifications on its resource, got: some on ` +
          `'${bucket.node.path}'; ${WIPED}: ${fix}`]
        : []),
      ...(isNotifying(resource) ? [] : [notNotifying(whose, bucket, resource)]),
    ];
  };
  dlq.node.addValidation({ validate });
}

function notNotifying(whose: string, bucket: s3.IBucket, resource: s3.CfnBucket): string {
  return (
    `\`notificationConfiguration\` of a bucket ${whose} must turn EventBridge on, got: ${textOf(resource)} on '${bucket.node.path}'; ` +
      'set `eventBridgeConfiguration: { eventBridgeEnabled: true }` there, so that S3 sends events of failed batches, and remove ' +
      'deployed notifications of the CDK in a separate deployment first, which turns all off'
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

function isNotifying(resource: s3.CfnBucket): boolean {
  const onBus = notificationsOf(resource)?.eventBridgeConfiguration as s3.CfnBucket.EventBridgeConfigurationProperty | undefined;
  return onBus?.eventBridgeEnabled === true;
}

function textOf(resource: s3.CfnBucket): string {
  return JSON.stringify(notificationsOf(resource)) ?? 'nothing';
}
