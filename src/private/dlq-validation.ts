import { Duration, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StreamDlqOptions } from '../stream-dlq-options';
import { AlarmSet } from './alarm-set';
import { checkAuditLogGroup } from './audit-log-group';
import { captureKinds } from './capture-kind';
import { areDifferent, checkDuration, checkInteger, checkRemovalPolicy, fail, refuseWithoutEffect } from './checks';
import { LARGEST_MESSAGE_BYTES } from './dead-letter-queue';
import { checkKey } from './encryption-key';
import { refuseSharedQueues } from './queue-rules';
import { StreamKind } from './stream-kind';

/** Refuses options that contradict each other, or that have no effect. */
export function validateDlqOptions(dlq: Construct, props: StreamDlqOptions): void {
  const [capture, kept] = [props.capture, props.keepCapture].map((it) => it && captureKinds.of(it));
  const captureName = capture?.name ?? 'FailureCapture.hydrate()';
  if (kept?.name === captureName) {
    fail(
      dlq,
      `\`keepCapture\` must be of the other kind than \`capture\`, got: ${captureName} for both; remove it: it is for changing from one kind to the other`,
    );
  }
  const { queue, undeliverableQueue } = props;
  if (queue && queue.queueArn === undeliverableQueue?.queueArn) {
    fail(dlq, '`undeliverableQueue` must be another queue than `queue`, got: the same for both; pass a queue for undeliverable events ' +
      'only');
  }
  refuseSharedQueues(dlq, props);
  if (undeliverableQueue?.fifo) {
    fail(dlq, '`undeliverableQueue` must be a standard queue, got: a FIFO queue; pass a standard queue: neither SNS nor Lambda delivers ' +
      'to a FIFO queue here');
  }
  checkKey(dlq, '`encryptionKey`', props.encryptionKey);
  validateStorage(dlq, props);
  if (props.auditLogGroup) checkAuditLogGroup(dlq, props.auditLogGroup, 'StreamDlq', 'the functions');

  const missing = { queue: !queue, undeliverableQueue: !undeliverableQueue, overflowBucket: !props.overflowBucket };
  refuseWithoutEffect(dlq, props, 'queueRetentionPeriod', { queue: !queue });
  refuseWithoutEffect(dlq, props, 'queueVisibilityTimeout', { queue: !queue });
  refuseWithoutEffect(dlq, props, 'undeliverableQueueRetentionPeriod', { undeliverableQueue: !undeliverableQueue });
  const definesBucket = [capture, kept].some((it) => it?.defines === 'bucket');
  if (!definesBucket) refuseWithoutEffect(dlq, props, 'removalPolicy', missing);
  checkRemovalPolicy(dlq, props.removalPolicy);
  checkDuration(dlq, 'queueRetentionPeriod', props.queueRetentionPeriod, Duration.minutes(1), Duration.days(14));
  checkDuration(dlq, 'undeliverableQueueRetentionPeriod', props.undeliverableQueueRetentionPeriod, Duration.minutes(1), Duration.days(14));
  checkDuration(dlq, 'queueVisibilityTimeout', props.queueVisibilityTimeout, Duration.seconds(0), Duration.hours(12));
}

/** Refuses an alarm that would watch a metric that nothing emits. */
export function validateMetrics(dlq: Construct, { customMetrics }: StreamDlqOptions, alarms: AlarmSet): void {
  if (customMetrics !== false || !alarms.has('incompleteDeadLetters')) return;
  fail(dlq, '`customMetrics` must not be false with the alarm `incompleteDeadLetters`, got: false; remove it, or set `enabled` of the ' +
    'alarm to false: it would watch a metric that nothing emits');
}

/** No mapping reads across Regions. */
export function validateSourceRegion(dlq: Construct, source: StreamKind): void {
  const { region } = Stack.of(dlq);
  checkKey(dlq, 'the key of `source`', source.encryptionKey);
  if (!areDifferent(source.region, region)) return;
  fail(
    dlq,
    `\`source\` must be a stream of the Region of its StreamDlq, got: one of ${source.region} for a StreamDlq of ${region}; define ` +
      'the StreamDlq in a stack of the Region of the stream: a mapping cannot read across Regions',
  );
}

/** Refuses existing queues and buckets whose keys take no grants, and a limit that a pointer with its attributes is over. */
export function validateStorage(
  dlq: Construct, props: Pick<StreamDlqOptions, 'queue' | 'undeliverableQueue' | 'overflowBucket' | 'queueMaxMessageSizeBytes'>,
): void {
  checkKey(dlq, 'the key of `queue`', props.queue?.encryptionMasterKey);
  checkKey(dlq, 'the key of `undeliverableQueue`', props.undeliverableQueue?.encryptionMasterKey);
  checkKey(dlq, 'the key of `overflowBucket`', props.overflowBucket?.encryptionKey);
  checkInteger(dlq, 'queueMaxMessageSizeBytes', props.queueMaxMessageSizeBytes, 2_048, LARGEST_MESSAGE_BYTES);
}
