import type { MessageInfo } from '../../messages/message-info';
import type { Column } from '../../output/output';
import { shortId, shortName, shortSize } from '../../output/text';
import { shortAge } from '../../time';

/** The columns of a table of native dead letters. */
export function nativeColumns(messages: readonly MessageInfo[], now: Date, ofQueue: readonly Column<MessageInfo>[]): readonly Column<MessageInfo>[] {
  const group: Column<MessageInfo> = { title: 'group', value: ({ native }) => native?.messageGroupId ?? '', shrinks: 'middle', least: 8 };
  return [
    { title: 'message', value: ({ messageId }) => shortId(messageId) },
    { title: 'sent', value: ({ sentAt }) => shortAge(now.getTime() - sentAt.getTime()), align: 'right' },
    ...ofQueue,
    ...(messages.some(({ native }) => native?.messageGroupId !== undefined) ? [group] : []),
    { title: 'source', value: sourceName, shrinks: 'middle', isSummarized: true },
    { title: 'size', value: ({ bytes, pointer }) => (pointer ? `S3 ${bytes ? shortSize(bytes) : ''}`.trim() : shortSize(bytes)), align: 'right', expendable: 2 },
    { title: 'body', value: ({ native, pointer }) => (pointer ? `s3://${pointer.bucket}/${pointer.key}` : (native?.preview ?? '')), shrinks: true, least: 20 },
  ];
}

/** Name of the queue that a message comes from. */
export function sourceName({ native }: Pick<MessageInfo, 'native'>): string {
  return native?.sourceArn === undefined ? 'none' : shortName(native.sourceArn);
}
