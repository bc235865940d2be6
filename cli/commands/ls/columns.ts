import { HydrationStatus } from '../../../src/contract';
import type { QueueContent } from '../../dlq';
import { failureAge } from '../../messages/failure-time';
import type { MessageInfo } from '../../messages/message-info';
import type { Column, Output } from '../../output/output';
import { shortId, shortSize } from '../../output/text';
import { shortAge } from '../../time';
import { functionName } from './counts';
import { nativeColumns } from './native-columns';

/** What tells the shards of a stream apart is at the end of their ids. */
const SHARD_LENGTH = 6;
/** A message that was sent this much after its failure is not the first of it: it was imported, rehydrated, parked, or is what was left. */
const LATE_MILLIS = 15 * 60_000;

/** The columns of a table of messages, for what is in their queue. Times are how long ago or ahead they are. */
export function messageColumns(
  content: QueueContent, messages: readonly MessageInfo[], now: Date, colors: Output['colors'],
): readonly Column<MessageInfo>[] {
  const sent: Column<MessageInfo> = { title: 'sent', value: ({ sentAt }) => shortAge(now.getTime() - sentAt.getTime()), align: 'right' };
  const failed: Column<MessageInfo> = { title: 'failed', value: (it) => (it.summary ? failureAge(it, now) : ''), align: 'right' };
  const isLate = messages.some(({ failedAt, sentAt, summary }) => !summary || (failedAt && sentAt.getTime() - failedAt.getTime() > LATE_MILLIS));
  const expires: Column<MessageInfo> = {
    title: 'expires', value: ({ expiresAt }) => (expiresAt ? shortAge(expiresAt.getTime() - now.getTime()) : ''), align: 'right', expendable: 3,
  };
  const receives: Column<MessageInfo> = { title: 'receives', value: (it) => String(it.receives), align: 'right', expendable: 1 };
  // In a file nothing is received, and nothing expires.
  const ofQueue = messages.some((it) => it.receives !== undefined) ? [expires, receives] : [];
  if (messages.every(({ native }) => native)) return nativeColumns(messages, now, ofQueue);
  const attempts: Column<MessageInfo> = { title: 'attempts', value: (it) => (it.failed ? String(it.failed.attempts) : ''), align: 'right' };
  const size: Column<MessageInfo> = {
    title: 'size', value: ({ bytes, pointer }) => (pointer ? `S3 ${bytes ? shortSize(bytes) : ''}`.trim() : shortSize(bytes)), align: 'right', expendable: 2,
  };
  if (content === 'undeliverables') {
    return [
      { title: 'message', value: ({ messageId }) => shortId(messageId) },
      { title: 'from', value: ({ undeliverable }) => undeliverable?.origin ?? '' },
      sent, ...ofQueue, size,
      { title: 'reason', value: ({ undeliverable }) => undeliverable?.reason ?? '', shrinks: true },
    ];
  }
  return [
    { title: 'id', value: ({ summary, messageId }) => shortId(summary?.deadLetterId ?? messageId) },
    { title: 'status', value: ({ summary, newerFormat, native }) => summary?.status ?? (newerFormat ? 'newer' : native ? 'native' : 'none'), paint: (text) => painted(text, colors) },
    { title: 'records', value: ({ summary }) => (summary ? `${summary.recoveredRecords}/${summary.expectedRecords}` : ''), align: 'right' },
    { title: 'function', value: ({ summary }) => (summary ? functionName(summary.functionArn) : ''), shrinks: 'middle', isSummarized: true },
    { title: 'condition', value: ({ summary, defect, native }) => defect?.message ?? summary?.condition ?? native?.preview ?? '', shrinks: true, isSummarized: true },
    { title: 'shard', value: ({ summary }) => summary?.shardId.slice(-SHARD_LENGTH) ?? '', expendable: 4, isSummarized: true },
    failed,
    ...(messages.some((it) => it.failed) ? [attempts] : []),
    ...(isLate ? [sent] : []),
    ...ofQueue, size,
    ...(content === 'parked messages' ? [{ title: 'parked because', value: (it: MessageInfo) => it.parkedBecause ?? '', shrinks: true }] : []),
  ];
}

function painted(status: string, colors: Output['colors']): string {
  if (status === HydrationStatus.COMPLETE) return colors.green(status);
  return status === HydrationStatus.SUPERSET || status === HydrationStatus.PARTIAL ? colors.yellow(status) : colors.red(status);
}
