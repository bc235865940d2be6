import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { InvokeIdentities } from '../../../../lambda/shared/redrive/invoke-identities';
import { toEventRecord as toDynamoEvent } from '../../../../lambda/shared/stream/dynamo-event-record';
import { toEventRecord } from '../../../../lambda/shared/stream/kinesis-event-record';
import { dynamoRecord, TABLE_STREAM_ARN } from '../../../support/dynamo-records';
import { FUNCTION_ARN, ROLE_ARN, sequenceNumber, SHARD_ID, STREAM_ARN, streamRecord } from '../../../support/records';

const { signal } = new AbortController();
const lambda = mockClient(LambdaClient);
const onUnknown = jest.fn();
beforeEach(() => void lambda.reset().on(GetFunctionConfigurationCommand).callsFake(({ FunctionName }) => ({ Role: `${ROLE_ARN}-${FunctionName.split(':').at(-1)}` })));

const record = (index: number) => toEventRecord(streamRecord(index), { shardId: SHARD_ID, eventSourceArn: STREAM_ARN });
const event = (...Records: unknown[]) => ({ Records });
const refusal = (name: string) => Object.assign(new Error('no'), { name });
const identities = () => new InvokeIdentities(new LambdaClient({}), onUnknown);
const asked = () => lambda.calls().map((call) => (call.args[0].input as { FunctionName: string }).FunctionName);

describe('the role of the processor', () => {
  test('is filled in as Lambda writes it, to the byte', async () => {
    const hello = toEventRecord(
      streamRecord(7, { Data: Buffer.from('Hello, this is a test.'), PartitionKey: '1', ApproximateArrivalTimestamp: new Date(1_545_084_650_987) }),
      { shardId: SHARD_ID, eventSourceArn: STREAM_ARN },
    );
    expect(JSON.stringify(await identities().fillIn(event(hello), FUNCTION_ARN, signal))).toBe(
      `{"Records":[{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"1","sequenceNumber":"${sequenceNumber(7)}",` +
      '"data":"SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==","approximateArrivalTimestamp":1545084650.987},' +
      `"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"${SHARD_ID}:${sequenceNumber(7)}",` +
      `"eventName":"aws:kinesis:record","invokeIdentityArn":"${ROLE_ARN}-orders","awsRegion":"us-east-1","eventSourceARN":"${STREAM_ARN}"}]}`,
    );
  });

  test('is filled in where a record lacks it alone: what Lambda wrote stays as it is', async () => {
    const its = { ...record(1), invokeIdentityArn: 'arn:of-lambda' };
    const filled = await identities().fillIn({ ...event(record(0), its), window: { start: 1 } }, FUNCTION_ARN, signal);
    expect(filled).toEqual({ ...event({ ...record(0), invokeIdentityArn: `${ROLE_ARN}-orders` }, its), window: { start: 1 } });
    expect(filled.Records[1]).toBe(its);
  });

  test('is asked for of no event that needs none', async () => {
    for (const its of [event(), event({ ...record(0), invokeIdentityArn: 'arn:of-lambda' }), event(toDynamoEvent(dynamoRecord(0), TABLE_STREAM_ARN), null, 5, {})]) {
      expect(await identities().fillIn(its, FUNCTION_ARN, signal)).toBe(its);
    }
    expect(asked()).toEqual([]);
  });

  test('is that of the function which is invoked, and asked for once', async () => {
    const it = identities();
    const roles = await Promise.all(['orders', 'payments', 'orders', 'payments:live'].map(async (name) =>
      (await it.fillIn(event(record(0)), name, signal)).Records));
    expect(roles).toEqual(['orders', 'payments', 'orders', 'live'].map((role) => [{ ...record(0), invokeIdentityArn: `${ROLE_ARN}-${role}` }]));
    expect(asked()).toEqual(['orders', 'payments', 'payments:live']);
  });

  test.each(['AccessDeniedException', 'ResourceNotFoundException'])('is left out where it is refused, which is said once: %s', async (name) => {
    lambda.on(GetFunctionConfigurationCommand, { FunctionName: 'orders' }).rejects(refusal(name));
    const it = identities();
    const its = event(record(0));
    for (let time = 0; time < 2; time++) expect(await it.fillIn(its, 'orders', signal)).toBe(its);
    expect((await it.fillIn(its, 'payments', signal)).Records).toEqual([expect.objectContaining({ invokeIdentityArn: `${ROLE_ARN}-payments` })]);
    expect(asked()).toEqual(['orders', 'payments']);
    expect(onUnknown.mock.calls).toEqual([['orders', expect.objectContaining({ name })]]);
  });

  test('is asked for again where the answer was for the moment only, which is said once', async () => {
    lambda.on(GetFunctionConfigurationCommand).rejectsOnce(refusal('TooManyRequestsException')).rejectsOnce(refusal('TimeoutError')).resolves({ Role: ROLE_ARN });
    const it = identities();
    const found: unknown[] = [];
    for (let time = 0; time < 4; time++) found.push((await it.fillIn(event(record(0)), 'orders', signal)).Records[0]);
    expect(found).toEqual([record(0), record(0), { ...record(0), invokeIdentityArn: ROLE_ARN }, { ...record(0), invokeIdentityArn: ROLE_ARN }]);
    expect(asked()).toHaveLength(3);
    expect(onUnknown).toHaveBeenCalledTimes(1);
  });

  test('comes last where a record names no region', async () => {
    const { awsRegion: _, ...rest } = record(0);
    const { Records } = await identities().fillIn(event(rest), 'orders', signal);
    expect(Object.keys(Records[0] as object).at(-1)).toBe('invokeIdentityArn');
  });
});
