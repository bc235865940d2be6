import { isDynamoDb } from '../../lambda/shared/dead-letter/failure-record';
import type { SeenMessage } from '../queue/seen-message';
import { atMostUntil, isOver, mayBeInStream } from './in-stream';
import { aheadText } from './time-text';

/** How many messages lack records of a table, by whether its stream has them. */
export interface StillInStream {
  readonly still: number;
  /** When the first of those begin to leave it. */
  readonly until?: Date;
  readonly noLonger: number;
  /** Their bodies, which say when the records arrived, are in S3. */
  readonly notKnown: number;
}

/** Undefined where none of them lacks any. */
export function stillInStream(messages: readonly SeenMessage[], now: Date): StillInStream | undefined {
  const ends: number[] = [];
  let [noLonger, notKnown] = [0, 0];
  for (const { inStreamUntil, summary, sentAt } of messages) {
    const isOfTable = summary && mayBeInStream(summary.status) && isDynamoDb(summary.streamArn);
    if (!inStreamUntil && !isOfTable) continue;
    if (isOver(inStreamUntil ?? atMostUntil(sentAt), now)) noLonger++;
    else if (inStreamUntil) ends.push(inStreamUntil.firstRecord.getTime());
    else notKnown++;
  }
  if (ends.length + noLonger + notKnown === 0) return undefined;
  return { still: ends.length, ...(ends.length > 0 && { until: new Date(ends.reduce((one, other) => Math.min(one, other))) }), noLonger, notKnown };
}

export function stillInStreamText({ still, until, noLonger, notKnown }: StillInStream, now: Date): string {
  const first = until && (until > now ? `the first until ${aheadText(until, now)}` : 'the first are leaving it now');
  const parts = [
    ...(first ? [`${still.toLocaleString('en-US')} in the stream of the table still, ${first}`] : []),
    ...(noLonger > 0 ? [`${noLonger.toLocaleString('en-US')} no longer${first ? '' : ' in the stream of the table'}`] : []),
    ...(notKnown > 0 ? [`${notKnown.toLocaleString('en-US')} not known, as the body is in S3: "show" says`] : []),
  ];
  return `what is missing: ${parts.join('; ')}`;
}
