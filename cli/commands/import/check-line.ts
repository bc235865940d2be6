import { environmentValues } from '../../aws/dlq-group';
import { isSameQueue } from '../../aws/queue-name';
import { CliError } from '../../cli-error';
import type { Dlq, QueueContent } from '../../dlq';
import type { NumberedLine } from '../../file/export-file';
import { toMessage } from '../../file/exported-message';
import { messageSummary } from '../../messages/message-summary';
import { newerFormatError } from '../../messages/newer-format';
import type { ChosenQueue } from '../../queue/chosen-queue';

export const CONTENT_NAMES: Record<QueueContent, string> = {
  'dead letters': 'the dead-letter queue',
  'undeliverables': 'the undeliverable queue',
  'parked messages': 'the parking queue',
};

/**
 * Refuses a message of one queue of a stack for another one of it: whoever reads that takes it for something that it is not. One from
 * elsewhere is evidence, and may go into any.
 * @throws CliError
 */
export function requireSameQueue(path: string, { line, lineNumber }: NumberedLine, to: Pick<ChosenQueue, 'queueUrl' | 'content'>, dlq: Dlq): void {
  const { queueUrl } = line;
  if (isSameQueue(queueUrl, to.queueUrl)) return;
  const content = contentOf(queueUrl, dlq);
  if (content === undefined) return;
  // "rescue" has made a dead letter of an undeliverable.
  if (content === 'undeliverables' && to.content === 'dead letters' && messageSummary(toMessage(line)).summary) return;
  throw new CliError(
    `${path}:${lineNumber} was written from ${queueUrl}, ${CONTENT_NAMES[content]}, and does not belong into ${to.queueUrl}: ${wayTo(queueUrl, content, dlq)}. ` +
      'Nothing was sent. A file of several queues has to be split.',
  );
}

/** Refuses a message of a newer format: what its queue takes may be another one by now. @throws CliError */
export function requireKnownFormatOf(path: string, { line, lineNumber }: NumberedLine): void {
  const { newerFormat } = messageSummary(toMessage(line));
  if (newerFormat) throw newerFormatError(newerFormat, `${path}:${lineNumber}: nothing was sent: `);
}

/** What a queue holds that belongs to the same functions; undefined where it does not. */
export function contentOf(url: string, { queueUrl, undeliverableQueueUrl, parkingQueueUrl, functions }: Dlq): QueueContent | undefined {
  const queues: Record<QueueContent, readonly (string | undefined)[]> = {
    'undeliverables': [undeliverableQueueUrl, ...environmentValues(functions, 'UNDELIVERABLE_QUEUE_URL')],
    'parked messages': [parkingQueueUrl, ...environmentValues(functions, 'PARKING_QUEUE_URL')],
    // One may name any queue of the group by --queue: what else it is counts first.
    'dead letters': [...environmentValues(functions, 'QUEUE_URL'), queueUrl],
  };
  const [content] = Object.entries(queues).find(([, urls]) => urls.some((it) => it !== undefined && isSameQueue(it, url))) ?? [];
  return content as QueueContent | undefined;
}

/** Which option leads to a queue of the group. */
function wayTo(url: string, content: QueueContent, { queueUrl, undeliverableQueueUrl = '', parkingQueueUrl = '' }: Dlq): string {
  if (content === 'undeliverables' && isSameQueue(url, undeliverableQueueUrl)) return 'give --undeliverables';
  if (content === 'parked messages' && isSameQueue(url, parkingQueueUrl)) return 'give --parked';
  if (isSameQueue(url, queueUrl)) return 'leave out --undeliverables and --parked';
  return `name its queue by --queue ${url}`;
}
