import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import type { FailureRecord } from '../../lambda/shared/dead-letter/failure-record';
import { kinesisSource, putRecord } from '../faults/kinesis-source';
import type { TrimmedStart } from '../faults/source';
import { StreamHistory } from '../faults/stream-history';
import type { Sent } from '../pipeline/pipeline';
import { batchIn, PlainSession, recordsOf } from './plain-session';

const DAY_MILLIS = 24 * 3_600_000;
const HOUR_MILLIS = 3_600_000;
/** What AWS is reported to do with a start that is no longer in the shard: none of it is documented. */
const ANSWERS: readonly TrimmedStart[] = ['refused', 'skipped', 'empty for ever'];

describe('failed batches of a Kinesis stream that has dropped the first half of its records', () => {
  const history = new StreamHistory();
  let session: PlainSession;
  let failures: FailureRecord[];
  let answer: TrimmedStart;

  beforeAll(async () => {
    session = await PlainSession.start({ shardCount: 4, mapping: { batchSize: 4, bisectBatchOnError: false } });
    const sent = await session.put(Array.from({ length: 80 }, (_, index) => ({ key: `key-${index}`, data: Buffer.from(`poison-${index} \ufffd`) })));
    await session.pipeline.settle();
    failures = await session.takeFailures();
    trim(sent);
    failures = failures.map(aged);
    session.pipeline.cloud.gateway.use(kinesisSource.emulation(history, { trimmedStart: () => answer }).middleware);
  });

  afterAll(async () => session?.stop());

  /** Each shard has another cut: none, in the midst of a batch, between two batches, and in the last batch. */
  function trim(sent: readonly Sent[]): void {
    for (const [place, shardId] of [...new Set(sent.map((it) => it.shardId))].sort().entries()) {
      const shard = sent.filter((it) => it.shardId === shardId);
      const isStart = ({ sequenceNumber }: Sent) => failures.some((it) => batchIn(it).startSequenceNumber === sequenceNumber);
      const starts = shard.flatMap((it, index) => (isStart(it) ? [index] : []));
      const middle = starts[Math.floor(starts.length / 2)];
      const cut = [0, middle + 2, middle, shard.length - 1][place];
      const oldest = Date.now() - DAY_MILLIS;
      history.add(shard.map((it, index) => putRecord(it, index < cut ? oldest - HOUR_MILLIS : oldest + HOUR_MILLIS)));
      history.trim(shardId, cut);
    }
  }

  /** As Lambda writes it of records that arrived at these times. */
  function aged(failure: FailureRecord): FailureRecord {
    const batch = batchIn(failure);
    const arrival = (sequenceNumber: string) => new Date(history.find(sequenceNumber)!.arrivedAt).toISOString();
    return {
      ...failure,
      KinesisBatchInfo: {
        ...batch,
        approximateArrivalOfFirstRecord: arrival(batch.startSequenceNumber),
        approximateArrivalOfLastRecord: arrival(batch.endSequenceNumber),
      },
    };
  }

  /** By what was put and what was trimmed alone. */
  function expected(failure: FailureRecord) {
    const { startSequenceNumber, endSequenceNumber, batchSize } = batchIn(failure);
    const left = history.range(startSequenceNumber, endSequenceNumber);
    return { left, status: left.length === batchSize ? 'COMPLETE' : left.length > 0 ? 'PARTIAL' : 'EXPIRED' };
  }

  const batchesOf = (status: string) => failures.filter((failure) => expected(failure).status === status).length;
  const queueOfFailures = async () => session.queueOf(failures.map((failure) => JSON.stringify(failure)));
  const letterOf = (failure: FailureRecord, deadLetters: readonly DeadLetter[]) =>
    deadLetters.find((it) => batchIn(it).startSequenceNumber === batchIn(failure).startSequenceNumber)!;

  it('are counted before anything is read: whole batches that are gone, and when the next one leaves', async () => {
    expect(['COMPLETE', 'PARTIAL', 'EXPIRED'].map((status) => batchesOf(status) > 0)).toEqual([true, true, true]);
    const { exitCode, document } = await session.tool.json('rescue', '--queue', await queueOfFailures(), '--dry-run');
    expect(exitCode).toBe(0);
    expect(document.streams).toEqual([expect.objectContaining({ batches: failures.length, records: 80, gone: batchesOf('EXPIRED') })]);
  });

  it.each(ANSWERS)('get the verdict that is true, and exactly the records that are left, where a trimmed start is %s', async (how) => {
    answer = how;
    const file = `${how.replaceAll(' ', '-')}.jsonl`;
    const { exitCode, document } = await session.tool.json('rescue', '--queue', await queueOfFailures(), '--to-file', file);
    const deadLetters = session.deadLettersIn(file);
    for (const failure of failures) {
      const { left, status } = expected(failure);
      const { payload: _, hydration, ...rest } = letterOf(failure, deadLetters);
      expect(rest).toEqual(failure);
      expect(hydration).toMatchObject({ status, expectedRecords: batchIn(failure).batchSize, recoveredRecords: left.length });
      const records = recordsOf(letterOf(failure, deadLetters));
      expect(records.map((record, index) => left[index].matches(record))).toEqual(left.map(() => true));
    }
    expect([exitCode, deadLetters.length]).toEqual([1, failures.length]);
    expect(document).toMatchObject({
      failures: failures.length,
      recordsRescued: history.shardIds.reduce((sum, shardId) => sum + history.shard(shardId).length - history.horizon(shardId), 0),
      counts: { complete: batchesOf('COMPLETE'), partial: batchesOf('PARTIAL'), expired: batchesOf('EXPIRED'), superset: 0, unreadable: 0, failed: 0 },
    });
  });

  it('stay counted in the exit code of a later run that has nothing left to read', async () => {
    const before = session.read('refused.jsonl');
    const again = ['rescue', '--queue', await queueOfFailures(), '--to-file', 'refused.jsonl'];
    const { exitCode, stderr } = await session.tool.run(...again);
    const [partial, expired] = [batchesOf('PARTIAL'), batchesOf('EXPIRED')];
    expect(stderr).toContain(`${failures.length} dead letters are in refused.jsonl already, of which ${partial} PARTIAL and ${expired} EXPIRED.`);
    expect(exitCode).toBe(1);
    const { document } = await session.tool.json(...again);
    expect(document).toMatchObject({ before: failures.length, earlier: { PARTIAL: partial, EXPIRED: expired }, recordsRescued: 0 });
    expect(session.read('refused.jsonl')).toBe(before);
  });

  it('are sent as far as they are whole', async () => {
    session.processor.fix();
    const { exitCode, document } = await session.tool.json('redrive', '--from', 'refused.jsonl', '--yes');
    const sent = session.processor.processedEvents.flatMap(({ Records }) => Records);
    const whole = failures.filter((failure) => expected(failure).status === 'COMPLETE').flatMap((failure) => expected(failure).left);
    expect(sent).toHaveLength(whole.length);
    expect(whole.every((it) => sent.some((record) => it.matches(record)))).toBe(true);
    // The others stay in the file, which says why.
    expect([exitCode, document.counts.sent, document.counts.left]).toEqual([1, batchesOf('COMPLETE'), failures.length - batchesOf('COMPLETE')]);
  });
});
