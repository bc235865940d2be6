import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as lambda from '@aws-sdk/client-lambda';
import * as s3 from '@aws-sdk/client-s3';
import * as sqs from '@aws-sdk/client-sqs';
import * as nodeHttpHandler from '@smithy/node-http-handler';
import type { SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { pointerTo } from '../../../lambda/shared/dead-letter/pointer';
import { object } from '../../support/captured';
import { attributesOfDeadLetter, deadLetterOf } from '../../support/dead-letters';
import { messageOf } from '../../support/errors';
import { mockModules } from '../../support/hydrate-entry';
import { FUNCTION_ARN, ROLE_ARN, sequenceNumber } from '../../support/records';
import { eventAttributes, deadLetterRecord, sqsEvent, sqsRecord } from '../../support/sqs-event';

const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/letters';
const PARKING_QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/parking';
const ENVIRONMENT = {
  AWS_REGION: 'us-east-1',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
  QUEUE_URL,
  PARKING_QUEUE_URL,
  QUEUE_MAX_MESSAGE_BYTES: '1048576',
  OVERFLOW_BUCKET: 'overflow',
  OVERFLOW_PREFIX: 'dead-letters/1a2b3c4d/',
  MAX_ATTEMPTS: '3',
  SEND_SUPERSET: 'false',
};
const CONTEXT = { getRemainingTimeInMillis: () => 300_000, invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:Redrive' };
const deadLetter = deadLetterOf();
const before = process.env;

beforeEach(() => {
  jest.resetModules();
  process.env = { ...before, ...ENVIRONMENT };
});
afterEach(() => {
  process.env = before;
  jest.restoreAllMocks();
});

/** Loads the entry file as Lambda does at a cold start, with the SDK that the mocks are of. */
function load() {
  mockModules({ '@aws-sdk/client-lambda': lambda, '@aws-sdk/client-cloudwatch-logs': logs });
  return jest.requireActual<typeof import('../../../lambda/redrive/redrive')>('../../../lambda/redrive/redrive');
}

const answers = {
  taken: { StatusCode: 200 },
  failed: { StatusCode: 200, FunctionError: 'Unhandled' },
  partly: { StatusCode: 200, Payload: Buffer.from(JSON.stringify({ batchItemFailures: [{ itemIdentifier: sequenceNumber(2) }] })) as never },
};

async function invoked(
  message: SQSRecord = deadLetterRecord(deadLetter),
  answer: keyof typeof answers = 'taken',
  { SentTimestamp = String(Date.now()) } = {},
  configuration?: { readonly Role: string },
) {
  const queue = mockClient(sqs.SQSClient).onAnyCommand().resolves({});
  queue.on(sqs.GetQueueAttributesCommand).resolves({ Attributes: { MessageRetentionPeriod: '1209600', VisibilityTimeout: '5400' } });
  const bucket = mockClient(s3.S3Client).onAnyCommand().callsFake(() => object(JSON.stringify(deadLetter)));
  const processor = mockClient(lambda.LambdaClient);
  processor.on(lambda.InvokeCommand).resolves(answers[answer]);
  if (configuration) processor.on(lambda.GetFunctionConfigurationCommand).resolves(configuration);
  else processor.on(lambda.GetFunctionConfigurationCommand).rejects(Object.assign(new Error('denied'), { name: 'AccessDeniedException' }));
  const audit = mockClient(logs.CloudWatchLogsClient).onAnyCommand().resolves({});
  const { handler } = load();
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
  const response = await handler(sqsEvent({ ...message, attributes: { ...message.attributes, SentTimestamp } }), CONTEXT);
  // What becomes of the message, after the queue was asked for its times or not.
  const input = (queue.calls().at(-1)?.args[0].input ?? {}) as sqs.SendMessageCommandInput & sqs.ChangeMessageVisibilityCommandInput;
  return { response, queue, bucket, processor, audit, input };
}

const pointer = () => {
  const messageAttributes = eventAttributes({ ...attributesOfDeadLetter(deadLetter), ExtendedPayloadSize: { DataType: 'Number', StringValue: '5' } });
  return sqsRecord(pointerTo('overflow', 'dead-letters/a.json', 5).text, { messageAttributes, receives: 3 });
};

describe('the entry of the function', () => {
  test('sends a dead letter to the processor that it names', async () => {
    const { response, processor, queue } = await invoked();
    expect(response).toEqual({ batchItemFailures: [] });
    const { input } = processor.commandCalls(lambda.InvokeCommand)[0].args[0];
    expect(input).toMatchObject({ FunctionName: FUNCTION_ARN, Payload: JSON.stringify(deadLetter.payload) });
    expect(queue.calls()).toEqual([]);
    expect(jest.mocked(console.log).mock.calls.map(([line]) => JSON.parse(line as string) as object)).toEqual([
      { level: 'WARN', notice: 'dead letters sent without invokeIdentityArn', functionName: FUNCTION_ARN, error: 'AccessDeniedException: denied' },
      expect.objectContaining({ level: 'INFO', notice: 'dead letter redriven' }),
    ]);
  });

  test('sends records of Kinesis with the role of their processor', async () => {
    const { processor } = await invoked(deadLetterRecord(deadLetter), 'taken', {}, { Role: ROLE_ARN });
    const { Payload } = processor.commandCalls(lambda.InvokeCommand)[0].args[0].input;
    const Records = deadLetter.payload.Records.map((record) => ({ ...record as object, invokeIdentityArn: ROLE_ARN }));
    expect(JSON.parse(String(Payload))).toEqual({ Records });
  });

  test('delays failed dead letters in the queue of its environment', async () => {
    const { response, queue, input } = await invoked(deadLetterRecord(deadLetter), 'failed');
    expect(response.batchItemFailures).toHaveLength(1);
    expect(queue.calls().map((call) => (call.args[0].input as { QueueUrl: string }).QueueUrl)).toEqual([QUEUE_URL, QUEUE_URL]);
    expect(input).toMatchObject({ QueueUrl: QUEUE_URL, VisibilityTimeout: 30 });
  });

  test('parks a dead letter that would expire before its next receive', async () => {
    const { response, input } = await invoked(deadLetterRecord(deadLetter), 'failed', { SentTimestamp: String(Date.now() - 1_209_600_000) });
    expect(response.batchItemFailures).toEqual([]);
    expect(input.QueueUrl).toBe(PARKING_QUEUE_URL);
  });

  test('parks a dead letter that fails too often in the parking queue of its environment', async () => {
    const { response, input } = await invoked(deadLetterRecord(deadLetter, { receives: 3 }), 'failed');
    expect(response.batchItemFailures).toEqual([]);
    expect(input).toMatchObject({ QueueUrl: PARKING_QUEUE_URL, MessageBody: expect.stringContaining(JSON.stringify(deadLetter).slice(0, -1)) });
    const redrive = { attempts: 1, lastError: expect.objectContaining({ name: 'Unhandled', to: FUNCTION_ARN }) };
    expect(JSON.parse(input.MessageBody!)).toEqual({ ...deadLetter, redrive });
  });

  test('parks the remainder of a dead letter', async () => {
    const { input } = await invoked(deadLetterRecord(deadLetter), 'partly');
    expect(input.QueueUrl).toBe(PARKING_QUEUE_URL);
    expect(JSON.parse(input.MessageBody!).payload).toEqual({ Records: deadLetter.payload.Records.slice(2) });
  });

  test('applies the maximum message size of its environment, and its bucket above it', async () => {
    process.env.QUEUE_MAX_MESSAGE_BYTES = '1024';
    const { bucket, input } = await invoked(deadLetterRecord(deadLetter), 'partly');
    expect(bucket.call(0).args[0].input).toMatchObject({ Bucket: 'overflow', Key: expect.stringMatching(/^dead-letters\/1a2b3c4d\/2026\//) });
    expect(input.MessageBody).toContain('"s3BucketName":"overflow"');
  });

  test('reads a body from S3, and parks it there under a new key', async () => {
    const { bucket, input } = await invoked(pointer(), 'failed');
    expect(bucket.calls().map((call) => (call.args[0].input as { Key: string }).Key)).toEqual([
      'dead-letters/a.json',
      'dead-letters/1a2b3c4d/parked/059f36b4-87a3-44ab-83d2-661975830a7d.json',
    ]);
    expect(input.QueueUrl).toBe(PARKING_QUEUE_URL);
  });

  test('has memory for bodies of 128 KiB for each MiB of its own', async () => {
    process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE = String((JSON.stringify(deadLetter).length - 1) / 131_072);
    const { processor, input } = await invoked(pointer());
    expect(processor.calls()).toEqual([]);
    expect(input.MessageAttributes!.reason.StringValue).toContain('to fit into memory');
  });

  test('sends dead letters with other records only when its environment allows it', async () => {
    const superset = deadLetterRecord(deadLetterOf({ hydration: { status: 'SUPERSET', expectedRecords: 2 } }));
    expect((await invoked(superset)).processor.calls()).toEqual([]);
    jest.resetModules();
    process.env.SEND_SUPERSET = 'true';
    expect((await invoked(superset)).processor.commandCalls(lambda.InvokeCommand)).toHaveLength(1);
  });

  test('waits for its processor, and does not invoke it again without a response', async () => {
    const { processor, queue } = await invoked(deadLetterRecord(deadLetter), 'failed');
    const strategyOf = async (client: { thisValue: { config: unknown } }) =>
      (await (client.thisValue.config as { retryStrategy(): Promise<object> }).retryStrategy()).constructor.name;
    expect(await strategyOf(processor.call(0) as never)).toBe('InvokeRetry');
    expect(await strategyOf(queue.call(0) as never)).toBe('FullJitterRetry');
    const { requestHandler } = (processor.call(0).thisValue as unknown as lambda.LambdaClient).config;
    expect(requestHandler).toBeInstanceOf(nodeHttpHandler.NodeHttpHandler);
  });

  test('writes what it did to the log group of its environment', async () => {
    process.env.AUDIT_LOG_GROUP = '/orders/operators';
    const { audit } = await invoked();
    const [{ logStreamName }, { logEvents, ...to }] = audit.calls().map((call) => call.args[0].input as logs.PutLogEventsCommandInput);
    expect(to).toEqual({ logGroupName: '/orders/operators', logStreamName });
    expect(logStreamName).toMatch(/^\d{4}\/\d\d\/\d\d\/RedriveFunction\/[0-9a-f-]{36}$/);
    expect(logEvents!.map(({ message }) => JSON.parse(message!) as object)).toEqual([{
      time: expect.any(String),
      caller: CONTEXT.invokedFunctionArn,
      command: 'RedriveFunction',
      queue: QUEUE_URL,
      messageId: deadLetterRecord(deadLetter).messageId,
      deadLetterId: deadLetter.hydration.deadLetterId,
      records: deadLetter.payload.Records.length,
      to: FUNCTION_ARN,
      result: 'sent',
    }]);
  });

  test('names the parking queue of its environment there', async () => {
    process.env.AUDIT_LOG_GROUP = '/orders/operators';
    const { audit } = await invoked(sqsRecord('hello'));
    const { logEvents } = audit.calls().at(-1)!.args[0].input as logs.PutLogEventsCommandInput;
    expect(JSON.parse(logEvents![0].message!)).toMatchObject({ result: 'parked', to: PARKING_QUEUE_URL, reason: 'NotADeadLetterError' });
  });

  test('writes nowhere but to its own log without one', async () => {
    const { audit } = await invoked();
    expect(audit.calls()).toEqual([]);
  });

  test.each(Object.keys(ENVIRONMENT).filter((name) => name !== 'AWS_REGION'))('does not start without %s', (name) => {
    delete process.env[name];
    expect(messageOf(load)).toBe(`environment variable ${name} must be set, got: nothing`);
  });

  test.each(['QUEUE_MAX_MESSAGE_BYTES', 'MAX_ATTEMPTS', 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE'])('does not start when %s is not a number', (name) => {
    process.env[name] = 'many';
    expect(messageOf(load)).toBe(`environment variable ${name} must be a number above 0, got: many`);
  });
});
