import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { Duration } from 'aws-cdk-lib';
import type { DynamoDBRecord } from 'aws-lambda';
import type { FailureRecord } from '../../lambda/shared/dead-letter/failure-record';
import { DynamoStreamEmulation } from '../faults/dynamo-stream-emulation';
import type { TrimmedStart } from '../faults/source';
import { StreamHistory } from '../faults/stream-history';
import { describeNeedsJava } from '../support/java';
import { batchIn, type EventRecord, PlainSession, recordsOf, sortedTexts } from './plain-session';

const DAY_MILLIS = 24 * 3_600_000;
const HOUR_MILLIS = 3_600_000;
const ITEMS = 24;
/** What DynamoDB Streams is reported to do with a start that is no longer in the shard. */
const ANSWERS: readonly TrimmedStart[] = ['refused', 'refused on read', 'skipped'];

describeNeedsJava('failed batches of a table whose stream has dropped the first half of its records', () => {
  const history = new StreamHistory();
  const put = new Map<string, EventRecord>();
  let session: PlainSession;
  let failures: FailureRecord[];
  let answer: TrimmedStart;

  beforeAll(async () => {
    // Items are put one after the other: a batch is three of them, however long the last one takes.
    const mapping = { batchSize: 3, bisectBatchOnError: false, maxBatchingWindow: Duration.minutes(5) };
    session = await PlainSession.start({ source: 'dynamodb', mapping });
    for (let item = 0; item < ITEMS; item++) {
      const Item = { id: { S: `poison-${item}` }, data: { B: Buffer.from([0, 255, 254, item]) } };
      await session.clients.dynamodb.send(new PutItemCommand({ TableName: session.outputs.TableName, Item }));
    }
    await session.pipeline.settle();
    failures = await session.takeFailures();
    for (const record of session.failedRecords as DynamoDBRecord[]) put.set(record.dynamodb!.SequenceNumber!, record);
    const { shardId } = batchIn(failures[0]);
    const numbers = [...put.keys()].sort();
    const cut = Math.floor(ITEMS / 2 / 3) * 3 + 1;
    const oldest = Date.now() - DAY_MILLIS;
    history.add(numbers.map((sequenceNumber, index) => ({
      shardId, sequenceNumber, orderingKey: '', bytes: 100, arrivedAt: index < cut ? oldest - HOUR_MILLIS : oldest + HOUR_MILLIS,
      matches: (record) => sortedTexts([record as EventRecord])[0] === sortedTexts([put.get(sequenceNumber)!])[0],
    })));
    history.trim(shardId, cut);
    failures = failures.map(aged);
    session.pipeline.cloud.gateway.use(new DynamoStreamEmulation(history, (it) => it, { trimmedStart: () => answer }).middleware);
  });

  afterAll(async () => session?.stop());

  function aged(failure: FailureRecord): FailureRecord {
    const batch = batchIn(failure);
    const arrival = (sequenceNumber: string) => new Date(history.find(sequenceNumber)!.arrivedAt).toISOString().replace(/\.\d+Z/, 'Z');
    const [approximateArrivalOfFirstRecord, approximateArrivalOfLastRecord] = [batch.startSequenceNumber, batch.endSequenceNumber].map(arrival);
    return { ...failure, DDBStreamBatchInfo: { ...batch, approximateArrivalOfFirstRecord, approximateArrivalOfLastRecord } };
  }

  function expected(failure: FailureRecord) {
    const { startSequenceNumber, endSequenceNumber, batchSize } = batchIn(failure);
    const left = history.range(startSequenceNumber, endSequenceNumber);
    return { left, status: left.length === batchSize ? 'COMPLETE' : left.length > 0 ? 'PARTIAL' : 'EXPIRED' };
  }

  const batchesOf = (status: string) => failures.filter((failure) => expected(failure).status === status).length;

  it.each(ANSWERS)('get the verdict that is true, and exactly the records that are left, where a trimmed start is %s', async (how) => {
    answer = how;
    expect(['COMPLETE', 'PARTIAL', 'EXPIRED'].map((status) => batchesOf(status) > 0)).toEqual([true, true, true]);
    const file = `${how.replaceAll(' ', '-')}.jsonl`;
    const queue = await session.queueOf(failures.map((failure) => JSON.stringify(failure)));
    const { exitCode, document } = await session.tool.json('rescue', '--queue', queue, '--to-file', file);
    const deadLetters = session.deadLettersIn(file);
    for (const failure of failures) {
      const { left, status } = expected(failure);
      const deadLetter = deadLetters.find((it) => batchIn(it).startSequenceNumber === batchIn(failure).startSequenceNumber)!;
      expect(deadLetter.hydration).toMatchObject({ status, expectedRecords: batchIn(failure).batchSize, recoveredRecords: left.length });
      expect(recordsOf(deadLetter).map((record, index) => left[index].matches(record))).toEqual(left.map(() => true));
    }
    expect([exitCode, deadLetters.length]).toEqual([1, failures.length]);
    expect(document.streams).toEqual([expect.objectContaining({ batches: failures.length, records: ITEMS, gone: batchesOf('EXPIRED') })]);
    expect(document.counts).toEqual({
      complete: batchesOf('COMPLETE'), partial: batchesOf('PARTIAL'), expired: batchesOf('EXPIRED'), superset: 0, unreadable: 0, failed: 0,
    });
  });
});
