import { describeHydrate, LARGE_BYTES } from './hydrate-suite';
import {
  accessDenied, emptyPage, expiredIterator, keyDisabled, keyGone, keyThrottled, refusedStart, streamGone, streamRecreated, throttled,
  wrongShard,
} from './kinesis-faults';
import { kinesisSource } from './kinesis-source';

describe('a Kinesis stream', () => {
  describeHydrate(
    {
      source: kinesisSource,
      small: (index) => ({ key: `schlüssel ${index}`, data: Buffer.from([index, 0, 0xff, 0xfe]) }),
      large: (index) => ({ key: 'large', data: Buffer.alloc(LARGE_BYTES, index) }),
      throttles: [throttled, keyThrottled],
      emptyPage,
      expiredIterator,
      refusedStarts: [refusedStart, wrongShard],
      pageRefused: keyDisabled,
      refusals: [
        ['GetRecords', accessDenied],
        ['GetRecords', keyDisabled],
        ['GetRecords', keyGone],
        ['GetShardIterator', accessDenied],
        ['GetShardIterator', streamGone],
        ['GetShardIterator', streamRecreated],
      ],
      trimmedStarts: ['refused', 'skipped', 'empty for ever'],
    },
    (trial) => {
      it('gives the verdict COMPLETE for a batch read through a consumer', async () => {
        const { eventSourceArn } = trial().pipeline.failureSource;
        const { report: account } = await trial().run([trial().failure(5, 8, { eventSourceArn: `${eventSourceArn}/consumer/fast:1` })]);
        expect(account.statuses.COMPLETE).toBe(1);
      });
    },
  );
});
