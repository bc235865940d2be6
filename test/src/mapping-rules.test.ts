import { Annotations, Aspects, CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSourceProps } from 'aws-cdk-lib/aws-lambda-event-sources';
import {
  DynamoStreamProcessor, DynamoStreamProcessorProps, FailureCapture, KinesisStreamProcessor, KinesisStreamProcessorProps,
} from '../../src';
import { annotationsOf, processorProps, testProcessor, testStack } from '../support/app';
import { defineDlq, processWith } from '../support/stream-dlq';

const STREAM_ARN = 'arn:aws:kinesis:us-east-1:123456789012:stream/orders';
const FILTERS = [lambda.FilterCriteria.filter({ data: { kind: lambda.FilterRule.isEqual('order') } })];
const CAPTURES = [['hydrate', FailureCapture.hydrate()], ['s3', FailureCapture.s3()]] as const;
type OwnOptions = Partial<KinesisEventSourceProps>;
const parameter = (stack: Stack, id = 'Parameter') => new CfnParameter(stack, id, { type: 'Number' }).valueAsNumber;

/** The annotations of the mapping of a KinesisStreamProcessor. */
function annotationsFor(props: Partial<KinesisStreamProcessorProps> = {}, stack = testStack()): string[] {
  new KinesisStreamProcessor(stack, 'Orders', { ...(props.processor ? {} : { processorProps }), ...props });
  return annotationsOf(stack);
}

/** The annotations of a mapping of the user's own. */
function annotationsOfOwn(options: OwnOptions | ((stack: Stack) => OwnOptions), capture = FailureCapture.hydrate()): string[] {
  const { dlq, stack, stream } = defineDlq({ capture });
  processWith(dlq, testProcessor(stack), stream, typeof options === 'function' ? options(stack) : options);
  return annotationsOf(stack);
}

const idsOf = (advice: string[]) => advice.map((it) => /\[ack: cdk-stream-dlq:(\w+)\]$/.exec(it)?.[1]);
const retained = (hours: number) => ({ streamProps: { retentionPeriod: Duration.hours(hours) } });
const withTimeout = (timeout: Duration) => ({ processorProps: { ...processorProps, timeout } });

describe.each(CAPTURES)('with FailureCapture.%s()', (_, capture) => {
  test('the defaults are nothing to warn of', () => {
    expect(annotationsFor({ capture })).toEqual([]);
  });

  test.each([24, 25, 174, 175, 8_760])('the default age is nothing to warn of in a stream that keeps %d hours', (hours) => {
    expect(annotationsFor({ capture, ...retained(hours), ...withTimeout(Duration.minutes(15)) })).toEqual([]);
  });
});

describe('supersetPayload', () => {
  const warning = (got: string) =>
    `dead letters should hold only records that failed, got: ${got}, which makes them include other records; use FailureCapture.s3() ` +
      'as `capture` for exact batches [ack: cdk-stream-dlq:supersetPayload]';

  test.each([
    ['`parallelizationFactor` 2', { parallelizationFactor: 2 }],
    ['`parallelizationFactor` 10', { parallelizationFactor: 10 }],
    ['`filters`', { filters: FILTERS }],
    ['`parallelizationFactor` 10 and `filters`', { parallelizationFactor: 10, filters: FILTERS }],
  ])('warns of %s, at the mapping', (got, props) => {
    const stack = testStack();
    const { mapping } = new KinesisStreamProcessor(stack, 'Orders', { processorProps, ...props });
    expect(annotationsOf(stack)).toEqual([`warning /${mapping.node.path}: ${warning(got)}`]);
  });

  test('warns of a mapping of the user\'s own', () => {
    expect(annotationsOfOwn({ parallelizationFactor: 4 })).toEqual([expect.stringContaining(warning('`parallelizationFactor` 4'))]);
  });

  test.each([
    ['no parallelization', { parallelizationFactor: 1 }],
    ['no filters', { filters: [] }],
    ['FailureCapture.s3()', { parallelizationFactor: 10, filters: FILTERS, capture: FailureCapture.s3() }],
    [
      'FailureCapture.hydrate() as the standby capture',
      { parallelizationFactor: 10, capture: FailureCapture.s3(), keepCapture: FailureCapture.hydrate() },
    ],
  ])('does not warn of %s', (__, props) => {
    expect(annotationsFor(props)).toEqual([]);
  });

  test('does not warn of a token', () => {
    expect(annotationsOfOwn((stack) => ({ parallelizationFactor: parameter(stack) }))).toEqual([]);
  });
});

describe('windowStateLost', () => {
  test.each([
    ['3 minutes', Duration.minutes(3)],
    ['1 second', Duration.seconds(1)],
  ])('warns of a tumbling window of %s, at the mapping', (got, tumblingWindow) => {
    const stack = testStack();
    const { mapping } = new KinesisStreamProcessor(stack, 'Orders', { processorProps, tumblingWindow });
    expect(annotationsOf(stack)).toEqual([
      `warning /${mapping.node.path}: \`tumblingWindow\` should be used with FailureCapture.s3(), got: ${got} with ` +
        'FailureCapture.hydrate(); use FailureCapture.s3() as `capture`: only its dead letters keep the window and its state [ack: ' +
        'cdk-stream-dlq:windowStateLost]',
    ]);
  });

  test.each([
    ['no window', { tumblingWindow: Duration.seconds(0) }],
    ['FailureCapture.s3()', { tumblingWindow: Duration.minutes(3), capture: FailureCapture.s3() }],
  ])('does not warn of %s', (_, props) => {
    expect(annotationsFor(props)).toEqual([]);
  });
});

describe('maxRecordAgeNotSet', () => {
  test.each<[string, Parameters<typeof annotationsOfOwn>[0]]>([
    ['none', { retryAttempts: 0, maxRecordAge: undefined }],
    ['some', { retryAttempts: 3, maxRecordAge: undefined }],
    ['a token', (stack) => ({ retryAttempts: parameter(stack), maxRecordAge: undefined })],
  ])('warns of records without an end, whose retries have one: %s', (_, options) => {
    expect(annotationsOfOwn(options)).toEqual([
      'warning /Stack/Processor/KinesisEventSource:StackStreamDF9FA5DD: `maxRecordAge` should be set, got: none; set it below the ' +
        'retention of the stream: throttled invocations do not count as retries, and Lambda sends no failure record for records that ' +
        'expire [ack: cdk-stream-dlq:maxRecordAgeNotSet]',
    ]);
  });
});

describe('retriesUntilExpiry', () => {
  const WARNING =
    '`retryAttempts` or `maxRecordAge` should be set, got: neither; set `retryAttempts`, and `maxRecordAge` below the retention of ' +
      'the stream: without either, Lambda retries a failing batch until its records expire, and sends no failure record [ack: ' +
      'cdk-stream-dlq:retriesUntilExpiry]';

  describe.each(CAPTURES)('with FailureCapture.%s()', (_, capture) => {
    test.each([
      ['-1', -1],
      ['what Lambda does unless told otherwise', undefined],
    ])('warns of retryAttempts %s without maxRecordAge', (__, retryAttempts) => {
      expect(annotationsOfOwn({ retryAttempts, maxRecordAge: undefined }, capture)).toEqual([expect.stringContaining(WARNING)]);
    });
  });

  test('warns of a record age without an end that was set on the resource', () => {
    const { dlq, stack, stream } = defineDlq();
    const mapping = processWith(dlq, testProcessor(stack), stream, { retryAttempts: -1 });
    (mapping.node.defaultChild as lambda.CfnEventSourceMapping).maximumRecordAgeInSeconds = -1;
    expect(idsOf(annotationsOf(stack))).toEqual(['retriesUntilExpiry']);
  });

  test('does not warn with maxRecordAge', () => {
    expect(annotationsOfOwn({ retryAttempts: -1 })).toEqual([]);
  });

  test('does not warn of a KinesisStreamProcessor, which has a maxRecordAge', () => {
    expect(annotationsFor({ retryAttempts: -1 })).toEqual([]);
  });

  test('does not warn of a maxRecordAge that is a token', () => {
    const stack = testStack();
    expect(annotationsFor({ retryAttempts: -1, maxRecordAge: Duration.seconds(parameter(stack)) }, stack)).toEqual([]);
  });
});

describe('maxRecordAgeBeyondRetention', () => {
  const warning = (age: string, retention: string, consequence: string) =>
    `\`maxRecordAge\` should be below the retention of the stream, got: ${age} for a retention of ${retention}; lower it, because ` +
    `Lambda sends no failure record for records that expire${consequence} [ack: cdk-stream-dlq:maxRecordAgeBeyondRetention]`;

  describe.each(CAPTURES)('with FailureCapture.%s()', (name, capture) => {
    const consequence = name === 'hydrate' ? ', and the hydrate function cannot read them' : '';

    test.each([
      [Duration.hours(24), '1 day'],
      [Duration.days(7), '7 days'],
    ])('warns of %s', (maxRecordAge, text) => {
      expect(annotationsFor({ capture, maxRecordAge })).toEqual([expect.stringContaining(warning(text, '1 day', consequence))]);
    });
  });

  test('says nothing else of the same age', () => {
    expect(idsOf(annotationsFor({ maxRecordAge: Duration.hours(24), ...withTimeout(Duration.minutes(15)) }))).toEqual(['maxRecordAgeBeyondRetention']);
  });

  test('warns of a mapping of the user\'s own', () => {
    expect(idsOf(annotationsOfOwn({ maxRecordAge: Duration.days(2) }))).toEqual(['maxRecordAgeBeyondRetention']);
  });

  test('does not warn of 7 days in a stream that keeps 8', () => {
    expect(annotationsFor({ ...retained(192), maxRecordAge: Duration.days(7) })).toEqual([]);
  });

  test('does not warn where the stream is imported', () => {
    const stack = testStack();
    const stream = kinesis.Stream.fromStreamArn(stack, 'Stream', STREAM_ARN);
    expect(annotationsFor({ stream, maxRecordAge: Duration.days(7) }, stack)).toEqual([]);
  });

  test('does not warn where the retention is a token', () => {
    const stack = testStack();
    const stream = new kinesis.Stream(stack, 'Stream', { retentionPeriod: Duration.hours(parameter(stack)) });
    expect(annotationsFor({ stream, maxRecordAge: Duration.days(7) }, stack)).toEqual([]);
  });

  test('does not warn where maxRecordAge is a token', () => {
    const stack = testStack();
    expect(annotationsFor({ maxRecordAge: Duration.seconds(parameter(stack)) }, stack)).toEqual([]);
  });
});

describe('maxRecordAgeNearRetention', () => {
  const warning = (age: string) =>
    `\`maxRecordAge\` should be at least 1 hour, better 6 hours, below the retention of the stream, got: ${age} for a retention of 1 ` +
      'day; lower `maxRecordAge`, or raise the retention: the hydrate function reads the records again, and may need several attempts ' +
      '[ack: cdk-stream-dlq:maxRecordAgeNearRetention]';

  test.each([
    [Duration.seconds(86_399), '23 hours 59 minutes'],
    [Duration.seconds(82_801), '23 hours 1 second'],
  ])('warns of %s', (maxRecordAge, text) => {
    expect(annotationsFor({ maxRecordAge }).filter((it) => it.includes('Near'))).toEqual([expect.stringContaining(warning(text))]);
  });

  test('does not warn where an hour is left', () => {
    expect(annotationsFor({ maxRecordAge: Duration.hours(23) })).toEqual([]);
  });

  test('does not warn with FailureCapture.s3(), which reads nothing again', () => {
    expect(annotationsFor({ maxRecordAge: Duration.seconds(86_399), capture: FailureCapture.s3() })).toEqual([]);
  });

  test('does not warn where the stream is imported', () => {
    const stack = testStack();
    const stream = kinesis.Stream.fromStreamArn(stack, 'Stream', STREAM_ARN);
    expect(annotationsFor({ stream, maxRecordAge: Duration.seconds(86_399) }, stack)).toEqual([]);
  });
});

describe('processorTimeoutBeyondRetention', () => {
  const AGE = Duration.minutes(24 * 60 - 5);
  const timeoutAdvice = (props: Partial<KinesisStreamProcessorProps>, stack = testStack()) =>
    annotationsFor({ maxRecordAge: AGE, ...props }, stack).filter((it) => it.includes('processorTimeout'));

  test('warns of a timeout longer than what is left', () => {
    expect(timeoutAdvice(withTimeout(Duration.seconds(301)))).toEqual([
      expect.stringContaining(
        'the timeout of the processor should be shorter than the time between `maxRecordAge` and the retention of the stream, got: 5 ' +
          'minutes 1 second with 23 hours 55 minutes for a retention of 1 day; lower `maxRecordAge` or the timeout: records can expire ' +
          'during the last attempt [ack: cdk-stream-dlq:processorTimeoutBeyondRetention]',
      ),
    ]);
  });

  test('warns of the 3 seconds that Lambda gives a function unless told otherwise', () => {
    expect(timeoutAdvice({ maxRecordAge: Duration.seconds(86_398) })).toEqual([expect.stringContaining('got: 3 seconds with')]);
  });

  test.each([
    ['a version', (fn: lambda.Function) => fn.currentVersion],
    ['an alias', (fn: lambda.Function) => new lambda.Alias(fn.stack, 'Live', { aliasName: 'live', version: fn.currentVersion })],
  ])('warns of the function behind %s', (_, qualified) => {
    const stack = testStack();
    const processor = qualified(testProcessor(stack, 'Processor', { timeout: Duration.minutes(15) }));
    expect(timeoutAdvice({ processor }, stack)).toHaveLength(1);
  });

  test.each([
    ['that is as long as what is left', withTimeout(Duration.minutes(5))],
    ['that is a token', withTimeout(Duration.seconds(Lazy.number({ produce: () => 900 })))],
    ['with FailureCapture.s3(), which reads nothing again', { ...withTimeout(Duration.minutes(15)), capture: FailureCapture.s3() }],
  ])('does not warn of a timeout %s', (_, props) => {
    expect(timeoutAdvice(props)).toEqual([]);
  });

  test('does not warn of an imported processor, whose timeout is not known', () => {
    const stack = testStack();
    const { role } = testProcessor(stack, 'Other');
    const functionArn = 'arn:aws:lambda:us-east-1:123456789012:function:orders';
    const processor = lambda.Function.fromFunctionAttributes(stack, 'Processor', { functionArn, role });
    expect(timeoutAdvice({ processor }, stack)).toEqual([]);
  });
});

describe('with a DynamoDB stream, which keeps records for 24 hours', () => {
  const TABLE_ARN = 'arn:aws:dynamodb:us-east-1:123456789012:table/customers';

  function adviceOnTable(props: Partial<DynamoStreamProcessorProps>): string[] {
    const stack = testStack();
    const tableStreamArn = `${TABLE_ARN}/stream/2026-01-01T00:00:00.000`;
    const table = dynamodb.Table.fromTableAttributes(stack, 'Table', { tableArn: TABLE_ARN, tableStreamArn });
    new DynamoStreamProcessor(stack, 'Audit', { table, processorProps, ...props });
    return annotationsOf(stack);
  }

  test.each([
    ['supersetPayload', { parallelizationFactor: 10 }],
    ['windowStateLost', { tumblingWindow: Duration.minutes(3) }],
    ['maxRecordAgeBeyondRetention', { maxRecordAge: Duration.hours(24) }],
    ['maxRecordAgeNearRetention', { maxRecordAge: Duration.minutes(24 * 60 - 30) }],
  ])('warns of %s', (id, props) => {
    expect(idsOf(adviceOnTable(props))).toEqual([id]);
  });

  test.each(CAPTURES)('the defaults are nothing to warn of, with FailureCapture.%s()', (_, capture) => {
    expect(adviceOnTable({ capture })).toEqual([]);
  });
});

describe('redriveToOldVersion', () => {
  const VERSION_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:orders:5';
  const imported = (stack: Stack, functionArn: string) =>
    lambda.Function.fromFunctionAttributes(stack, 'Imported', { functionArn, role: testProcessor(stack, 'Other').role });

  /** What the mapping of a processor is warned of, whose timeout is nothing to warn of. */
  function idsFor(processorIn: (stack: Stack) => lambda.IFunction, capture = FailureCapture.hydrate()): (string | undefined)[] {
    const stack = testStack();
    new KinesisStreamProcessor(stack, 'Orders', { processor: processorIn(stack), capture });
    return idsOf(annotationsOf(stack));
  }

  test('warns of a version, at the mapping', () => {
    const stack = testStack();
    const { mapping } = new KinesisStreamProcessor(stack, 'Orders', { processor: testProcessor(stack).currentVersion });
    expect(annotationsOf(stack)).toEqual([
      `warning /${mapping.node.path}: the mapping should invoke a function or an alias, got: a version; use an alias: a redrive ` +
        'invokes the version that failed, not the fixed version [ack: cdk-stream-dlq:redriveToOldVersion]',
    ]);
  });

  test.each(CAPTURES)('warns of a version with FailureCapture.%s()', (_, capture) => {
    expect(idsFor((stack) => testProcessor(stack).currentVersion, capture)).toEqual(['redriveToOldVersion']);
  });

  test('warns of a mapping of the user\'s own', () => {
    const { dlq, stack, stream } = defineDlq();
    processWith(dlq, testProcessor(stack).currentVersion, stream);
    expect(idsOf(annotationsOf(stack))).toEqual(['redriveToOldVersion']);
  });

  test('warns of an imported version', () => {
    expect(idsFor((stack) => imported(stack, VERSION_ARN))).toEqual(['redriveToOldVersion']);
  });

  test.each<[string, (stack: Stack) => lambda.IFunction]>([
    ['a function', (stack) => testProcessor(stack)],
    ['an alias', (stack) => new lambda.Alias(stack, 'Live', { aliasName: 'live', version: testProcessor(stack).currentVersion })],
    ['an imported function', (stack) => imported(stack, 'arn:aws:lambda:us-east-1:123456789012:function:5')],
    ['an imported alias', (stack) => imported(stack, VERSION_ARN.replace(/5$/, 'live5'))],
    ['an imported one that is not known yet', (stack) => imported(stack, Lazy.string({ produce: () => VERSION_ARN }))],
  ])('does not warn of %s', (_, processorIn) => {
    expect(idsFor(processorIn)).toEqual([]);
  });
});

describe('advice', () => {
  test('can be acknowledged', () => {
    const stack = testStack();
    const orders = new KinesisStreamProcessor(stack, 'Orders', { processorProps, parallelizationFactor: 10 });
    Annotations.of(orders).acknowledgeWarning('cdk-stream-dlq:supersetPayload', 'the processor may see a record twice');
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('is on what the mapping is in the end', () => {
    const stack = testStack();
    const { mapping } = new KinesisStreamProcessor(stack, 'Orders', { processorProps });
    Aspects.of(stack).add({
      visit: (node) => {
        if (node === mapping.node.defaultChild) (node as lambda.CfnEventSourceMapping).parallelizationFactor = 10;
      },
    });
    expect(idsOf(annotationsOf(stack))).toEqual(['supersetPayload']);
  });

  test('is given for every mapping that shares a StreamDlq', () => {
    const { dlq, stack, stream } = defineDlq();
    for (const id of ['One', 'Two']) processWith(dlq, testProcessor(stack, id), stream, { parallelizationFactor: 2 });
    expect(idsOf(annotationsOf(stack))).toEqual(['supersetPayload', 'supersetPayload']);
  });
});
