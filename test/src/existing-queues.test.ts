import { CfnParameter, Duration, Stack, Token } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FailureCapture, StreamDlq, StreamDlqOptions, StreamSource } from '../../src';
import { annotationsOf, testApp, testProcessor, testStack } from '../support/app';
import { messageOf } from '../support/errors';
import { defineDlq, processWith } from '../support/stream-dlq';

const DAYS_14 = { retentionPeriod: Duration.days(14) };

/** What synth says of a StreamDlq that a mapping sends to. */
function said(options: (stack: Stack) => StreamDlqOptions, stack = testStack()): string[] {
  const { dlq, stream } = defineDlq(options, undefined, stack);
  processWith(dlq, testProcessor(stack), stream);
  return annotationsOf(stack).filter((it) => it.includes('cdk-stream-dlq'));
}

describe('an undeliverable queue with the AWS managed key', () => {
  const refusal =
    '[Stack/Dlq] `undeliverableQueue` must not be encrypted with the AWS managed key, got: KMS_MANAGED for \'Stack/Given\'; use ' +
      'SQS_MANAGED, or a customer managed key: SNS and EventBridge cannot use the AWS managed key';

  test('is refused', () => {
    expect(messageOf(() => said((it) => ({
      undeliverableQueue: new sqs.Queue(it, 'Given', { ...DAYS_14, encryption: sqs.QueueEncryption.KMS_MANAGED }),
    })))).toContain(refusal);
  });

  test('is refused where the resource says so', () => {
    expect(messageOf(() => said((it) => {
      const undeliverableQueue = new sqs.Queue(it, 'Given', DAYS_14);
      (undeliverableQueue.node.defaultChild as sqs.CfnQueue).addPropertyOverride('KmsMasterKeyId', 'alias/aws/sqs');
      return { undeliverableQueue };
    }))).toContain(refusal);
  });

  test.each<[string, (stack: Stack) => sqs.QueueProps]>([
    ['a key of SQS', () => ({ encryption: sqs.QueueEncryption.SQS_MANAGED })],
    ['a key of its own', (stack) => ({ encryptionMasterKey: new kms.Key(stack, 'Key') })],
    ['none', () => ({ encryption: sqs.QueueEncryption.UNENCRYPTED })],
  ])('is taken with %s', (_, props) => {
    expect(said((it) => ({ undeliverableQueue: new sqs.Queue(it, 'Given', { ...DAYS_14, ...props(it) }) }))).toEqual([]);
  });

  test('is left to the dead-letter queue, which no service writes to', () => {
    expect(said((it) => ({ queue: new sqs.Queue(it, 'Given', { ...DAYS_14, encryption: sqs.QueueEncryption.KMS_MANAGED }) }))).toEqual([]);
  });
});

describe('an undeliverable queue with a redrive-allow policy', () => {
  const withPermission = (permission: string, capture?: FailureCapture) => said((it) => {
    const undeliverableQueue = new sqs.Queue(it, 'Given', DAYS_14);
    (undeliverableQueue.node.defaultChild as sqs.CfnQueue).redriveAllowPolicy = { redrivePermission: permission };
    return { undeliverableQueue, capture };
  });

  test.each(['denyAll', 'byQueue'])('of %s is refused: SQS would refuse the redrive policy of the intake queue', (permission) => {
    expect(messageOf(() => withPermission(permission))).toContain(
      `[Stack/Dlq] \`undeliverableQueue\` must allow every queue in its \`redriveAllowPolicy\`, got: ${permission} for 'Stack/Given'; remove the ` +
        'policy: SQS moves failure records there from the intake queue, which such a policy cannot name',
    );
  });

  test.each(['denyAll', 'byQueue'])('of %s is taken by FailureCapture.s3(), which has no intake queue', (permission) => {
    expect(withPermission(permission, FailureCapture.s3())).toEqual([]);
  });

  test('of allowAll is taken', () => {
    expect(withPermission('allowAll')).toEqual([]);
  });
});

describe.each(['queue', 'undeliverableQueue'] as const)('%s that is given', (prop) => {
  const given = (props: sqs.QueueProps) => said((it) => ({ [prop]: new sqs.Queue(it, 'Given', props) }));
  const keptForLess = (days: string) =>
    `warning /Stack/Dlq: \`${prop}\` should keep messages for 14 days, got: ${days} for 'Stack/Given'; raise its \`retentionPeriod\`, ` +
      `or acknowledge this warning: it may hold the only copy of the failed records [ack: cdk-stream-dlq:${prop}RetentionTooShort]`;

  test.each([
    ['nothing', {}, '4 days'],
    ['4 days', { retentionPeriod: Duration.days(4) }, '4 days'],
    ['an hour', { retentionPeriod: Duration.hours(1) }, '1 hour'],
  ])('is warned of where its retention is %s', (_, props, text) => {
    expect(given(props)).toEqual([keptForLess(text)]);
  });

  test('is not warned of where its retention is longer, or a token', () => {
    expect(given(DAYS_14)).toEqual([]);
    expect(said((it) => {
      const seconds = Token.asNumber(new CfnParameter(it, 'Seconds', { type: 'Number' }).valueAsNumber);
      return { [prop]: new sqs.Queue(it, 'Given', { retentionPeriod: Duration.seconds(seconds) }) };
    })).toEqual([]);
  });

  test('is not warned of where it is imported', () => {
    const warnings = said((it) => ({ [prop]: sqs.Queue.fromQueueArn(it, 'Given', 'arn:aws:sqs:us-east-1:123456789012:given') }));
    expect(warnings.filter((it) => it.includes(prop + 'Kept') || it.includes(prop + 'Moved'))).toEqual([]);
  });

  test.each([1, 4])('is warned of where a message is moved after %s receives', (maxReceiveCount) => {
    expect(said((it) => ({ [prop]: new sqs.Queue(it, 'Given', { ...DAYS_14, deadLetterQueue: { queue: new sqs.Queue(it, 'Next'), maxReceiveCount } }) }))).toEqual([
      `warning /Stack/Dlq: \`maxReceiveCount\` of \`${prop}\` should be at least 5, got: ${maxReceiveCount} of 'Stack/Given'; raise ` +
        'it, or remove the `deadLetterQueue` of that queue: SQS also counts each time that an operator looks at a message [ack: ' +
        `cdk-stream-dlq:${prop}MaxReceiveCountTooLow]`,
    ]);
  });

  test('is not warned of where a message is moved after many receives', () => {
    expect(said((it) => ({
      [prop]: new sqs.Queue(it, 'Given', { ...DAYS_14, deadLetterQueue: { queue: new sqs.Queue(it, 'Next'), maxReceiveCount: 5 } }),
    }))).toEqual([]);
  });
});

test('a queue of another stack that keeps messages for 4 days is warned of for each StreamDlq', () => {
  const app = testApp();
  const queue = new sqs.Queue(new Stack(app, 'Queues'), 'Given');
  const stack = testStack({}, app);
  const source = StreamSource.kinesis(new kinesis.Stream(stack, 'Stream'));
  for (const id of ['One', 'Two']) new StreamDlq(stack, id, { source, queue });
  expect(annotationsOf(stack).filter((it) => it.includes('queueRetentionTooShort'))).toHaveLength(2);
});

describe('a queue that is a dead-letter queue and an undeliverable queue', () => {
  const source = (stack: Stack) => StreamSource.kinesis(new kinesis.Stream(stack, 'Stream'));
  const queues: [string, (stack: Stack, id: string) => sqs.IQueue][] = [
    ['of this app', (stack) => (stack.node.tryFindChild('Given') as sqs.Queue | undefined) ?? new sqs.Queue(stack, 'Given')],
    ['that is imported', (stack, id) => sqs.Queue.fromQueueArn(stack, id, 'arn:aws:sqs:us-east-1:123456789012:given')],
  ];

  test.each(queues)('is refused as the undeliverable queue of a second StreamDlq: one %s', (_, queueOf) => {
    const stack = testStack();
    new StreamDlq(stack, 'One', { source: source(stack), queue: queueOf(stack, 'A') });
    expect(messageOf(() => new StreamDlq(stack, 'Two', { source: StreamSource.kinesis(new kinesis.Stream(stack, 'Other')), undeliverableQueue: queueOf(stack, 'B') }))).toBe(
      '[Stack/Two] `undeliverableQueue` must not be a dead-letter queue, got: the dead-letter queue of \'Stack/One\'; pass a queue ' +
        'for undeliverable events only: they are not dead letters',
    );
  });

  test.each(queues)('is refused as the dead-letter queue of a second StreamDlq: one %s', (_, queueOf) => {
    const stack = testStack();
    new StreamDlq(stack, 'One', { source: source(stack), undeliverableQueue: queueOf(stack, 'A') });
    expect(messageOf(() => new StreamDlq(stack, 'Two', { source: StreamSource.kinesis(new kinesis.Stream(stack, 'Other')), queue: queueOf(stack, 'B') }))).toBe(
      '[Stack/Two] `queue` must not be an undeliverable queue, got: the undeliverable queue of \'Stack/One\'; pass a queue for dead ' +
        'letters only: undeliverable events are not dead letters',
    );
  });

  test('is refused across stacks, and where a StreamDlq defines it', () => {
    const app = testApp();
    const one = defineDlq({}, undefined, testStack({}, app)).dlq;
    const other = new Stack(app, 'Other');
    expect(messageOf(() => new StreamDlq(other, 'Two', { source: source(other), undeliverableQueue: one.queue }))).toContain('got: the ' +
      'dead-letter queue of \'Stack/Dlq\'');
  });

  test('is refused where SQS moves undeliverables there', () => {
    const stack = testStack();
    const one = new StreamDlq(stack, 'One', { source: source(stack) });
    const undeliverableQueue = new sqs.Queue(stack, 'Given', { ...DAYS_14, deadLetterQueue: { queue: one.queue, maxReceiveCount: 10 } });
    new StreamDlq(stack, 'Two', { source: one.sources[0], undeliverableQueue });
    expect(messageOf(() => annotationsOf(stack))).toContain(
      '`undeliverableQueue` must not lead to a dead-letter queue, got: \'Stack/Given\', whose `deadLetterQueue` leads to the ' +
        'dead-letter queue of \'Stack/One\'',
    );
  });

  test('may be shared as the same thing by two', () => {
    const stack = testStack();
    const [queue, undeliverableQueue] = ['Letters', 'Undeliverables'].map((id) => new sqs.Queue(stack, id));
    expect(() => ['One', 'Two'].map((id) => new StreamDlq(stack, id, {
      source: StreamSource.kinesis(new kinesis.Stream(stack, `${id}Stream`)), queue, undeliverableQueue,
    }))).not.toThrow();
  });
});
