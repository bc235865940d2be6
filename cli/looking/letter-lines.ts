import { batchOf } from '../../lambda/failure-record';
import type { ReceivedLetter } from '../../lambda/redrive/received-letter';
import { printable } from '../output/printable';
import { shortSize } from '../output/size';
import type { SeenMessage } from '../queue/seen-message';
import { shortAge } from '../time';
import { answerWords, conditionWords, hydrationErrorIn, STATUS_WORDS } from './explain';

/** A name, and what is said about it. */
export type Field = readonly [name: string, text: string];

/** What is known of a dead letter beside its records. */
export function letterFields(letter: ReceivedLetter, seen: SeenMessage, now: Date): Field[] {
  const { failure, status, recoveredRecords, expectedRecords, redrive, text } = letter;
  const { requestContext, timestamp } = failure;
  const batch = batchOf(failure);
  const words = STATUS_WORDS[status];
  const error = hydrationErrorIn(text);
  return [
    ['dead letter', letter.deadLetterId],
    ['status', `${status}: ${words.means}`],
    ...(error ? [['because', `${error.name}: ${error.message}`] as const] : []),
    ['to do', words.advice],
    ['function', letter.functionArn],
    ['condition', conditionWords(failure)],
    ['attempts', `about ${requestContext.approximateInvokeCount}`],
    ['last answer', answerWords(failure)],
    ['request', requestContext.requestId],
    ['failed at', timeText(timestamp, now)],
    ['stream', letter.streamArn],
    ['shard', letter.shardId],
    ['range', `${batch.startSequenceNumber} to ${batch.endSequenceNumber}`],
    ['arrived', `${batch.approximateArrivalOfFirstRecord} to ${batch.approximateArrivalOfLastRecord}`],
    ['records', `${recoveredRecords} of ${expectedRecords}`],
    ...(redrive
      ? [['left of', `${redrive.of}, of which others were taken at ${redrive.at}; these were not: ${redrive.reason.name}: ${redrive.reason.message}`] as const]
      : []),
    ...messageFields(seen, now),
  ];
}

/** What is known of any message. */
export function messageFields({ messageId, sentAt, receives, expiresAt, pointer, bytes, parkedBecause }: SeenMessage, now: Date): Field[] {
  return [
    ...(parkedBecause === undefined ? [] : [['parked', parkedBecause] as const]),
    ['message', messageId],
    ['sent at', timeText(sentAt.toISOString(), now)],
    ...(expiresAt ? [['expires', `${expiresAt.toISOString()} (in ${shortAge(expiresAt.getTime() - now.getTime())})`] as const] : []),
    ['receives', `${receives}, this look included`],
    ['body', pointer ? `${pointer.bytes ? `${shortSize(pointer.bytes)} in ` : ''}s3://${pointer.bucket}/${pointer.key}` : shortSize(bytes)],
  ];
}

export function fieldLines(fields: readonly Field[], dim: (text: string) => string): string[] {
  const width = Math.max(...fields.map(([name]) => name.length));
  return fields.map(([name, text]) => `${dim(name.padEnd(width))}  ${printable(text)}`);
}

function timeText(time: string, now: Date): string {
  const millis = Date.parse(time);
  return Number.isNaN(millis) ? time : `${time} (${shortAge(now.getTime() - millis)} ago)`;
}
