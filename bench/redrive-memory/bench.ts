import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineBench, type Figure } from '../bench';
import { wholeNumber } from '../options';
import { problemsOf } from '../redrive/comparison';
import { bundled, run } from '../redrive/contestant';
import { FakeAwsProcess } from '../redrive/fake-aws/fake-aws-process';
import { missingTool } from '../tool';

const MEBIBYTE = 2 ** 20;
/** Of an id in an `IdSet` that has just grown: four words, and less than half of the slots are taken. */
const MOST_BYTES_PER_ID = 43;
/** The results that a report lists, and what is under way. */
const OTHER_MEBIBYTES = 4;

interface Held {
  readonly bytes: number;
  readonly peakMebibytes: number;
}

export const bench = defineBench({
  summary: 'memory of redrive by the number of dead letters: what its own code holds at the end, and the peak of the whole tool (Linux)',
  options: {
    'dead-letters': wholeNumber({
      help: 'the most dead letters for its own code, without network and files; also runs a tenth and a hundredth', default: 1_000_000, short: 100_000,
      smallest: 1_000, min: 100, max: 10_000_000,
    }),
    'tool': wholeNumber({
      help: 'the most dead letters for the whole tool, against an in-memory AWS; also runs a tenth', default: 20_000, short: 2_000, smallest: 100, min: 10,
      max: 10_000_000,
    }),
  },
  missing: missingTool,
  async run({ 'dead-letters': most, tool }, progress) {
    const folder = await mkdtemp(join(tmpdir(), 'redrive-memory-bench-'));
    try {
      const program = await bundled('retained-memory', folder);
      const counts = [most / 100, most / 10, most].map(Math.ceil);
      const own = counts.map((count) => {
        progress(`${count.toLocaleString('en-US')} dead letters, its own code`);
        return figureOf(count, JSON.parse(execFileSync(process.execPath, ['--expose-gc', program, String(count)], { encoding: 'utf8' })) as Held);
      });
      return [...own, ...(await peaksOfTool([Math.ceil(tool / 10), tool], folder, progress))];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
});

function figureOf(count: number, { bytes, peakMebibytes }: Held): Figure {
  const ids = (count * MOST_BYTES_PER_ID) / MEBIBYTE;
  return {
    name: `own code, held after ${count.toLocaleString('en-US')} dead letters`, value: bytes / MEBIBYTE, unit: 'MiB',
    target: { of: 'value', atMost: ids + OTHER_MEBIBYTES }, note: `ids take at most ${ids.toFixed(1)} MiB; peak RSS ${peakMebibytes} MiB`,
  };
}

async function peaksOfTool(counts: readonly number[], folder: string, progress: (what: string) => void): Promise<Figure[]> {
  const aws = await FakeAwsProcess.start(await bundled('fake-aws', folder));
  const to = 'processor';
  try {
    const figures: Figure[] = [];
    for (const deadLetters of counts) {
      progress(`${deadLetters.toLocaleString('en-US')} dead letters, the whole tool`);
      const queueUrl = await aws.fill({ deadLetters, to, isLarge: true });
      const usage = await run('redrive', '', { queueUrl, endpoint: aws.endpoint, to, concurrency: 4, folder });
      const wrong = problemsOf({ contestant: 'redrive', to, deadLetters, ...usage, ...(await aws.report()) });
      if (wrong.length > 0) throw new Error(wrong.join('\n'));
      figures.push({ name: `whole tool, peak RSS for ${deadLetters.toLocaleString('en-US')} dead letters`, value: usage.peakMebibytes, unit: 'MiB' });
    }
    return figures;
  } finally {
    await aws.stop();
  }
}
