import { GetFunctionConfigurationCommand, InvokeCommand, InvokeCommandOutput, LambdaClient, LambdaServiceException } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { ReceivedDeadLetter } from '../../../../lambda/shared/dead-letter/received-dead-letter';
import { ProcessorTarget } from '../../../../lambda/shared/redrive/processor-target';
import { callOptions } from '../../../support/call-options';
import { eventRecord, receivedDeadLetter } from '../../../support/dead-letters';
import { failureRecord, FUNCTION_ARN, ROLE_ARN, sequenceNumber } from '../../../support/records';
import 'aws-sdk-client-mock-jest';

const { signal } = new AbortController();
const lambda = mockClient(LambdaClient);
const onRoleUnknown = jest.fn();
beforeEach(() => {
  lambda.reset().on(InvokeCommand).resolves(answer('null'));
  lambda.on(GetFunctionConfigurationCommand).resolves({});
});

function answer(payload: string | undefined, FunctionError?: string): Partial<InvokeCommandOutput> {
  return { StatusCode: 200, FunctionError, ...(payload !== undefined && { Payload: Buffer.from(payload) as unknown as InvokeCommandOutput['Payload'] }) };
}
const failures = (...indexes: number[]) =>
  answer(JSON.stringify({ batchItemFailures: indexes.map((index) => ({ itemIdentifier: sequenceNumber(index) })) }));
const refusal = (name: string, status: number) =>
  new LambdaServiceException({ name, $fault: status < 500 ? 'client' : 'server', $metadata: { httpStatusCode: status }, message: 'no' });
const send = (deadLetter: ReceivedDeadLetter = receivedDeadLetter(), functionName?: string) =>
  new ProcessorTarget(new LambdaClient({}), { functionName, onRoleUnknown }).send(deadLetter, signal);

/** Three records of which two fill an event: it takes two. */
const large = () => receivedDeadLetter({ records: [0, 1, 2, 3].map((index) => eventRecord(index, { Data: Buffer.alloc(2_200_000, index) })) });
const events = () => lambda.commandCalls(InvokeCommand).map((call) => JSON.parse(String(call.args[0].input.Payload)));

describe('a dead letter', () => {
  test('is sent as the event that its processor failed on', async () => {
    const deadLetter = receivedDeadLetter();
    expect(await send(deadLetter)).toEqual({ outcome: 'sent' });
    expect(lambda).toHaveReceivedCommandTimes(InvokeCommand, 1);
    expect(lambda).toHaveReceivedCommandWith(InvokeCommand, {
      FunctionName: FUNCTION_ARN,
      InvocationType: 'RequestResponse',
      Payload: JSON.stringify(deadLetter.event),
    });
    expect(callOptions(lambda.commandCalls(InvokeCommand)[0])).toEqual({ abortSignal: signal });
  });

  test('is sent to the alias that it names', async () => {
    const functionArn = `${FUNCTION_ARN}:live`;
    const { requestContext } = failureRecord();
    const deadLetter = receivedDeadLetter({ failure: failureRecord({}, { requestContext: { ...requestContext, functionArn } }) });
    await send(deadLetter);
    expect(lambda).toHaveReceivedCommandWith(InvokeCommand, { FunctionName: functionArn });
    expect(new ProcessorTarget(new LambdaClient({}), { onRoleUnknown }).nameFor(deadLetter)).toBe(functionArn);
  });

  test('is sent to the given function', async () => {
    await send(receivedDeadLetter(), 'fixed');
    expect(lambda).toHaveReceivedCommandWith(InvokeCommand, { FunctionName: 'fixed' });
    expect(new ProcessorTarget(new LambdaClient({}), { functionName: 'fixed', onRoleUnknown }).nameFor(receivedDeadLetter())).toBe('fixed');
  });

  test('is sent with the role of the function that is invoked, and what remains of it is as it was', async () => {
    lambda.on(GetFunctionConfigurationCommand, { FunctionName: 'fixed' }).resolves({ Role: ROLE_ARN });
    lambda.on(InvokeCommand).resolves(failures(1));
    const deadLetter = receivedDeadLetter();
    expect(await send(deadLetter, 'fixed')).toMatchObject({ outcome: 'partly', remaining: deadLetter.event.Records.slice(1) });
    expect(events()).toEqual([{ Records: deadLetter.event.Records.map((record) => ({ ...record as object, invokeIdentityArn: ROLE_ARN })) }]);
  });

  test('is accepted by a function that returns nothing', async () => {
    lambda.on(InvokeCommand).resolves(answer(undefined));
    expect(await send()).toEqual({ outcome: 'sent' });
  });

  test('without records is not sent', async () => {
    expect(await send(receivedDeadLetter({ records: [], failure: failureRecord() }))).toEqual({
      outcome: 'failed',
      reason: { name: 'NoRecords', message: 'the dead letter holds no records' },
    });
    expect(lambda.calls()).toEqual([]);
  });
});

describe('a processor that fails', () => {
  test.each([
    ['its error', '{"errorType":"TypeError","errorMessage":"no such field","trace":[]}', { name: 'TypeError', message: 'no such field' }],
    ['that it took too long', '{"errorType":"Sandbox.Timedout","errorMessage":"Task timed out after 3.00 seconds"}',
      { name: 'Sandbox.Timedout', message: 'Task timed out after 3.00 seconds' }],
    ['nothing', undefined, { name: 'Unhandled', message: 'the function failed without a message; see its log' }],
  ])('says why: %s', async (_, payload, reason) => {
    lambda.on(InvokeCommand).resolves(answer(payload, 'Unhandled'));
    expect(await send()).toEqual({ outcome: 'failed', reason, processorError: reason });
  });

  test('that reports the first record has processed none', async () => {
    lambda.on(InvokeCommand).resolves(failures(2, 0));
    const reason = { name: 'BatchItemFailures', message: 'the processor reported batchItemFailures: 3 of 3 records are not processed' };
    expect(await send()).toEqual({ outcome: 'failed', reason, processorError: reason });
  });

  test('at some records has processed those before', async () => {
    lambda.on(InvokeCommand).resolves(failures(2, 1));
    const deadLetter = receivedDeadLetter();
    const reason = { name: 'BatchItemFailures', message: 'the processor reported batchItemFailures: 2 of 3 records are not processed' };
    expect(await send(deadLetter)).toEqual({
      outcome: 'partly', remaining: deadLetter.event.Records.slice(1), reason, allFailed: true, processorError: reason,
    });
  });

  test('at a record is not known to have failed at later records', async () => {
    lambda.on(InvokeCommand).resolves(failures(1));
    expect(await send()).toMatchObject({ outcome: 'partly', remaining: { length: 2 }, allFailed: false });
  });

  test('may respond with a byte order mark', async () => {
    lambda.on(InvokeCommand).resolves(answer('\ufeff{"batchItemFailures":[]}'));
    expect(await send()).toEqual({ outcome: 'sent' });
  });

  test.each<[string, object, string]>([
    ['an identifier of no record', { batchItemFailures: [{ itemIdentifier: 'shardId-000000000000:1' }] },
      'the processor reported batchItemFailures with itemIdentifier "shardId-000000000000:1", which is the sequence number of no record of the event; ' +
      'none of 3 records counts as processed'],
    ['an identifier too long to quote', { batchItemFailures: [{ itemIdentifier: 'x'.repeat(300) }] },
      `the processor reported batchItemFailures with itemIdentifier "${'x'.repeat(199)}…, which is the sequence number of no record of the event; none of 3 records counts as processed`],
    ['no identifier', { batchItemFailures: [{}] }, 'the processor reported batchItemFailures with an item without itemIdentifier; none of 3 records counts as processed'],
    ['an identifier in another case', { batchItemFailures: [{ ItemIdentifier: sequenceNumber(1) }] },
      'the processor reported batchItemFailures with an item without itemIdentifier, got: "ItemIdentifier"; none of 3 records counts as processed'],
    ['failures in another case', { BatchItemFailures: [{ itemIdentifier: sequenceNumber(1) }] },
      'the response of the processor has "BatchItemFailures", which Lambda does not read: it must be "batchItemFailures"; it is not known which of 3 records are processed'],
    ['failures with underscores', { batch_item_failures: [{ item_identifier: sequenceNumber(1) }], batchItemFailures: [] },
      'the response of the processor has "batch_item_failures", which Lambda does not read: it must be "batchItemFailures"; it is not known which of 3 records are processed'],
    ['failures that are no array', { batchItemFailures: 'all' }, 'batchItemFailures in the response of the processor is not an array; it is not known which of 3 records are processed'],
  ])('differs from a processor that processed all records: %s', async (_, response, message) => {
    lambda.on(InvokeCommand).resolves(answer(JSON.stringify(response)));
    const reason = { name: 'BatchItemFailures', message };
    expect(await send()).toEqual({ outcome: 'failed', reason, processorError: reason });
  });

  test.each([{ BatchItemFailures: [] }, { BatchItemFailures: null }, { batchItemFailures: null }, { processed: 3 }])('has processed all records when it reports none: %j', async (response) => {
    lambda.on(InvokeCommand).resolves(answer(JSON.stringify(response)));
    expect(await send()).toEqual({ outcome: 'sent' });
  });
});

describe('the end of a tumbling window', () => {
  const window = { ...receivedDeadLetter(), event: { Records: [], state: { sum: 3 }, isFinalInvokeForWindow: true } as ReceivedDeadLetter['event'] };

  test('is sent with its state, and no records', async () => {
    expect(await send(window)).toEqual({ outcome: 'sent' });
    expect(events()).toEqual([window.event]);
  });

  test.each([answer('{"errorType":"E","errorMessage":"m"}', 'Unhandled'), failures(0)])('fails as any event', async (response) => {
    lambda.on(InvokeCommand).resolves(response);
    expect(await send(window)).toMatchObject({ outcome: 'failed' });
  });
});

describe('a dead letter over 6 MB', () => {
  test('is sent in several events, one after the other', async () => {
    let running = 0;
    lambda.on(InvokeCommand).callsFake(async () => {
      expect(++running).toBe(1);
      await new Promise(setImmediate);
      running--;
      return answer('null');
    });
    const deadLetter = large();
    expect(await send(deadLetter)).toEqual({ outcome: 'sent' });
    expect(events().map(({ Records }) => Records.length)).toEqual([2, 2]);
    expect(events().flatMap(({ Records }) => Records)).toEqual(deadLetter.event.Records);
  });

  test('ends with the first event that fails', async () => {
    lambda.on(InvokeCommand).resolves(answer('{"errorType":"E","errorMessage":"m"}', 'Unhandled'));
    const reason = { name: 'E', message: 'm' };
    expect(await send(large())).toEqual({ outcome: 'failed', reason, processorError: reason });
    expect(lambda.commandCalls(InvokeCommand)).toHaveLength(1);
  });

  test('returns the records of a later failed event, all of which failed', async () => {
    lambda.on(InvokeCommand).resolvesOnce(answer('null')).resolves(answer('{"errorType":"E","errorMessage":"m"}', 'Unhandled'));
    const deadLetter = large();
    const reason = { name: 'E', message: 'm' };
    expect(await send(deadLetter)).toEqual({
      outcome: 'partly', remaining: deadLetter.event.Records.slice(2), reason, allFailed: true, processorError: reason,
    });
  });

  test('returns the reported and the untried records, not all of which failed', async () => {
    lambda.on(InvokeCommand).resolves(failures(1));
    const deadLetter = large();
    expect(await send(deadLetter)).toMatchObject({ outcome: 'partly', remaining: deadLetter.event.Records.slice(1), allFailed: false });
    expect(lambda.commandCalls(InvokeCommand)).toHaveLength(1);
  });

  test('returns the remainder before it throws an error that concerns every dead letter', async () => {
    lambda.on(InvokeCommand).resolvesOnce(answer('null')).rejects(refusal('AccessDeniedException', 403));
    expect(await send(large())).toMatchObject({ outcome: 'partly', reason: { name: 'AccessDeniedException', message: 'no' }, allFailed: false });
  });

  test.each([
    ['had no room for', refusal('TooManyRequestsException', 429)],
    ['gave no answer for', Object.assign(new Error('no'), { name: 'TimeoutError' })],
  ])('does not count records as failed that a processor %s', async (_, error) => {
    lambda.on(InvokeCommand).resolvesOnce(answer('null')).rejects(error);
    expect(await send(large())).toMatchObject({ outcome: 'partly', reason: { name: error.name }, allFailed: false });
  });

  test('fails when a single record is too large', async () => {
    const deadLetter = receivedDeadLetter({ records: [eventRecord(0, { Data: Buffer.alloc(5_000_000) })] });
    expect(await send(deadLetter)).toEqual({
      outcome: 'failed',
      reason: { name: 'RecordTooLarge', message: expect.stringMatching(/^an event must have at most 6291455 bytes, got: 66\d{5} for a single record$/) },
    });
    expect(lambda.commandCalls(InvokeCommand)).toEqual([]);
  });
});

describe('an error of Lambda', () => {
  test.each([
    ['RequestTooLargeException', 413],
    ['SerializedRequestEntityTooLargeException', 413],
    ['InvalidRequestContentException', 400],
    ['RecursiveInvocationException', 400],
  ])('of the event is about this dead letter: %s', async (name, status) => {
    lambda.on(InvokeCommand).rejects(refusal(name, status));
    expect(await send()).toEqual({ outcome: 'failed', reason: { name, message: 'no' } });
  });

  test.each([
    ['TooManyRequestsException', 429],
    ['EC2ThrottledException', 502],
    ['SomeNewThrottle', 429],
  ])('of throttling sets isThrottled: %s', async (name, status) => {
    lambda.on(InvokeCommand).rejects(refusal(name, status));
    expect(await send()).toMatchObject({ outcome: 'failed', reason: { name }, isThrottled: true });
  });

  test.each<[string, Error]>([
    ['no answer', Object.assign(new Error('no'), { name: 'TimeoutError' })],
    ['no time left', Object.assign(new Error('no'), { name: 'AbortError' })],
    ['a broken answer', Object.assign(new Error('no'), { name: 'SyntaxError' })],
    ['a broken connection', Object.assign(new Error('no'), { code: 'ECONNRESET' })],
    ['a fault of Lambda', refusal('ServiceException', 500)],
    ['a gateway without an answer', refusal('UnknownError', 504)],
  ])('with an unknown outcome says so: %s', async (_, error) => {
    lambda.on(InvokeCommand).rejects(error);
    expect(await send()).toEqual({ outcome: 'failed', reason: { name: error.name, message: 'it is unknown whether the records were accepted: no' } });
  });

  test.each<[string, Error]>([
    ['AccessDeniedException', refusal('AccessDeniedException', 403)],
    ['ResourceNotFoundException', refusal('ResourceNotFoundException', 404)],
    ['KMSDisabledException', refusal('KMSDisabledException', 502)],
    ['ResourceNotReadyException', refusal('ResourceNotReadyException', 502)],
    ['InvalidSubnetIDException', refusal('InvalidSubnetIDException', 502)],
    ['UnrecognizedClientException', refusal('UnrecognizedClientException', 403)],
    ['no credentials', Object.assign(new Error('no'), { name: 'CredentialsProviderError' })],
    ['no such host', Object.assign(new Error('no'), { code: 'ENOTFOUND' })],
  ])('that concerns every dead letter is thrown: %s', async (_, error) => {
    lambda.on(InvokeCommand).rejects(error);
    await expect(send()).rejects.toBe(error);
  });
});
