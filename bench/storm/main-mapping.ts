import type { CallCounts, StormStream } from './storm-stream';
import type { VirtualTime } from './virtual-time';

/** Lambda reads each shard once a second. It is not documented when it reads again after a throttle: here, a second later. */
const POLL_MILLIS = 1_000;

export interface MappingFigures extends CallCounts {
  /** Milliseconds that the oldest record of each batch had waited when the mapping read it. */
  readonly ages: number[];
}

interface PollOptions {
  /** Index of the first record that it reads. */
  readonly from: number;
  readonly random: () => number;
  readonly isDone: () => boolean;
}

/** The mapping of the stream, whose processor works again: it reads what comes in while the failures of before become dead letters. */
export async function pollAsMapping(stream: StormStream, time: VirtualTime, { from, random, isDone }: PollOptions): Promise<MappingFigures> {
  const figures: MappingFigures = { calls: 0, throttles: 0, ages: [] };
  await Promise.all(stream.shardIds.map(async (shard) => {
    let next = from;
    await time.sleep(random() * POLL_MILLIS);
    while (!isDone()) {
      const records = await stream.poll(shard, next, figures);
      if (records && records.length > 0) {
        figures.ages.push(time.now() - stream.arrivalOf(next));
        next += records.length;
      }
      await time.sleep(POLL_MILLIS);
    }
  }));
  return figures;
}
