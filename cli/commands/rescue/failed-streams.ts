import { batchOf, streamOf } from '../../../lambda/shared/dead-letter/failure-record';
import type { Context } from '../../context';
import { retentionLookup } from '../../messages/retention-lookup';
import { availableUntil, isExpired } from '../../messages/stream-retention';
import { count, shortName } from '../../output/text';
import { shortAge } from '../../time';
import type { FoundFailure } from './found-failures';

/** What failed of one stream, and how long the stream has it. */
export interface StreamSummary {
  readonly streamArn: string;
  batches: number;
  records: number;
  /** Batches whose records have left the stream, by their arrival and the retention of the stream. */
  gone: number;
  /** When the first record of those that are left leaves the stream. Absent where the retention is not known. */
  until?: Date;
}

/** The streams of failures, the one that loses records first before the others. */
export async function streamsOf(context: Context, failures: readonly FoundFailure[]): Promise<StreamSummary[]> {
  const retentionOf = retentionLookup(context);
  const now = new Date();
  const streams = new Map<string, StreamSummary>();
  for (const { failure } of failures) {
    const { streamArn: arn, batchSize } = batchOf(failure);
    const streamArn = streamOf(arn);
    const it = streams.get(streamArn) ?? { streamArn, batches: 0, records: 0, gone: 0 };
    streams.set(streamArn, it);
    it.batches++;
    it.records += batchSize ?? 0;
    const until = await availableUntil(failure, retentionOf);
    if (!until) continue;
    if (isExpired(until, now)) it.gone++;
    else if (!it.until || until.firstRecord < it.until) it.until = until.firstRecord;
  }
  return [...streams.values()].sort((one, other) => (one.until?.getTime() ?? Infinity) - (other.until?.getTime() ?? Infinity));
}

/** Prints the streams where they are what the user asked for, and how many batches have left them. */
export function printStreams({ output }: Context, streams: readonly StreamSummary[], from: string, failures: number, isResult: boolean): void {
  const now = new Date();
  if (streams.length > 0 && isResult) {
    output.table([
      { title: 'stream', value: ({ streamArn }) => shortName(streamArn), shrinks: 'middle' },
      { title: 'batches', value: ({ batches }) => String(batches), align: 'right' },
      { title: 'records', value: ({ records }) => String(records), align: 'right' },
      { title: 'gone', value: ({ gone }) => String(gone), align: 'right' },
      { title: 'first leaves', value: ({ until }) => leavesText(until, now), align: 'right' },
    ], streams);
    output.line();
  }
  const gone = streams.reduce((sum, each) => sum + each.gone, 0);
  const left = gone > 0 ? `, of which ${gone.toLocaleString('en-US')} ${gone === 1 ? 'has' : 'have'} left their stream` : '';
  const text = `${count(failures, 'failed batch', 'failed batches')} in ${shortName(from)}${left}.`;
  (isResult ? output.prose : output.note).call(output, text);
}

function leavesText(until: Date | undefined, now: Date): string {
  if (!until) return 'unknown';
  return until <= now ? 'now' : `in ${shortAge(until.getTime() - now.getTime())}`;
}
