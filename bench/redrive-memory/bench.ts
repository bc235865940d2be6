import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineBench } from '../bench';
import { wholeNumber } from '../options';
import { problemsOf } from '../redrive/comparison';
import { bundled, run } from '../redrive/contestant';
import { FakeAwsProcess } from '../redrive/fake-aws/fake-aws-process';
import { missingTool } from '../tool';

/** Bytes of an id of a message in an `IdSet` that is as empty as it gets: twice as many as there are when it has just grown. */
const MOST_BYTES_PER_ID = 43;
/** A heap is swept now or later. */
const SWING_MEBIBYTES = 48;

export const bench = defineBench({
  summary: 'peak memory of `stream-dlq redrive` by the number of dead letters, beside what it has to remember: an id of each message (Linux)',
  options: {
    'dead-letters': wholeNumber({
      help: 'the most dead letters, of one record each; also runs with a tenth and a hundredth', default: 1_000_000, short: 10_000, smallest: 100, min: 100,
      max: 2_000_000,
    }),
    'concurrency': wholeNumber({ help: 'concurrency of redrive', default: 4, min: 1, max: 64 }),
  },
  missing: missingTool,
  async run({ 'dead-letters': most, concurrency }, progress) {
    const folder = await mkdtemp(join(tmpdir(), 'redrive-memory-bench-'));
    const aws = await FakeAwsProcess.start(await bundled('fake-aws', folder));
    const to = 'processor';
    const peakOf = async (deadLetters: number): Promise<number> => {
      progress(`${deadLetters.toLocaleString('en-US')} dead letters`);
      const queueUrl = await aws.fill({ deadLetters, to, isLarge: true });
      const usage = await run('redrive', '', { queueUrl, endpoint: aws.endpoint, to, concurrency, folder });
      const wrong = problemsOf({ contestant: 'redrive', to, deadLetters, ...usage, ...(await aws.report()) });
      if (wrong.length > 0) throw new Error(wrong.join('\n'));
      return usage.peakMebibytes;
    };
    try {
      const counts = [most / 100, most / 10, most].map(Math.ceil);
      const peaks: number[] = [];
      for (const count of counts) peaks.push(await peakOf(count));
      const ids = Math.ceil((most * MOST_BYTES_PER_ID) / 2 ** 20);
      return [
        ...counts.map((count, index) => ({ name: `peak RSS for ${count.toLocaleString('en-US')} dead letters`, value: peaks[index], unit: 'MiB' })),
        {
          name: `growth from ${counts[1].toLocaleString('en-US')} to ${counts[2].toLocaleString('en-US')}`, value: peaks[2] - peaks[1], unit: 'MiB',
          target: { of: 'value', atMost: ids + SWING_MEBIBYTES }, note: `ids take up to ${ids} MiB`,
        },
      ];
    } finally {
      await aws.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
});
