import { CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { CaptureFunctionOptions, FailureCapture, S3CaptureOptions } from '../../src';
import { countOf, propertiesOf, resolved, resourcesOf } from '../support/app';
import { messageOf } from '../support/errors';
import { defineDlq } from '../support/stream-dlq';

type Options = CaptureFunctionOptions | ((stack: Stack) => CaptureFunctionOptions);

describe.each([
  ['hydrate', 'Hydrate', (options: CaptureFunctionOptions) => FailureCapture.hydrate(options)],
  ['s3', 'Capture', (options: CaptureFunctionOptions) => FailureCapture.s3(options)],
] as const)('the function of FailureCapture.%s()', (_, id, capture) => {
  function define(options: Options = {}) {
    const defined = defineDlq((stack) => ({ capture: capture(typeof options === 'function' ? options(stack) : options) }));
    return { ...defined, fn: defined.dlq.captureFunction };
  }

  const defineFunction = (options: Options = {}) => propertiesOf(define(options).fn);
  const refusal = (options: CaptureFunctionOptions) => messageOf(() => define(options));

  test('has 512 MiB and 5 minutes, on arm64, and shares the concurrency of the account', () => {
    expect(defineFunction()).toMatchObject({ MemorySize: 512, Timeout: 300, Architectures: ['arm64'], Runtime: 'nodejs24.x' });
    expect(defineFunction()).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  test('architecture', () => {
    expect(defineFunction({ architecture: lambda.Architecture.X86_64 }).Architectures).toEqual(['x86_64']);
  });

  test.each([128, 1024, 10_240])('memorySize %d', (memorySize) => {
    expect(defineFunction({ memorySize }).MemorySize).toBe(memorySize);
  });

  test('memorySize from a parameter of the stack', () => {
    const parameter = (stack: Stack) => ({ memorySize: new CfnParameter(stack, 'Memory', { type: 'Number' }).valueAsNumber });
    expect(defineFunction(parameter).MemorySize).toEqual({ Ref: 'Memory' });
  });

  test('memorySize that is produced late', () => {
    expect(defineFunction({ memorySize: Lazy.number({ produce: () => 256 }) }).MemorySize).toBe(256);
  });

  test.each([127, 10_241, 0, -1, 512.5, Number.NaN, Number.POSITIVE_INFINITY])('memorySize %d is refused', (memorySize) => {
    expect(refusal({ memorySize })).toBe(`[Stack/Dlq/${id}] \`memorySize\` must be a whole number from 128 to 10240, got: ${memorySize}`);
  });

  test.each([60, 120, 900])('timeout of %d seconds', (seconds) => {
    expect(defineFunction({ timeout: Duration.seconds(seconds) }).Timeout).toBe(seconds);
  });

  test('timeout from a parameter of the stack', () => {
    const parameter = (stack: Stack) => ({ timeout: Duration.seconds(new CfnParameter(stack, 'Seconds', { type: 'Number' }).valueAsNumber) });
    expect(defineFunction(parameter).Timeout).toEqual({ Ref: 'Seconds' });
  });

  test.each([
    ['59 seconds', Duration.seconds(59), '59 seconds'],
    ['15 minutes and a second', Duration.seconds(901), '15 minutes 1 second'],
    ['a day', Duration.days(1), '1 day'],
  ])('timeout of %s is refused', (__, timeout, text) => {
    expect(refusal({ timeout })).toBe(`[Stack/Dlq/${id}] \`timeout\` must be from 1 minute to 15 minutes, got: ${text}`);
  });

  test('reservedConcurrentExecutions', () => {
    expect(defineFunction({ reservedConcurrentExecutions: 7 }).ReservedConcurrentExecutions).toBe(7);
  });

  test.each([0, -1, 1.5])('reservedConcurrentExecutions %d is refused', (reservedConcurrentExecutions) => {
    expect(refusal({ reservedConcurrentExecutions })).toBe(
      `[Stack/Dlq/${id}] \`reservedConcurrentExecutions\` must be a whole number from 1 to ${Number.MAX_SAFE_INTEGER}, got: ${reservedConcurrentExecutions}`,
    );
  });

  test('logGroup', () => {
    const { fn, stack } = define((it) => ({ logGroup: new logs.LogGroup(it, 'Log') }));
    const log = stack.node.findChild('Log') as logs.LogGroup;
    expect(propertiesOf(fn).LoggingConfig).toEqual({ LogGroup: resolved(stack, log.logGroupName) });
    expect(countOf(stack, 'AWS::Logs::LogGroup')).toBe(1);
  });
});

describe('of Lambda\'s attempts at an event of FailureCapture.s3()', () => {
  const define = (options: S3CaptureOptions) => defineDlq(() => ({ capture: FailureCapture.s3(options) }));
  const refusal = (options: S3CaptureOptions) => messageOf(() => define(options));
  const configOf = (options: S3CaptureOptions) => {
    const { stack, dlq } = define(options);
    const [{ Properties }] = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::Lambda::EventInvokeConfig');
    expect(Properties.DestinationConfig.OnFailure.Destination).toEqual(resolved(stack, dlq.undeliverableQueue.queueArn));
    return Properties;
  };

  test('leaves number and time to Lambda: 2 more, for 6 hours', () => {
    for (const property of ['MaximumEventAgeInSeconds', 'MaximumRetryAttempts']) expect(configOf({})).not.toHaveProperty(property);
  });

  test.each([60, 21_600])('takes a maxEventAge of %d seconds', (seconds) => {
    expect(configOf({ maxEventAge: Duration.seconds(seconds) }).MaximumEventAgeInSeconds).toBe(seconds);
  });

  test.each([[59, '59 seconds'], [21_601, '6 hours 1 second']])('refuses a maxEventAge of %d seconds', (seconds, text) => {
    expect(refusal({ maxEventAge: Duration.seconds(seconds) })).toBe(`[Stack/Dlq] \`maxEventAge\` must be from 1 minute to 6 hours, got: ${text}`);
  });

  test.each([0, 1, 2])('takes %d retryAttempts', (retryAttempts) => {
    expect(configOf({ retryAttempts }).MaximumRetryAttempts).toBe(retryAttempts);
  });

  test.each([-1, 3, 1.5])('refuses %d retryAttempts', (retryAttempts) => {
    expect(refusal({ retryAttempts })).toBe(`[Stack/Dlq] \`retryAttempts\` must be a whole number from 0 to 2, got: ${retryAttempts}`);
  });
});
