import { App, Aws, CfnParameter, Duration, Environment, Lazy, Stack } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { RedriveFunction, RedriveFunctionProps, StreamDlq, StreamDlqOptions, StreamSource } from '../../src';
import { annotationsOf, propertiesOf, resolved, testProcessor } from '../support/app';
import { messageOf } from '../support/errors';
import { defineDlq, processWith } from '../support/stream-dlq';

type Options<T> = T | ((stack: Stack) => T);

function define(props: Options<Omit<RedriveFunctionProps, 'dlq'>> = {}, options: Options<StreamDlqOptions> = {}) {
  const defined = defineDlq(options);
  const { stack, dlq } = defined;
  return { ...defined, redrive: new RedriveFunction(stack, 'Redrive', { dlq, ...(typeof props === 'function' ? props(stack) : props) }) };
}

const refusal = (...args: Parameters<typeof define>) => messageOf(() => define(...args));
function warningsOf(...args: Parameters<typeof define>): string[] {
  const { stack, stream, dlq } = define(...args);
  processWith(dlq, testProcessor(stack), stream);
  // What is said of a given queue whatever receives from it is a test of its own.
  return annotationsOf(stack).filter((it) => it.includes('cdk-stream-dlq') && !/:queue(RetentionTooShort|MaxReceiveCountTooLow)/.test(it));
}
const parameter = (stack: Stack) => new CfnParameter(stack, 'Parameter', { type: 'Number' }).valueAsNumber;

describe('a second RedriveFunction of one StreamDlq', () => {
  test('is refused', () => {
    const { stack, dlq } = define();
    expect(messageOf(() => new RedriveFunction(stack, 'Second', { dlq }))).toBe(
      "[Stack/Second] the dead-letter queue of `dlq` must have one RedriveFunction only, got: 'Stack/Redrive' as well; " +
        'remove one of the two: it sends the dead letters of every StreamDlq on that queue',
    );
  });

  test('may stand after one that was refused for another reason', () => {
    const { stack, dlq } = defineDlq();
    expect(messageOf(() => new RedriveFunction(stack, 'Wrong', { dlq, maxAttempts: 0 }))).toContain('`maxAttempts`');
    expect(() => new RedriveFunction(stack, 'Right', { dlq })).not.toThrow();
  });
});

describe('its account and region', () => {
  const ENV = { account: '123456789012', region: 'us-east-1' };
  const letters = 'arn:aws:sqs:eu-west-1:123456789012:letters';

  /** A StreamDlq in one environment, and its RedriveFunction in another one. */
  function defineApart(ofDlq: Environment | undefined, ofRedrive: Environment | undefined, queueArn?: string) {
    const app = new App();
    const [stack, later] = [new Stack(app, 'Stack', { env: ofDlq }), new Stack(app, 'Later', { env: ofRedrive })];
    const queue = queueArn === undefined ? undefined : sqs.Queue.fromQueueArn(stack, 'Letters', queueArn);
    const dlq = new StreamDlq(stack, 'Dlq', { source: StreamSource.kinesis(new kinesis.Stream(stack, 'Stream')), queue });
    return new RedriveFunction(later, 'Redrive', { dlq });
  }

  test.each<[string, Environment, string | undefined, string]>([
    ['another region', { ...ENV, region: 'eu-west-1' }, undefined, 'account 123456789012 in us-east-1 for a RedriveFunction of account 123456789012 in eu-west-1'],
    ['another account', { ...ENV, account: '999999999999' }, undefined, 'account 123456789012 in us-east-1 for a RedriveFunction of account 999999999999 in us-east-1'],
    ['another region than the queue', ENV, letters, 'account 123456789012 in eu-west-1 for a RedriveFunction of account 123456789012 in us-east-1'],
  ])('%s is refused', (_, env, queueArn, got) => {
    expect(messageOf(() => defineApart(ENV, env, queueArn))).toBe(
      `[Later/Redrive] \`dlq\` must be in the account and Region of its RedriveFunction, got: ${got}; define it in the stack of the ` +
        'StreamDlq, or in a stack that depends on it, in the same account and Region: Lambda reads queues of its own Region only, and ' +
        'the function uses the queues, buckets and processors of one account',
    );
  });

  test.each<[string, Environment | undefined, string | undefined]>([
    ['are those of the StreamDlq', ENV, undefined],
    ['are not known', undefined, undefined],
    ['are not known, but those of the queue are', undefined, letters],
    ['are half known', { region: 'us-east-1' }, undefined],
    ['are parameters', { account: Aws.ACCOUNT_ID, region: Aws.REGION }, letters],
  ])('are taken where they %s', (_, env, queueArn) => {
    expect(() => defineApart(env, env, queueArn)).not.toThrow();
  });
});

describe('numbers', () => {
  test.each([1, 1_001, 0, -1, 2.5, Number.NaN])('maxConcurrency %d is refused', (maxConcurrency) => {
    expect(refusal({ maxConcurrency })).toBe(`[Stack/Redrive] \`maxConcurrency\` must be a whole number from 2 to 1000, got: ${maxConcurrency}`);
  });

  test.each([0, 11, -1, 1.5])('maxAttempts %d is refused', (maxAttempts) => {
    expect(refusal({ maxAttempts })).toBe(`[Stack/Redrive] \`maxAttempts\` must be a whole number from 1 to 10, got: ${maxAttempts}`);
  });

  test.each([127, 10_241])('memorySize %d is refused', (memorySize) => {
    expect(refusal({ memorySize })).toBe(`[Stack/Redrive] \`memorySize\` must be a whole number from 128 to 10240, got: ${memorySize}`);
  });

  test.each([
    ['59 seconds', Duration.seconds(59), '59 seconds'],
    ['16 minutes', Duration.minutes(16), '16 minutes'],
  ])('timeout of %s is refused', (_, timeout, text) => {
    expect(refusal({ timeout })).toBe(`[Stack/Redrive] \`timeout\` must be from 1 minute to 15 minutes, got: ${text}`);
  });

  test('reservedConcurrentExecutions below maxConcurrency is refused', () => {
    expect(refusal({ reservedConcurrentExecutions: 9, maxConcurrency: 10 })).toBe(
      '[Stack/Redrive] `reservedConcurrentExecutions` must be at least `maxConcurrency`, got: 9 for 10; leave ' +
        '`reservedConcurrentExecutions` out, or lower `maxConcurrency`, which is enough to limit the function: each throttled invocation counts ' +
        'as a receive',
    );
  });

  test('from a parameter of the stack are taken as they are', () => {
    const { redrive } = define((stack) => {
      const value = parameter(stack);
      return { maxConcurrency: value, maxAttempts: value, reservedConcurrentExecutions: value };
    });
    const { ReservedConcurrentExecutions: reserved, Environment: environment } = propertiesOf(redrive.function);
    expect(reserved).toEqual({ Ref: 'Parameter' });
    expect(environment.Variables.MAX_ATTEMPTS).toEqual({ Ref: 'Parameter' });
    expect(propertiesOf(redrive.mapping).ScalingConfig).toEqual({ MaximumConcurrency: { Ref: 'Parameter' } });
  });

  test.each([
    ['maxConcurrency', (value: number) => ({ maxConcurrency: value, reservedConcurrentExecutions: 1 })],
    ['reservedConcurrentExecutions', (value: number) => ({ maxConcurrency: 1_000, reservedConcurrentExecutions: value })],
  ])('%s that is produced late is not compared', (_, props) => {
    expect(() => define(props(Lazy.number({ produce: () => 5 })))).not.toThrow();
  });
});

describe('parkingQueue', () => {
  test.each([
    ['the dead-letter queue', (queue: sqs.IQueue): StreamDlqOptions => ({ queue })],
    ['the undeliverable queue', (undeliverableQueue: sqs.IQueue): StreamDlqOptions => ({ undeliverableQueue })],
  ])('that is %s is refused', (which, options) => {
    const imported = (stack: Stack, id: string) => sqs.Queue.fromQueueArn(stack, id, 'arn:aws:sqs:us-east-1:123456789012:letters');
    expect(refusal((stack) => ({ parkingQueue: imported(stack, 'Parked') }), (stack) => options(imported(stack, 'Given')))).toBe(
      `[Stack/Redrive] \`parkingQueue\` must neither be a queue of a StreamDlq nor lead to one, got: ${which} of 'Stack/Dlq'; pass a ` +
        'queue for parked messages only: others are redriven, or mistaken for undeliverable events',
    );
  });

  test.each([
    ['a FIFO queue', 'a standard queue', { fifo: true }, {}],
    ['a standard queue', 'a FIFO queue', {}, { fifo: true }],
  ])('that is %s is refused where the dead-letter queue is %s', (parking, letters, ofParking, ofLetters) => {
    const queue = (stack: Stack) => new sqs.Queue(stack, 'Given', { ...ofLetters, visibilityTimeout: Duration.minutes(90) });
    expect(refusal((stack) => ({ parkingQueue: new sqs.Queue(stack, 'Parked', ofParking) }), (stack) => ({ queue: queue(stack) }))).toBe(
      `[Stack/Redrive] \`parkingQueue\` must be of the same kind as the dead-letter queue, got: ${parking} for ${letters}; pass ${letters}`,
    );
  });

  test('that takes smaller messages than the dead-letter queue is refused', () => {
    expect(refusal((stack) => ({ parkingQueue: new sqs.Queue(stack, 'Parked', { maxMessageSizeBytes: 262_144 }) }))).toBe(
      '[Stack/Redrive] `parkingQueue` must take messages as large as those of the dead-letter queue, got: 262144 bytes for 1048576; ' +
        'raise its `maxMessageSizeBytes`',
    );
  });

  test.each([
    ['four days, which is what SQS has', {}, {}, '4 days for 14 days', 'its `retentionPeriod`'],
    ['less than the dead-letter queue', { retentionPeriod: Duration.days(2) }, { queueRetentionPeriod: Duration.days(3) }, '2 days for 3 days', 'its `retentionPeriod`'],
  ])('that keeps messages for %s is warned of', (_, parking, options, got, fix) => {
    expect(warningsOf((stack) => ({ parkingQueue: new sqs.Queue(stack, 'Parked', parking) }), options)).toEqual([
      `warning /Stack/Redrive: the parking queue should keep messages as long as the dead-letter queue, got: ${got}; raise ${fix}: ` +
        'the parking queue has the only copy of what it holds [ack: cdk-stream-dlq:parkingQueueRetentionTooShort]',
    ]);
  });

  test('that is defined here is warned of as well, where the dead-letter queue is given and keeps messages for longer', () => {
    const given = (stack: Stack) => ({
      queue: new sqs.Queue(stack, 'Given', { visibilityTimeout: Duration.minutes(90), retentionPeriod: Duration.days(14) }),
    });
    expect(warningsOf({ parkingQueueRetentionPeriod: Duration.days(1) }, given)).toEqual([
      'warning /Stack/Redrive: the parking queue should keep messages as long as the dead-letter queue, got: 1 day for 14 days; raise ' +
        '`parkingQueueRetentionPeriod`: the parking queue has the only copy of what it holds [ack: ' +
        'cdk-stream-dlq:parkingQueueRetentionTooShort]',
    ]);
  });

  test('that is passed in is refused beside `parkingQueueRetentionPeriod`, which would have no effect', () => {
    expect(refusal((stack) => ({ parkingQueue: new sqs.Queue(stack, 'Parked'), parkingQueueRetentionPeriod: Duration.days(14) }))).toBe(
      '[Stack/Redrive] `parkingQueueRetentionPeriod` must not be set with `parkingQueue`, got: both; set it where the existing ' +
        'resource is defined',
    );
  });

  test.each([
    ['59 seconds', Duration.seconds(59), '59 seconds'],
    ['14 days and a second', Duration.seconds(1_209_601), '14 days 1 second'],
  ])('that is to keep messages for %s is refused', (_, parkingQueueRetentionPeriod, text) => {
    expect(refusal({ parkingQueueRetentionPeriod })).toBe(
      `[Stack/Redrive] \`parkingQueueRetentionPeriod\` must be from 1 minute to 14 days, got: ${text}`,
    );
  });

  test.each([
    ['as long', (stack: Stack) => new sqs.Queue(stack, 'Parked', { retentionPeriod: Duration.days(14) })],
    ['for a time that is a token', (stack: Stack) => new sqs.Queue(stack, 'Parked', { retentionPeriod: Duration.seconds(parameter(stack)) })],
    ['for nobody knows how long', (stack: Stack) => sqs.Queue.fromQueueArn(stack, 'Parked', 'arn:aws:sqs:us-east-1:123456789012:parked')],
  ])('that keeps messages %s is fine', (_, parkingIn) => {
    expect(warningsOf((stack) => ({ parkingQueue: parkingIn(stack) }))).toEqual([]);
  });

  test.each([
    ['of the dead-letter queue', (stack: Stack) => ({ queueMaxMessageSizeBytes: parameter(stack) })],
  ])('is not compared with a limit %s that is a token', (_, options) => {
    const small = (stack: Stack) => ({ parkingQueue: new sqs.Queue(stack, 'Parked', { maxMessageSizeBytes: 2_048 }) });
    expect(() => define(small, options)).not.toThrow();
  });
});

describe('a dead-letter queue that is given', () => {
  const given = (props: sqs.QueueProps) => (stack: Stack) => ({ queue: new sqs.Queue(stack, 'Given', props) });

  test.each([
    ['leaves its visibility timeout to SQS', {}, '30 seconds'],
    ['has one below that of the function', { visibilityTimeout: Duration.minutes(14) }, '14 minutes'],
  ])('is refused where it %s: Lambda would refuse the mapping', (_, props, got) => {
    expect(refusal({}, given(props))).toBe(
      `[Stack/Redrive] the visibility timeout of the dead-letter queue must be at least \`timeout\`, got: ${got} of 'Stack/Given' for ` +
        '15 minutes; set `visibilityTimeout` where the queue is defined, to 1 hour 30 minutes as AWS recommends, or lower `timeout`: ' +
        'Lambda refuses the mapping otherwise',
    );
  });

  test.each([15, 89])('is warned of where its visibility timeout is %d minutes, less than AWS advises', (minutes) => {
    const got = minutes === 15 ? '15 minutes' : '1 hour 29 minutes';
    expect(warningsOf({}, given({ visibilityTimeout: Duration.minutes(minutes) }))).toEqual([
      `warning /Stack/Redrive: the visibility timeout of the dead-letter queue should be 6 times \`timeout\`, got: ${got} of ` +
        '\'Stack/Given\' for 15 minutes; set `visibilityTimeout` where the queue is defined, to 1 hour 30 minutes as AWS recommends, or ' +
        'lower `timeout`: otherwise SQS can deliver a message twice that waits for the function [ack: ' +
        'cdk-stream-dlq:visibilityTimeoutBelowRecommended]',
    ]);
  });

  test('is fine with what AWS advises', () => {
    expect(warningsOf({}, given({ visibilityTimeout: Duration.minutes(90) }))).toEqual([]);
  });

  test('is left as it is where the visibility timeout or the timeout is a token', () => {
    const token = (stack: Stack) => Duration.seconds(parameter(stack));
    expect(warningsOf({}, (stack) => given({ visibilityTimeout: token(stack) })(stack))).toEqual([]);
    expect(warningsOf((stack) => ({ timeout: token(stack) }), given({}))).toEqual([]);
  });

  test('is taken as it is where it is imported', () => {
    const imported = (stack: Stack) => ({ queue: sqs.Queue.fromQueueArn(stack, 'Given', 'arn:aws:sqs:us-east-1:123456789012:letters') });
    expect(warningsOf({}, imported)).toEqual([]);
  });

  test.each([
    ['as many receives as attempts', 3, true],
    ['more', 4, false],
  ])('that moves messages after %s', (_, maxReceiveCount, warned) => {
    const moving = (stack: Stack) =>
      given({ visibilityTimeout: Duration.minutes(90), deadLetterQueue: { queue: new sqs.Queue(stack, 'Next'), maxReceiveCount } })(stack);
    expect(warningsOf({}, moving)).toEqual(
      warned
        ? [
            'warning /Stack/Redrive: `maxReceiveCount` of the dead-letter queue should be above `maxAttempts`, got: 3 of ' +
              '\'Stack/Given\' for 3; raise it, or lower `maxAttempts`: SQS moves messages, without a reason, before the function parks ' +
              'them [ack: cdk-stream-dlq:maxReceiveCountBelowMaxAttempts]',
          ]
        : [],
    );
  });

  test('that moves messages is not compared with attempts that are a token', () => {
    const moving = (stack: Stack) =>
      given({ visibilityTimeout: Duration.minutes(90), deadLetterQueue: { queue: new sqs.Queue(stack, 'Next'), maxReceiveCount: 1 } })(stack);
    expect(warningsOf((stack) => ({ maxAttempts: parameter(stack) }), moving)).toEqual([]);
  });
});

describe('the timeout of a processor', () => {
  const slow = (props: Partial<lambda.FunctionProps>, redrive: Parameters<typeof define>[0] = {}) => {
    const { stack, dlq, stream } = define(redrive);
    const processor = testProcessor(stack, 'Processor', props);
    processWith(dlq, processor, stream);
    return annotationsOf(stack).filter((it) => it.includes('Redrive'));
  };

  test.each([
    ['as long', Duration.minutes(5), '5 minutes'],
    ['longer', Duration.minutes(6), '6 minutes'],
  ])('%s than that of the function is warned of', (_, timeout, text) => {
    expect(slow({ timeout }, { timeout: Duration.minutes(5) })).toEqual([
      `warning /Stack/Redrive: \`timeout\` should be longer than the timeout of the processor, got: 5 minutes for ${text} of ` +
        '\'Stack/Processor\'; raise it, or lower the timeout of the processor: otherwise the function stops waiting, and sends records ' +
        'again that may have been processed [ack: cdk-stream-dlq:timeoutBelowProcessor]',
    ]);
  });

  test.each([
    ['shorter', { timeout: Duration.minutes(4) }, { timeout: Duration.minutes(5) }],
    ['that is left to Lambda', {}, { timeout: Duration.minutes(1) }],
  ])('%s is fine', (_, props, redrive) => {
    expect(slow(props, redrive)).toEqual([]);
  });

  test('is not compared where one of the two is a token', () => {
    const late = Duration.seconds(Lazy.number({ produce: () => 900 }));
    expect(slow({ timeout: late })).toEqual([]);
    expect(slow({ timeout: Duration.minutes(15) }, { timeout: late })).toEqual([]);
  });

  test('a timeout that is a token gives the queue six times the longest', () => {
    const { stack, dlq } = define((it) => ({ timeout: Duration.seconds(parameter(it)) }));
    expect(resolved(stack, (dlq.queue.node.defaultChild as sqs.CfnQueue).visibilityTimeout)).toBe(5_400);
  });
});
