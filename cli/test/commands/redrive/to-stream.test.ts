import type { PutRecordsCommandInput } from '@aws-sdk/client-kinesis';
import type { DeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter';
import type { HydrationStatus } from '../../../../src/contract';
import { STREAM_ARN } from '../../../../test/support/records';
import { redrive as definition } from '../../../commands/redrive/command';
import type { RedriveOptions } from '../../../commands/redrive/run';
import * as redrive from '../../../commands/redrive/run';
import { eventRecords, deadLetterOf, Operation, QUEUE } from '../../support/operation';

const TABLE_STREAM_ARN = 'arn:aws:dynamodb:us-east-1:123456789012:table/Orders/stream/2026-01-01T00:00:00.000';

let it: Operation;
let puts: PutRecordsCommandInput[];
beforeEach(() => {
  it = new Operation();
  puts = [];
  const send = async ({ input }: { input: PutRecordsCommandInput }) => {
    puts.push(input);
    return { Records: input.Records!.map(() => ({ SequenceNumber: '1', ShardId: 'shardId-000000000000' })) };
  };
  it.more = { kinesis: async () => ({ send }) as never };
});
afterEach(() => it.close());

const options = (more: Partial<RedriveOptions> = {}): RedriveOptions => ({
  filter: [], include: [], onlyFailedRecords: false, toStream: true, parked: false, dryRun: false, concurrency: 1, stopAfterFailures: 10, yes: true,
  visibilityTimeout: 120, countReceives: false, auditLog: it.auditLog, ...more,
});

const ofTable = (deadLetter: DeadLetter) =>
  JSON.parse(JSON.stringify(deadLetter).replaceAll(STREAM_ARN, TABLE_STREAM_ARN).replace('KinesisBatchInfo', 'DDBStreamBatchInfo')) as DeadLetter;

describe('redrive --to-stream', () => {
  test('puts the records back with their partition keys, to the byte, and deletes the message', async () => {
    await it.put(deadLetterOf());
    expect(await it.run(redrive, options())).toMatchObject({ exitCode: 0 });
    expect(puts).toEqual([{
      StreamARN: STREAM_ARN,
      Records: [0, 1, 2].map((index) => ({ Data: Buffer.from(`{"order":${index}}`), PartitionKey: `customer-${index}` })),
    }]);
    expect(it.sqs.messages(QUEUE)).toEqual([]);
    expect(it.lambda.events).toEqual([]);
  });

  test('of an aggregate names the shard of its user records, after which the message is deleted', async () => {
    // Placed by an explicit hash key, as the producer library does: its own key leads to the other half.
    const data = '84mawgoKY3VzdG9tZXItMAoKY3VzdG9tZXItMQoKY3VzdG9tZXItMhodCAAaGXsiY3VzdG9tZXIiOiJjdXN0b21lci0wIn0aHQgBGhl7ImN1c3RvbWVyIjoiY3VzdG9tZXItMSJ9' +
      'Gh0IAhoZeyJjdXN0b21lciI6ImN1c3RvbWVyLTIifWBX2YU8EBx44b5+YdkJ9tQ=';
    const half = 2n ** 127n;
    const shards = [[0n, half - 1n], [half, 2n ** 128n - 1n]].map(([first, last], index) => ({
      ShardId: `shardId-00000000000${index}`, HashKeyRange: { StartingHashKey: String(first), EndingHashKey: String(last) }, SequenceNumberRange: {},
    }));
    const send = async ({ input }: { input: PutRecordsCommandInput }) => {
      if (!input.Records) return { Shards: shards };
      puts.push(input);
      return { Records: input.Records.map(() => ({ SequenceNumber: '1', ShardId: shards[1].ShardId })) };
    };
    it.more = { kinesis: async () => ({ send }) as never };
    const [record] = eventRecords({ to: 0 }) as { kinesis: object }[];
    await it.put(deadLetterOf({ to: 0, records: [{ ...record, kinesis: { ...record.kinesis, data, partitionKey: 'a' } }] }));
    expect(await it.run(redrive, options())).toMatchObject({ exitCode: 0 });
    expect(puts.map(({ Records }) => Records)).toEqual([
      [{ Data: Buffer.from(data, 'base64'), PartitionKey: 'a', ExplicitHashKey: '337302381176738712418935730318299794991' }],
    ]);
    expect(it.sqs.messages(QUEUE)).toEqual([]);
  });

  test('says before what it means, and asks', async () => {
    await it.put(deadLetterOf());
    it.answers = [true];
    const { err } = await it.run(redrive, options({ yes: false }));
    expect(it.questions).toEqual(['Send 1 dead letter to the stream?']);
    expect(err).toContain('1 to stream/orders\n');
    expect(err).toContain('new sequence numbers and come after all that is there now, every consumer of the stream sees them again');
  });

  test('leaves changes of a table: nothing puts them back', async () => {
    await it.put(ofTable(deadLetterOf()));
    const { exitCode, out, err } = await it.run(redrive, options());
    expect([exitCode, out]).toEqual([1, 'Nothing to send.\n']);
    expect(err).toContain('left: the stream of a table takes no records: send it to the processor');
    expect(err).not.toContain('Back into the stream means');
    expect(puts).toEqual([]);
  });

  test.each<[HydrationStatus, number, string]>([
    ['EXPIRED', 0, 'left: it holds no records to send'],
    ['UNREADABLE', 0, 'left: it holds no records to send'],
    ['UNREADABLE', 1, 'left: the stream of a table takes no records'],
  ])('advises to send to the processor only what can be sent: of a table, %s with %p of 3 records', async (status, records, expected) => {
    await it.put(ofTable(deadLetterOf({ status, records: eventRecords().slice(0, records) })));
    const { exitCode, out } = await it.run(redrive, options({ dryRun: true }));
    expect([exitCode, out]).toEqual([0, expect.stringContaining(expected)]);
    expect(out.includes('send it to the processor')).toBe(records > 0);
    expect(out).not.toContain('Back into the stream means');
  });

  test('says what it means on a dry run as well', async () => {
    await it.put(deadLetterOf());
    expect((await it.run(redrive, options({ dryRun: true }))).out).toContain('Back into the stream means');
  });

  test('cannot go with --function', () => {
    expect(() => definition.check!([], options({ function: 'orders' }))).toThrow(
      '--function cannot be used with --to-stream: all consumers of the stream read the records. Leave one of them out.',
    );
  });
});
