import type { MessageInfo } from '../../messages/message-info';
import { atMostUntil, canBeCompleted, isExpired, type RetentionOf } from '../../messages/stream-retention';
import { aheadText } from '../../time';

/** How many messages lack records, by whether their stream has them. */
export interface MissingRecords {
  readonly still: number;
  /** When the first of those begin to leave it. */
  readonly until?: Date;
  readonly noLonger: number;
  /** Their bodies, which say when the records arrived, are in S3. */
  readonly notKnown: number;
  /** Whether all are of tables. */
  readonly isOfTables: boolean;
}

/** Undefined where none of them lacks any, or it is not known how long their streams keep records. */
export async function countMissingRecords(
  messages: readonly MessageInfo[], retentionOf: RetentionOf, now: Date,
): Promise<MissingRecords | undefined> {
  const ends: number[] = [];
  let [noLonger, notKnown] = [0, 0];
  let isOfTables = true;
  for (const { inStreamUntil, summary, sentAt } of messages) {
    const retention = inStreamUntil ?? (summary && canBeCompleted(summary.status) ? await retentionOf(summary.streamArn) : undefined);
    if (!retention) continue;
    isOfTables &&= retention.isOfTable;
    if (isExpired(inStreamUntil ?? atMostUntil(sentAt, retention), now)) noLonger++;
    else if (inStreamUntil) ends.push(inStreamUntil.firstRecord.getTime());
    else notKnown++;
  }
  if (ends.length + noLonger + notKnown === 0) return undefined;
  const until = ends.length > 0 ? { until: new Date(ends.reduce((one, other) => Math.min(one, other))) } : {};
  return { still: ends.length, ...until, noLonger, notKnown, isOfTables };
}

export function missingRecordsText({ still, until, noLonger, notKnown, isOfTables }: MissingRecords, now: Date): string {
  const stream = isOfTables ? 'the stream of the table' : 'the stream';
  const first = until && (until > now ? `the first until ${aheadText(until, now)}` : 'the first are leaving it now');
  const parts = [
    ...(first ? [`${still.toLocaleString('en-US')} in ${stream} still, ${first}`] : []),
    ...(noLonger > 0 ? [`${noLonger.toLocaleString('en-US')} no longer${first ? '' : ` in ${stream}`}`] : []),
    ...(notKnown > 0 ? [`${notKnown.toLocaleString('en-US')} not known, as the body is in S3: "show" says`] : []),
  ];
  return `what is missing: ${parts.join('; ')}`;
}
