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

/** Counts messages that lack records, as they come. */
export class MissingRecordsCount {
  private readonly counts = { still: 0, noLonger: 0, notKnown: 0 };
  private until?: Date;
  private isOfTables = true;

  constructor(private readonly retentionOf: RetentionOf, private readonly now: Date) {}

  async add({ inStreamUntil, summary, sentAt }: MessageInfo): Promise<void> {
    const retention = inStreamUntil ?? (summary && canBeCompleted(summary.status) ? await this.retentionOf(summary.streamArn) : undefined);
    if (!retention) return;
    this.isOfTables &&= retention.isOfTable;
    if (isExpired(inStreamUntil ?? atMostUntil(sentAt, retention), this.now)) this.counts.noLonger++;
    else if (!inStreamUntil) this.counts.notKnown++;
    else {
      this.counts.still++;
      if (!this.until || inStreamUntil.firstRecord < this.until) this.until = inStreamUntil.firstRecord;
    }
  }

  /** Undefined where none of them lacks any, or it is not known how long their streams keep records. */
  get result(): MissingRecords | undefined {
    const { counts, until, isOfTables } = this;
    if (counts.still + counts.noLonger + counts.notKnown === 0) return undefined;
    return { ...counts, ...(until && { until }), isOfTables };
  }
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
