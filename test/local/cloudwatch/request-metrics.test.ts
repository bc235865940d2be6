import { Metrics } from '../../../local/cloudwatch/metrics';
import { recordRequestMetrics } from '../../../local/cloudwatch/request-metrics';
import type { GatewayRequest } from '../../../local/gateway/types';

const STREAM = 'arn:aws:kinesis:us-east-1:123456789012:stream/orders';
const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:dlq';

/** The metrics that a request leaves. */
async function recorded(action: string, resource: string, answer: object, status = 200): Promise<unknown[]> {
  const metrics = new Metrics();
  const response = { status, headers: {}, body: Buffer.from(JSON.stringify(answer)) };
  const passed = await recordRequestMetrics(metrics)({ action, resources: [resource] } as unknown as GatewayRequest, async () => response);
  expect(passed).toBe(response);
  return metrics.ids.map((id) => [id.name, id.dimensions, metrics.of(id).map(({ value }) => value)]);
}

test.each<[string, string, object, unknown[]]>([
  ['PutRecord', STREAM, { SequenceNumber: '1' }, ['IncomingRecords', { StreamName: 'orders' }, [1]]],
  ['PutRecords', STREAM, { Records: [{ ErrorCode: null }, {}, { ErrorCode: 'InternalFailure' }] }, ['IncomingRecords', { StreamName: 'orders' }, [2]]],
  ['DeleteMessage', QUEUE, {}, ['NumberOfMessagesDeleted', { QueueName: 'dlq' }, [1]]],
  ['DeleteMessageBatch', QUEUE, { Successful: [{}, {}], Failed: [{}] }, ['NumberOfMessagesDeleted', { QueueName: 'dlq' }, [2]]],
])('%s counts what succeeded', async (action, resource, answer, expected) => {
  expect(await recorded(action, resource, answer)).toEqual([expected]);
});

test('what is refused, and what fails as a whole, counts nothing', async () => {
  expect(await recorded('PutRecord', STREAM, {}, 400)).toEqual([]);
  expect(await recorded('PutRecords', STREAM, { Records: [{ ErrorCode: 'InternalFailure' }] })).toEqual([]);
  expect(await recorded('GetRecords', STREAM, { Records: [{}] })).toEqual([]);
});
