import { AspectPriority, Aspects, Duration, Lazy, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, IConstruct } from 'constructs';
import { S3CaptureOptions } from '../capture-options';
import { Asset, CAPTURE_PREFIX, Environment, FunctionRole } from '../contract';
import { AppRegistry } from './app-registry';
import { defineCaptureBucket } from './buckets';
import { CaptureFunction } from './capture-function';
import { checkDuration, checkInteger, checkSameEnvironment, fail } from './checks';
import { Capture, Destination, DlqParts } from './dlq-parts';
import { allowServiceToUseKeys, checkKey } from './encryption-key';
import { checkGranted } from './granted';
import { grantRead, ofThisAccount } from './grants';
import { notifyOfObjects } from './object-notifications';
import { ownResource } from './resource-properties';
import { resourceOf } from './source-of-mapping';

const SERVICE = 'events.amazonaws.com';

/** Of the 4 KB of environment variables, what the ARNs of the streams may take. */
const MOST_BYTES_OF_STREAMS = 3_072;

/** The length of an ARN that synth does not know: one with a generated name. */
const LONG_ARN = 150;

/** Buckets that are passed in, by name, each with the `StreamDlq` that takes failed batches from it. */
const bucketsInUse = new AppRegistry((): IConstruct[] => []);

/** A bucket that Lambda writes failed batches to, and a function that makes dead letters of the objects. */
export function defineS3Capture(parts: DlqParts, options: S3CaptureOptions): Capture {
  const { dlq, undeliverableQueue } = parts;
  const { bucket: existing, maxEventAge, retryAttempts, ...functionOptions } = options;
  checkDuration(dlq, 'maxEventAge', maxEventAge, Duration.minutes(1), Duration.hours(6));
  checkInteger(dlq, 'retryAttempts', retryAttempts, 0, 2);
  if (existing) checkBucket(dlq, existing);
  const bucket = existing ?? defineCaptureBucket(dlq, parts.storage, parts.messageLifetime);

  const capture = new CaptureFunction(dlq, 'Capture', {
    parts,
    options: functionOptions,
    asset: Asset.CAPTURE_S3,
    functionRole: FunctionRole.CAPTURE,
    description: 'Makes dead letters of the failed batches that Lambda writes to S3 (cdk-stream-dlq)',
    environment: {
      [Environment.CAPTURE_BUCKET]: bucket.bucketName,
      // Other apps may use an imported bucket too.
      ...(existing && !isOfThisApp(existing) && { [Environment.STREAM_ARNS]: streamArnsOf(parts) }),
    },
  });
  capture.connectQueues();
  // Lambda sends there what the function fails to handle in all attempts.
  const onFailure = { bind: () => ({ destination: undeliverableQueue.queueArn }) };
  capture.function.configureAsyncInvoke({ onFailure, maxEventAge, retryAttempts });
  // `grantRead` of the bucket allows listing it as well. S3 would then report a missing object as missing, where it now reports that access
  // is denied. But S3 sends the event of an object once it exists, and it is missing only where somebody has deleted it: either way the
  // event ends in the undeliverable queue.
  checkGranted(dlq, capture.role, ...grantRead(bucket, `${CAPTURE_PREFIX}*`, capture.role, ofThisAccount(dlq)));

  const rule = new events.Rule(dlq, 'ObjectCreated', {
    description: 'Failed batches that Lambda wrote to S3 (cdk-stream-dlq)',
    eventPattern: {
      source: ['aws.s3'],
      detailType: ['Object Created'],
      detail: { bucket: { name: [bucket.bucketName] }, object: { key: events.Match.prefix(CAPTURE_PREFIX) } },
    },
    targets: [new targets.LambdaFunction(capture.function, { deadLetterQueue: undeliverableQueue })],
  });
  // Without a condition on the source, unlike for SNS: EventBridge does not pass it on to the key.
  // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
  allowServiceToUseKeys(dlq, { 'the undeliverable queue': undeliverableQueue }, SERVICE);
  if (existing) notifyOfObjects(dlq, existing);

  const childrenOfBucket = ['Policy', 'Notifications'].flatMap((id) => bucket.node.tryFindChild(id) ?? []);
  return {
    function: capture.function,
    logGroup: capture.logGroup,
    rereads: false,
    bucket,
    destination: bucketDestination(dlq, bucket),
    // EventBridge drops events that no rule matches yet, and S3 sends none before its notifications are on.
    delivery: [rule, ...capture.delivery, ...childrenOfBucket],
    deliveredBy: {
      service: SERVICE,
      from: 'the rule',
      lostEvents: (metric) => new cloudwatch.Metric({
        namespace: 'AWS/Events',
        metricName: 'InvocationsFailedToBeSentToDlq',
        ...metric,
        dimensionsMap: { RuleName: rule.ruleName },
      }).attachTo(rule),
    },
  };
}

export function bucketDestination(dlq: Construct, bucket: s3.IBucket): Destination {
  const conditions = ofThisAccount(dlq);
  return {
    arn: bucket.bucketArn,
    resource: bucket,
    verb: 'WriteTo',
    rights: [
      { actions: ['s3:PutObject'], resources: [bucket.arnForObjects(`${CAPTURE_PREFIX}*`)], conditions },
      { actions: ['s3:ListBucket'], resources: [bucket.bucketArn], conditions },
    ],
    key: bucket.encryptionKey,
    keyActions: ['kms:GenerateDataKey'],
  };
}

function checkBucket(dlq: Construct, bucket: s3.IBucket): void {
  // Events of S3 arrive on the event bus of the bucket's own account and Region.
  checkSameEnvironment(dlq, 'bucket', bucket, {
    of: 'its StreamDlq',
    what: 'StreamDlq',
    fix: 'pass a bucket of this account and Region: S3 sends events there only',
  });
  checkKey(dlq, 'the key of `bucket`', bucket.encryptionKey);
  const users = bucketsInUse.entryOf(dlq, physicalNameOf(bucket));
  const [other] = users;
  if (other) {
    fail(
      dlq,
      `\`bucket\` must be the capture bucket of one StreamDlq only, got: a bucket that '${other.node.path}' takes failed batches from; ` +
        'share that StreamDlq, which may have several sources, or pass another bucket',
    );
  }
  users.push(dlq);
}

function isOfThisApp(bucket: s3.IBucket): boolean {
  return ownResource<s3.CfnBucket>(bucket, 'AWS::S3::Bucket') !== undefined;
}

/** The name that the app sets, rather than a token: an app may define a bucket in one place and import it by name in another. */
function physicalNameOf(bucket: s3.IBucket): string {
  const given = ownResource<s3.CfnBucket>(bucket, 'AWS::S3::Bucket')?.bucketName;
  return given && !Token.isUnresolved(given) ? given : bucket.bucketName;
}

/** The streams whose failed batches are those of a `StreamDlq`, once it has all sources. */
function streamArnsOf(parts: DlqParts): string {
  const { dlq, sources } = parts;
  refuseLaterStreams(parts);
  const arns = () => sources.entries.map(({ streamArn }) => streamArn);
  dlq.node.addValidation({
    validate: () => {
      const bytes = arns().reduce((sum, arn) => sum + (Token.isUnresolved(arn) ? LONG_ARN : arn.length) + 3, 0);
      return bytes <= MOST_BYTES_OF_STREAMS
        ? []
        : [
            `an imported \`bucket\` of FailureCapture.s3() must serve at most about ${Math.floor(MOST_BYTES_OF_STREAMS / LONG_ARN)} ` +
              `sources, got: ${arns().length}; remove \`bucket\`, or pass a bucket of this app: the ARNs of more sources do not fit ` +
              'into the environment of the function',
          ];
    },
  });
  return Lazy.string({ produce: () => Stack.of(dlq).toJsonString(arns()) });
}

/** Refuses a cycle of stacks in plain words, before the CDK does: the function has the ARNs of the streams, and their mappings wait for it. */
function refuseLaterStreams({ dlq, sources, mappings }: DlqParts): void {
  Aspects.of(dlq).add(
    {
      visit: (node) => {
        if (node !== dlq) return;
        for (const { construct, streamArn } of sources.entries.filter((it) => Token.isUnresolved(it.streamArn))) {
          const stack = Stack.of(resourceOf(streamArn) ?? construct);
          if (stack === Stack.of(dlq) || !mappings.entries.some((it) => Stack.of(it) === stack)) continue;
          fail(
            dlq,
            '`source` must not be a stream of a stack that depends on its StreamDlq, with an imported `bucket`, ' +
              `got: '${construct.node.path}', whose mapping is in the same stack; define the StreamDlq in stack '${stack.node.path}', or remove ` +
              '`bucket`: the function needs the ARNs of its streams to share an imported bucket',
          );
        }
      },
    },
    // Once all mappings and sources are defined.
    { priority: AspectPriority.READONLY },
  );
}
