import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, PurgeQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Account } from '../../../local/account';
import { Clock } from '../../../local/clock';
import { functionMetric } from '../../../local/cloudwatch/service-metrics';
import { Emulators, startEmulators } from '../../../local/emulators/emulators';
import { AsyncInvokeConfig, AsyncInvoker } from '../../../local/functions/async-invoker';
import { FunctionThrottledError, InvokeResult, PayloadTooLargeError } from '../../../local/functions/lambda-function';

const account = new Account();
const functionArn = account.arn('lambda', 'function:hydrate');
const roleArn = account.arn('iam', 'role/hydrate', { global: true });
const queueArn = account.arn('sqs', 'failed');
const deadLetterArn = account.arn('sqs', 'dead');
const topicArn = account.arn('sns', 'alarms');

const OK: InvokeResult = { statusCode: 200, executedVersion: '$LATEST', payload: '"done"' };
const ERROR: InvokeResult = { ...OK, functionError: 'Unhandled', payload: '{"errorType":"Error","errorMessage":"boom"}' };
const THROTTLE = new FunctionThrottledError('hydrate', 1);

let emulators: Emulators;
let sqs: SQSClient;
let sns: SNSClient;
let invokers: AsyncInvoker[];

beforeAll(async () => {
  emulators = await startEmulators({ accountId: account.accountId, region: account.region, kinesis: false });
  const settings = {
    region: account.region,
    endpoint: emulators.endpoints.sqs,
    credentials: { accessKeyId: 'admin', secretAccessKey: 'admin' },
    requestHandler: new NodeHttpHandler(),
  };
  sqs = new SQSClient(settings);
  sns = new SNSClient(settings);
  for (const name of ['failed', 'dead', 'from-topic']) await sqs.send(new CreateQueueCommand({ QueueName: name }));
  await sns.send(new CreateTopicCommand({ Name: 'alarms' }));
  await sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint: account.arn('sqs', 'from-topic') }));
});

afterAll(async () => {
  sqs.destroy();
  sns.destroy();
  await emulators.stop();
});

beforeEach(async () => {
  invokers = [];
  for (const name of ['failed', 'dead', 'from-topic']) await sqs.send(new PurgeQueueCommand({ QueueUrl: url(name) }));
});

afterEach(async () => {
  for (const invoker of invokers) await invoker.close();
});

const url = (name: string) => `${emulators.endpoints.sqs}/${account.accountId}/${name}`;

/** Sleeps not at all, and remembers how long it was asked to. Its time passes by sleeping alone. */
class SteppedClock extends Clock {
  readonly slept: number[] = [];
  private now = 0;

  override age(): number {
    return this.now;
  }

  override async sleep(millis: number): Promise<void> {
    this.slept.push(millis);
    this.now += millis;
  }
}

/** An invoker on a function whose answers are given, the last one repeated. */
function invokerOn(answers: (InvokeResult | Error)[], config: AsyncInvokeConfig = {}) {
  const clock = new SteppedClock();
  const events: unknown[] = [];
  const target = {
    functionArn,
    roleArn,
    async invoke(event: unknown) {
      const answer = answers[Math.min(events.push(event), answers.length) - 1];
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const invoker = new AsyncInvoker(target, config, { account, clock, endpoints: emulators.endpoints });
  invokers.push(invoker);
  return { invoker, clock, events };
}

async function received(name: string) {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({
    QueueUrl: url(name), MaxNumberOfMessages: 10, MessageAttributeNames: ['All'],
  }));
  return Messages;
}

describe('an asynchronous event', () => {
  it('is handed over once when the function succeeds', async () => {
    const { invoker, clock, events } = invokerOn([OK]);
    invoker.enqueue({ n: 1 });
    await invoker.idle();
    expect(events).toEqual([{ n: 1 }]);
    expect(clock.slept).toEqual([]);
  });

  it.each([
    [undefined, [60_000, 120_000]],
    [2, [60_000, 120_000]],
    [1, [60_000]],
    [0, []],
  ])('is retried after function errors, maximumRetryAttempts %s', async (maximumRetryAttempts, delays) => {
    const { invoker, clock, events } = invokerOn([ERROR], { maximumRetryAttempts });
    invoker.enqueue({});
    await invoker.idle();
    expect(events).toHaveLength(delays.length + 1);
    expect(clock.slept).toEqual(delays);
  });

  it('is not retried further once the function succeeds', async () => {
    const { invoker, events } = invokerOn([ERROR, OK], { onFailureArn: queueArn });
    invoker.enqueue({});
    await invoker.idle();
    expect(events).toHaveLength(2);
    expect(await received('failed')).toEqual([]);
  });

  it('is retried while the function is throttled, with a growing delay that uses no retry', async () => {
    const { invoker, clock, events } = invokerOn([THROTTLE, THROTTLE, THROTTLE, ERROR, ERROR, OK]);
    invoker.enqueue({});
    await invoker.idle();
    expect(events).toHaveLength(6);
    expect(clock.slept).toEqual([1_000, 2_000, 4_000, 60_000, 120_000]);
  });

  it('waits no longer than five minutes between throttles and is given up at its age', async () => {
    const { invoker, clock } = invokerOn([THROTTLE], { maximumEventAgeSeconds: 1_500, onFailureArn: queueArn });
    invoker.enqueue({ n: 1 });
    await invoker.idle();
    expect(clock.slept).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000, 300_000, 89_001]);
    const [message] = await received('failed');
    expect(JSON.parse(message.Body!)).toEqual({
      version: '1.0',
      timestamp: expect.any(String),
      requestContext: {
        requestId: expect.any(String), functionArn: `${functionArn}:$LATEST`, condition: 'EventAgeExceeded', approximateInvokeCount: 0,
      },
      requestPayload: { n: 1 },
    });
  });

  it('is given up at once by a function with a reserved concurrency of 0', async () => {
    const { invoker, clock } = invokerOn([new FunctionThrottledError('hydrate', 0)], { deadLetterArn });
    invoker.enqueue({ n: 1 });
    await invoker.idle();
    expect(clock.slept).toEqual([]);
    expect(await received('dead')).toHaveLength(1);
  });

  it('is refused when it is over 1 MB', async () => {
    const { invoker, events } = invokerOn([OK]);
    invoker.enqueue('x'.repeat(1_048_574));
    expect(() => invoker.enqueue('x'.repeat(1_048_575))).toThrow(PayloadTooLargeError);
    await invoker.idle();
    expect(events).toHaveLength(1);
  });

  it('is dropped by close while it waits for a retry', async () => {
    const clock = new Clock();
    let calls = 0;
    const invoker = new AsyncInvoker(
      { functionArn, roleArn, invoke: async () => { calls++; return ERROR; } },
      { onFailureArn: queueArn },
      { account, clock, endpoints: emulators.endpoints },
    );
    invoker.enqueue({});
    expect(invoker.pending).toBe(1);
    await invoker.close();
    expect(invoker.pending).toBe(0);
    expect(calls).toBe(1);
    expect(() => invoker.enqueue({})).toThrow('its asynchronous queue is closed');
  });
});

describe('what is given up', () => {
  const record = {
    version: '1.0',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    requestContext: {
      requestId: expect.stringMatching(/^[\da-f-]{36}$/),
      functionArn: `${functionArn}:$LATEST`,
      condition: 'RetriesExhausted',
      approximateInvokeCount: 3,
    },
    requestPayload: { n: 1 },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: { errorType: 'Error', errorMessage: 'boom' },
  };

  it('goes to a queue as a record of the invocation', async () => {
    const { invoker } = invokerOn([ERROR], { onFailureArn: queueArn });
    invoker.enqueue({ n: 1 });
    await invoker.idle();
    const messages = await received('failed');
    expect(messages.map(({ Body }) => JSON.parse(Body!))).toEqual([record]);
  });

  it('goes to a topic as a record of the invocation', async () => {
    const { invoker } = invokerOn([ERROR], { onFailureArn: topicArn });
    invoker.enqueue({ n: 1 });
    await invoker.idle();
    const [message] = await received('from-topic');
    expect(JSON.parse(JSON.parse(message.Body!).Message)).toEqual(record);
  });

  it('goes to the dead-letter queue as the bare event', async () => {
    const { invoker } = invokerOn([ERROR], { deadLetterArn });
    invoker.enqueue({ n: 1 });
    await invoker.idle();
    const [message] = await received('dead');
    expect(JSON.parse(message.Body!)).toEqual({ n: 1 });
    expect(message.MessageAttributes).toMatchObject({
      RequestID: { StringValue: expect.any(String) },
      ErrorCode: { DataType: 'Number', StringValue: '200' },
      ErrorMessage: { StringValue: 'boom' },
    });
  });

  it('is lost, counted and told of when the destination refuses it', async () => {
    const { invoker } = invokerOn([ERROR], { onFailureArn: account.arn('sqs', 'missing'), deadLetterArn });
    const told = jest.fn();
    invoker.on('destinationFailed', told);
    invoker.enqueue({ n: 1 });
    await invoker.idle();
    expect(invoker.failedDeliveries).toEqual([
      { destinationArn: account.arn('sqs', 'missing'), body: expect.stringContaining('"n":1'), error: expect.any(Error) },
    ]);
    expect(told).toHaveBeenCalledWith(invoker.failedDeliveries[0]);
    expect(account.metrics.of(functionMetric('DestinationDeliveryFailures', functionArn)).map(({ value }) => value)).toEqual([1]);
    expect(await received('dead')).toHaveLength(1);
  });
});

it('sends a record of a success to the success destination', async () => {
  const { invoker } = invokerOn([OK], { onSuccessArn: queueArn });
  invoker.enqueue({ n: 1 });
  await invoker.idle();
  const [message] = await received('failed');
  expect(JSON.parse(message.Body!)).toMatchObject({
    requestContext: { condition: 'Success', approximateInvokeCount: 1 },
    responseContext: { statusCode: 200, executedVersion: '$LATEST' },
    responsePayload: 'done',
  });
});

it.each([
  ['a bucket', { onFailureArn: 'arn:aws:s3:::bucket' }, /must be a standard SQS queue or SNS topic here, got: arn:aws:s3:::bucket/],
  ['a FIFO queue', { onFailureArn: `${queueArn}.fifo` }, /must be a standard SQS queue or SNS topic here/],
  ['three retries', { maximumRetryAttempts: 3 }, /asynchronous retries must be 0 to 2, got: 3/],
])('refuses %s', (_, config, message) => {
  expect(() => invokerOn([OK], config)).toThrow(message);
});
