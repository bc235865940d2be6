import type { Write } from '../pipeline/table';
import { describeNeedsJava } from '../support/java';
import {
  accessDenied, emptyPage, expiredIterator, internalError, keyRefused, limitExceeded, streamGone, throttled, throughputExceeded,
  trimmedStart, trimmed, unknownCaller, unknownStart, wrongShard,
} from './dynamo-faults';
import { dynamoSource } from './dynamo-source';
import { shortPage } from './fault';
import { HydrateScenario } from './hydrate-scenario';
import { describeHydrate, LARGE, LARGE_BYTES, SMALL } from './hydrate-suite';
import type { PastRecord } from './stream-history';

/** One of many, none like another. */
function item(index: number): Write {
  return { put: { id: { S: `schlüssel ${index}` }, bytes: { BS: [new Uint8Array([index, 0, 0xff, 0xfe])] }, total: { N: `${index}` } } };
}

describeNeedsJava('a DynamoDB stream', () => {
  describeHydrate(
    {
      source: dynamoSource,
      small: item,
      large: (index) => ({ put: { id: { S: `large ${index}` }, bytes: { B: Buffer.alloc(LARGE_BYTES, index) } } }),
      throttles: [limitExceeded, throughputExceeded, throttled, internalError],
      emptyPage,
      expiredIterator,
      refusedStarts: [trimmedStart, wrongShard, unknownStart],
      pageRefused: keyRefused,
      refusals: [
        ['GetRecords', accessDenied],
        ['GetRecords', keyRefused],
        ['GetRecords', unknownCaller],
        ['GetShardIterator', accessDenied],
        ['GetShardIterator', streamGone],
      ],
      trimmedStarts: ['refused', 'refused on read', 'skipped'],
    },
    (trial) => {
      it('finds the whole range where even the oldest place is refused for a while, as its record leaves the stream', async () => {
        const { deadLetters: letters, invocations } = await trial().run(
          [trial().failure(5, 8)],
          [1, 2, 3].map((nth) => ({ action: 'GetRecords', nth, fault: trimmed })),
        );
        expect(letters.map(({ hydration }) => hydration.status)).toEqual(['COMPLETE']);
        expect(invocations).toBe(1);
      });

      it('keeps what it had read where another page is trimmed, and finds the rest from the oldest place on', async () => {
        const { deadLetters: letters } = await trial().run(
          [trial().failure(5, 8)],
          [{ action: 'GetRecords', nth: 1, fault: shortPage(2) }, { action: 'GetRecords', nth: 2, fault: trimmed }],
        );
        expect(letters[0].hydration).toMatchObject({ status: 'COMPLETE', recoveredRecords: 4 });
      });

      it('gives up a place that stays empty for that before the batch', async () => {
        trial().trim(10, 'empty for ever');
        try {
          const { deadLetters: letters } = await trial().run([trial().failure(5, 14)]);
          expect(letters[0].hydration).toMatchObject({ status: 'PARTIAL', recoveredRecords: 5 });
        } finally {
          trial().trim(0);
        }
      });

      it('takes what a page of a megabyte holds, and the rest from the next ones', async () => {
        const { report: account, deadLetters: letters } = await trial().run([trial().failure(0, SMALL + LARGE - 1, { failed: ends(trial().shard) })]);
        expect(letters[0].hydration).toMatchObject({ status: 'SUPERSET', recoveredRecords: SMALL + LARGE });
        expect(account.overflowed).toBe(1);
      });
    },
  );

  describe('whose shards are closed in the course of time', () => {
    let trial: HydrateScenario<Write>;

    beforeAll(async () => {
      trial = await HydrateScenario.start(dynamoSource, Array.from({ length: SMALL }, (_, index) => item(index)), { shards: 2 });
    });
    afterAll(async () => trial?.stop());

    const last = SMALL / 2 - 1;

    it('gives the verdict COMPLETE for a batch at the end of a closed shard', async () => {
      const { deadLetters: letters } = await trial.run([trial.failure(last - 3, last)]);
      expect(letters.map(({ hydration }) => hydration.status)).toEqual(['COMPLETE']);
    });

    it('gives the verdict PARTIAL at the end of a closed shard that has dropped the start of a batch', async () => {
      trial.trim(last);
      const { deadLetters: letters } = await trial.run([trial.failure(last - 3, last)]);
      expect(letters[0].hydration).toMatchObject({ status: 'PARTIAL', recoveredRecords: 1 });
    });

    it('gives the verdict EXPIRED, and says why, where a shard has gone with all its records', async () => {
      trial.trim(last + 1);
      const { deadLetters: letters } = await trial.run([trial.failure(last - 3, last)]);
      expect(letters[0].hydration).toMatchObject({
        status: 'EXPIRED',
        error: { name: 'ResourceNotFoundException', message: expect.stringContaining('Shard') },
      });
    });
  });
});

/** Its first record and its last: all between did not fail. */
function ends(shard: readonly PastRecord[]): readonly PastRecord[] {
  return [shard[0], shard[shard.length - 1]];
}
