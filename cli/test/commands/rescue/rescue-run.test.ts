import { setTimeout as sleep } from 'node:timers/promises';
import { batchOf, type FailureRecord } from '../../../../lambda/shared/dead-letter/failure-record';
import type { ReadResult } from '../../../../lambda/shared/dead-letter/read-result';
import { dynamoFailureRecord } from '../../../../test/support/dynamo-records';
import { failureRecord } from '../../../../test/support/records';
import { FoundFailures } from '../../../commands/rescue/found-failures';
import { RescueRun } from '../../../commands/rescue/rescue-run';
import type { ExportedMessage } from '../../../file/exported-message';
import { eventRecords } from '../../support/operation';

const WHOLE: ReadResult = { records: eventRecords(), hasStart: true, hasEnd: true };
const NONE: ReadResult = { records: [], hasStart: false, hasEnd: false };

const inShard = (shard: number, from: number): FailureRecord => {
  const record = failureRecord({ from, to: from + 2 });
  return { ...record, KinesisBatchInfo: { ...batchOf(record), shardId: `shardId-00000000000${shard}` } };
};

async function rescue(
  records: readonly FailureRecord[],
  { read = async () => WHOLE, concurrency = 8, stop = new AbortController(), abort = new AbortController() }: {
    readonly read?: (record: ReturnType<typeof batchOf>) => Promise<ReadResult>;
    readonly concurrency?: number;
    readonly stop?: AbortController;
    readonly abort?: AbortController;
  } = {},
) {
  const found = new FoundFailures();
  for (const [index, record] of records.entries()) found.add({ id: `m-${index}`, text: JSON.stringify(record) });
  const lines: ExportedMessage[] = [];
  const reader = async () => ({ read });
  const run = new RescueRun({ add: async (_, line) => void lines.push(line) }, {
    from: 'queue', region: 'us-east-1', readers: { KinesisBatchInfo: reader, DDBStreamBatchInfo: reader }, concurrency, pauseMillis: 0, stopped: stop.signal, aborted: abort.signal,
  });
  await run.run(found.oldestFirst, () => undefined);
  return { lines, tally: run.tally, records: run.recordsRescued };
}

it('a dead letter in the file is what the hydrate function would have sent, attributes included', async () => {
  const { lines: [{ body, attributes, queueUrl, messageId }], tally, records } = await rescue([failureRecord()]);
  expect(JSON.parse(body)).toMatchObject({ ...failureRecord(), payload: { Records: WHOLE.records }, hydration: { status: 'COMPLETE', expectedRecords: 3, recoveredRecords: 3 } });
  expect(attributes).toMatchObject({ status: { type: 'String', value: 'COMPLETE' }, deadLetterId: { value: messageId }, expectedRecords: { type: 'Number', value: '3' } });
  expect([queueUrl, tally.count('complete'), records]).toEqual(['queue', 1, 3]);
});

it.each<[string, ReadResult, string, number]>([
  ['PARTIAL', { ...WHOLE, records: eventRecords({ from: 1, to: 2 }), hasStart: false }, 'partial', 1],
  ['EXPIRED', NONE, 'expired', 1],
  ['SUPERSET', { ...WHOLE, records: eventRecords({ from: 0, to: 5 }) }, 'superset', 1],
  ['UNREADABLE', { ...NONE, unreadable: true, error: { name: 'AccessDeniedException', message: 'no' } }, 'unreadable', 0],
  ['PARTIAL', { ...WHOLE, hasEnd: false, error: { name: 'RangeTooLarge', message: 'more' } }, 'unreadable', 0],
  ['EXPIRED', { ...NONE, error: { name: 'EmptyPages', message: 'many' } }, 'unreadable', 0],
] as const)('%s is said as it is, and is in the file unless another run may read it', async (status, reading, result, written) => {
  const { lines, tally } = await rescue([failureRecord()], { read: async () => reading });
  expect([tally.count(result as never), lines.length]).toEqual([1, written]);
  for (const { body } of lines) expect(JSON.parse(body).hydration.status).toBe(status);
});

it('a failed batch that Lambda wrote to S3 is taken as it is: no stream is read', async () => {
  const written = { ...failureRecord(), payload: JSON.stringify({ Records: WHOLE.records }) };
  const { lines, tally } = await rescue([written as FailureRecord], { read: () => Promise.reject(new Error('no read was expected')) });
  expect(tally.count('complete')).toBe(1);
  expect(JSON.parse(lines[0].body).payload.Records).toEqual(WHOLE.records);
});

it.each([['null', null], ['text', 'too large'], ['an event without records', '{"Records":[]}']])(
  'a failed batch that Lambda wrote to S3 with %s in place of its event is read from the stream', async (_, payload) => {
    const { lines, tally } = await rescue([{ ...failureRecord(), payload } as FailureRecord]);
    expect(tally.count('complete')).toBe(1);
    expect(JSON.parse(lines[0].body).payload.Records).toEqual(WHOLE.records);
  });

it('one range of a shard is read at a time, oldest first, and shards beside one another', async () => {
  const underWay = new Map<string, number>();
  let most = 0;
  const order: string[] = [];
  const records = [0, 1, 2].flatMap((shard) => [0, 10, 20].map((from) => inShard(shard, from)));
  const { lines } = await rescue(records, {
    concurrency: 2,
    read: async ({ shardId, startSequenceNumber }) => {
      underWay.set(shardId, (underWay.get(shardId) ?? 0) + 1);
      most = Math.max(most, [...underWay.values()].reduce((sum, each) => sum + each));
      expect(underWay.get(shardId)).toBe(1);
      order.push(`${shardId}/${startSequenceNumber}`);
      await sleep(5);
      underWay.set(shardId, 0);
      return WHOLE;
    },
  });
  expect([lines.length, most]).toEqual([9, 2]);
  for (const shard of [0, 1, 2]) {
    const numbers = order.filter((it) => it.startsWith(`shardId-00000000000${shard}/`)).map((it) => BigInt(it.split('/')[1]));
    expect(numbers).toEqual([...numbers].sort((one, other) => (one < other ? -1 : 1)));
  }
});

it('a failure of one range stops no other', async () => {
  const { lines, tally } = await rescue([inShard(0, 0), inShard(0, 10), dynamoFailureRecord()], {
    read: async ({ startSequenceNumber }) => {
      if (startSequenceNumber === batchOf(inShard(0, 0)).startSequenceNumber) throw new Error('broken');
      return WHOLE;
    },
  });
  expect([lines.length, tally.count('failed'), tally.reasons[0].reason.message]).toEqual([2, 1, 'broken']);
});

it('a stream of another region is not taken for one that was deleted', async () => {
  const far = failureRecord({ streamArn: 'arn:aws:kinesis:eu-west-1:123456789012:stream/orders' });
  const { lines, tally } = await rescue([far], { read: async () => NONE });
  expect([lines.length, tally.count('failed')]).toEqual([0, 1]);
  expect(tally.reasons[0].reason.message).toContain('give --region eu-west-1');
});

it('nothing new is begun after Ctrl-C, and what is under way is written', async () => {
  const stop = new AbortController();
  const { lines } = await rescue([inShard(0, 0), inShard(0, 10)], {
    stop,
    read: async () => {
      stop.abort();
      return WHOLE;
    },
  });
  expect(lines).toHaveLength(1);
});
