import {
  _Record, AccessDeniedException, ExpiredIteratorException, InvalidArgumentException, KinesisClient, ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import { KinesisShard } from '../../../../lambda/shared/stream/kinesis-shard';
import { ShardCursor } from '../../../../lambda/shared/stream/shard-cursor';
import { callOptions } from '../../../support/call-options';
import { batchInfo, CONSUMER_ARN, sequenceNumber, SHARD_ID, STREAM_ARN } from '../../../support/records';
import { shardWith } from '../../../support/shard';

const options = { message: 'refused', $metadata: {} };
const ARRIVAL = '2026-11-21T08:00:00.120Z';
const FIVE_MINUTES_EARLIER = new Date('2026-11-21T07:55:00.120Z');

const cursor = (batch = batchInfo(), signal = new AbortController().signal) =>
  new ShardCursor(new KinesisShard(new KinesisClient({}), batch), {
    start: batch.startSequenceNumber, pauseMillis: 1, signal,
  });

const opened = async (...args: Parameters<typeof cursor>) => {
  const it = cursor(...args);
  await it.open();
  return it;
};

/** The records of the next page, by sequence number; undefined at the end. */
const next = async (it: ShardCursor<_Record>, limit = 10) => (await it.next(limit))?.records.map(({ SequenceNumber }) => SequenceNumber);
const numbers = (...indices: number[]) => indices.map(sequenceNumber);

/** Lets the reads with these numbers end in an iterator that is too old. */
const expiring = (...reads: number[]) => (read: number) => {
  if (reads.includes(read)) throw new ExpiredIteratorException(options);
};

describe('a cursor', () => {
  test('starts at the first record of the batch', async () => {
    const { iterators, reads } = shardWith([0, 1, 2, 3]);
    const it = await opened(batchInfo({ from: 1, to: 2 }));
    expect(await next(it)).toEqual(numbers(1, 2, 3));
    expect(iterators()).toEqual([
      { StreamARN: STREAM_ARN, ShardId: SHARD_ID, ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: sequenceNumber(1) },
    ]);
    expect(reads()).toEqual([{ StreamARN: STREAM_ARN, ShardIterator: '1', Limit: 10 }]);
    expect(it.streamError).toBeUndefined();
  });

  test('moves page by page, with the given limit', async () => {
    shardWith([0, 1, 2, 3]);
    const it = await opened();
    expect([await next(it, 1), await next(it, 2), await next(it, 9), await next(it, 9)]).toEqual([
      numbers(0), numbers(1, 2), numbers(3), [],
    ]);
  });

  test('ends where a closed shard does', async () => {
    shardWith([0, 1], { closed: true });
    const it = await opened();
    expect([await next(it), await next(it), await next(it)]).toEqual([numbers(0, 1), undefined, undefined]);
  });

  test('has not moved until a record came', async () => {
    shardWith([0], { onRead: (read) => (read === 0 ? 5 : undefined) });
    const it = await opened();
    expect(it.isUnmoved).toBe(true);
    expect(await next(it)).toEqual([]);
    expect(it.isUnmoved).toBe(true);
    await next(it);
    expect(it.isUnmoved).toBe(false);
  });

  test('reads the stream, not the consumer that a mapping reads through', async () => {
    const { iterators, reads } = shardWith([0]);
    await next(await opened(batchInfo({ streamArn: CONSUMER_ARN })));
    expect([...iterators(), ...reads()].map(({ StreamARN }) => StreamARN)).toEqual([STREAM_ARN, STREAM_ARN]);
  });

  test('passes its signal to every call', async () => {
    const { client } = shardWith([0]);
    const { signal } = new AbortController();
    await next(await opened(batchInfo(), signal));
    expect(client.calls().map(callOptions)).toEqual([{ abortSignal: signal }, { abortSignal: signal }]);
  });
});

describe('a cursor whose start the stream rejects', () => {
  const refusing = (error: Error) => (input: { ShardIteratorType?: string }) => {
    if (input.ShardIteratorType === 'AT_SEQUENCE_NUMBER') throw error;
  };

  test.each([
    new InvalidArgumentException(options),
    new ResourceNotFoundException(options),
  ])('with $name falls back to five minutes before the batch arrived', async (error) => {
    const { iterators } = shardWith([2, 3], { onIterator: refusing(error) });
    const it = await opened();
    expect(await next(it)).toEqual(numbers(2, 3));
    expect(iterators().slice(1)).toEqual([
      { StreamARN: STREAM_ARN, ShardId: SHARD_ID, ShardIteratorType: 'AT_TIMESTAMP', Timestamp: FIVE_MINUTES_EARLIER },
    ]);
    expect(it.streamError).toMatchObject({ kind: 'trimmed', name: error.name });
  });

  test.each(['', 'yesterday', '2026-13-45T00:00:00Z'])('falls back to the oldest record when the time is unknown: %p', async (arrival) => {
    const { iterators } = shardWith([2], { onIterator: refusing(new InvalidArgumentException(options)) });
    expect(await next(await opened(batchInfo({ approximateArrivalOfFirstRecord: arrival })))).toEqual(numbers(2));
    expect(iterators().slice(1)).toEqual([{ StreamARN: STREAM_ARN, ShardId: SHARD_ID, ShardIteratorType: 'TRIM_HORIZON' }]);
  });

  test('permanently throws the error at once', async () => {
    const error = new AccessDeniedException(options);
    const { iterators } = shardWith([], { onIterator: refusing(error) });
    await expect(cursor().open()).rejects.toBe(error);
    expect(iterators()).toHaveLength(1);
  });

  test('and the time too, throws the second error', async () => {
    const error = new ResourceNotFoundException(options);
    const { iterators } = shardWith([], { onIterator: () => { throw error; } });
    await expect(cursor().open()).rejects.toBe(error);
    expect(iterators()).toHaveLength(2);
  });

  test('with a transient error, throws it', async () => {
    const error = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    shardWith([], { onIterator: () => { throw error; } });
    await expect(cursor().open()).rejects.toBe(error);
  });
});

describe('an iterator that expires', () => {
  test('before any record is renewed at the first of the batch', async () => {
    const { iterators } = shardWith([0, 1], { onRead: expiring(0) });
    expect(await next(await opened())).toEqual(numbers(0, 1));
    expect(iterators()).toEqual([iterators()[0], iterators()[0]]);
  });

  test('after a page is renewed at its last record, which is skipped and shows that no record is missing', async () => {
    const { iterators } = shardWith([0, 1, 2, 3], { pageSize: 2, onRead: expiring(1) });
    const it = await opened();
    expect([await next(it), await next(it), await next(it)]).toEqual([numbers(0, 1), numbers(2), numbers(3)]);
    expect(iterators()[1]).toEqual({
      StreamARN: STREAM_ARN, ShardId: SHARD_ID, ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: sequenceNumber(1),
    });
    expect(it.hasGap).toBe(false);
  });

  test('after a page shows a gap when its last record has expired', async () => {
    const shard = shardWith([0, 1, 2, 3], { pageSize: 2, onRead: expiring(1) });
    const it = await opened();
    await next(it);
    shard.trimTo(3);
    expect([await next(it), await next(it)]).toEqual([numbers(3), []]);
    expect(it.hasGap).toBe(true);
  });

  test('after an empty page is renewed at the last record before it', async () => {
    const empty = (read: number) => (read === 1 ? 5 : expiring(2)(read));
    const { iterators } = shardWith([0, 1], { pageSize: 1, onRead: empty });
    const it = await opened();
    expect([await next(it), await next(it), await next(it), await next(it)]).toEqual([numbers(0), [], [], numbers(1)]);
    expect(iterators()[1]).toMatchObject({ ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: sequenceNumber(0) });
    expect(it.hasGap).toBe(false);
  });

  test('after a fallback is renewed at the same time', async () => {
    const { iterators } = shardWith([0], { onRead: expiring(0) });
    const it = await opened(batchInfo({ approximateArrivalOfFirstRecord: ARRIVAL }));
    await it.fallBack();
    expect(await next(it)).toEqual(numbers(0));
    expect(iterators().slice(1).map(({ Timestamp }) => Timestamp)).toEqual([FIVE_MINUTES_EARLIER, FIVE_MINUTES_EARLIER]);
  });

  test('several times over is renewed as often', async () => {
    const { iterators } = shardWith([0, 1], { onRead: expiring(0, 1, 2) });
    expect(await next(await opened())).toEqual(numbers(0, 1));
    expect(iterators()).toHaveLength(4);
  });

  test('whose renewal fails throws the error', async () => {
    const denied = new AccessDeniedException(options);
    let given = 0;
    shardWith([0], { onRead: expiring(0), onIterator: () => { if (given++) throw denied; } });
    const it = await opened();
    await expect(it.next(10)).rejects.toBe(denied);
  });
});

describe('a cursor whose later position the stream rejects', () => {
  const refused = new InvalidArgumentException(options);

  test('at the first read falls back to the time of arrival', async () => {
    const { iterators } = shardWith([2, 3], { onRead: (read) => { if (read === 0) throw refused; } });
    const it = await opened();
    expect(await next(it)).toEqual(numbers(2, 3));
    expect(iterators().map(({ ShardIteratorType }) => ShardIteratorType)).toEqual(['AT_SEQUENCE_NUMBER', 'AT_TIMESTAMP']);
    expect(it.streamError).toMatchObject({ kind: 'trimmed', name: 'InvalidArgumentException' });
  });

  test('at the renewal of an iterator falls back, and skips the records that it has read', async () => {
    const { iterators } = shardWith([0, 1, 2, 3], {
      pageSize: 2,
      onRead: expiring(1),
      onIterator: ({ StartingSequenceNumber }) => { if (StartingSequenceNumber === sequenceNumber(1)) throw refused; },
    });
    const it = await opened();
    expect([await next(it), await next(it), await next(it)]).toEqual([numbers(0, 1), [], numbers(2, 3)]);
    expect(iterators().at(-1)).toMatchObject({ ShardIteratorType: 'AT_TIMESTAMP' });
    expect(it.hasGap).toBe(false);
  });

  test('after it fell back and read on, falls back again', async () => {
    const { iterators } = shardWith([0, 1, 2, 3], {
      pageSize: 2,
      onRead: expiring(1),
      onIterator: ({ ShardIteratorType }) => { if (ShardIteratorType === 'AT_SEQUENCE_NUMBER') throw refused; },
    });
    const it = await opened();
    expect([await next(it), await next(it), await next(it)]).toEqual([numbers(0, 1), [], numbers(2, 3)]);
    expect(iterators().map(({ ShardIteratorType }) => ShardIteratorType)).toEqual([
      'AT_SEQUENCE_NUMBER', 'AT_TIMESTAMP', 'AT_SEQUENCE_NUMBER', 'AT_TIMESTAMP',
    ]);
    expect(it.hasGap).toBe(false);
  });

  test('at the position before the batch throws the error', async () => {
    shardWith([0], { onRead: () => { throw refused; } });
    const it = await opened();
    await expect(it.next(10)).rejects.toBe(refused);
  });

  test('ends with its signal, however often an iterator expires', async () => {
    const controller = new AbortController();
    shardWith([0], { onRead: (read) => { if (read === 5) controller.abort(); throw new ExpiredIteratorException(options); } });
    const it = await opened(batchInfo(), controller.signal);
    await expect(it.next(10)).rejects.toMatchObject({ name: 'AbortError' });
  });
});
