import type { Redrive } from '../../../lambda/shared/dead-letter/dead-letter';
import { batchOf, isWindowEnd } from '../../../lambda/shared/dead-letter/failure-record';
import type { ReceivedDeadLetter } from '../../../lambda/shared/dead-letter/received-dead-letter';
import { failedRedrives } from '../../../lambda/shared/redrive/failed-redrives';
import { operatorCommand, quoted } from '../../command-line';
import type { GlobalOptions } from '../../context';
import type { MessageSource } from '../../dead-letters/message-source';
import type { ProvenBatch } from '../../mapping-filters/proven-batch';
import type { MessageInfo } from '../../messages/message-info';
import { availabilityText } from '../../messages/stream-retention';
import type { Output } from '../../output/output';
import { printable } from '../../output/printable';
import { count, shortId, shortName, shortSize } from '../../output/text';
import type { ReasonResult } from '../../reason/failure-reason';
import type { ProcessorLog } from '../../reason/processor-log';
import { agoText, aheadText, shortAge } from '../../time';
import { logCommand } from './log-command';
import { answerText, conditionText, hydrationErrorIn, isPlainFailureRecord, PLAIN_FAILURE_RECORD, STATUS_MEANINGS, nextSteps, type QueueContext } from './next-steps';
import { reasonFields } from './reason-fields';

/** A name, and what is said about it; no name where it is a command, to be copied. */
export type Field = readonly [name: string | undefined, text: string];

const COMMAND_INDENT = 4;

/** What is around a dead letter that is shown. */
export interface ShownFrom {
  readonly source: Pick<MessageSource, 'name' | 'command'>;
  readonly options: GlobalOptions;
  readonly around: QueueContext;
  /** Where its processor logs. Absent where it was not invoked. */
  readonly log?: ProcessorLog;
  /** Why the processor failed, where that was looked up. */
  readonly reason?: ReasonResult;
  /** Whether all of it is shown. */
  readonly isWhole: boolean;
  /** The failed batch, where more records than those are here. */
  readonly proof?: ProvenBatch;
}

/** What is known of a dead letter beside its records. */
export function deadLetterFields(
  deadLetter: ReceivedDeadLetter, seen: MessageInfo, { source, options, around, log: processorLog, reason, isWhole, proof }: ShownFrom, now: Date,
): Field[] {
  const { failure, status, recoveredRecords, expectedRecords, redrive, text } = deadLetter;
  const { requestContext, timestamp } = failure;
  const batch = batchOf(failure);
  const error = hydrationErrorIn(text);
  const log = processorLog && logCommand(failure, options, processorLog);
  const commandOf = (template: string, queue: string | undefined): string => {
    const command = template.replaceAll('ID', shortId(deadLetter.deadLetterId)).replaceAll('FILE', quoted(source.name));
    return queue === undefined ? source.command(command) : operatorCommand(command, { ...options, stack: undefined, queue });
  };
  return [
    ...(reason ? reasonFields(reason, isWhole, now) : []),
    ['dead letter', deadLetter.deadLetterId],
    ['status', `${status}: ${isPlainFailureRecord(deadLetter) ? PLAIN_FAILURE_RECORD : STATUS_MEANINGS[status]}`],
    ...(proof ? [['', proofText(proof, recoveredRecords)] as const] : []),
    ...(error ? [['because', `${error.name}: ${error.message}`] as const] : []),
    ...inStreamFields(seen, now),
    ...nextSteps(proof?.deadLetter ?? deadLetter, around, now).flatMap(({ when, command, queue }, index): Field[] => [
      [index === 0 ? 'to do' : '', when],
      ...(command ? [[undefined, commandOf(command, queue)] as const] : []),
    ]),
    ['function', deadLetter.functionArn],
    ['condition', conditionText(failure)],
    ...(requestContext.approximateInvokeCount === undefined ? [] : [['attempts', `about ${requestContext.approximateInvokeCount}`] as const]),
    ['last answer', answerText(failure)],
    ...(log === undefined ? [] : [['its log', processorLog!.isKnown ? 'read it with:' : 'read it with this command, unless the function logs elsewhere:'], [undefined, log]] as const),
    ['request', String(requestContext.requestId ?? 'unknown')],
    ['failed at', agoText(String(timestamp ?? 'unknown'), now)],
    ['stream', deadLetter.streamArn],
    ['shard', deadLetter.shardId],
    ...(isWindowEnd(failure)
      ? [['window', 'its final call, which has the state of the window and no records'] as const]
      : [
          ['range', `${batch.startSequenceNumber} to ${batch.endSequenceNumber}`] as const,
          ...(batch.approximateArrivalOfFirstRecord === undefined
            ? []
            : [['arrived', `${batch.approximateArrivalOfFirstRecord} to ${batch.approximateArrivalOfLastRecord}`] as const]),
        ]),
    ...redrivenFields(redrive, now),
    ['records', `${recoveredRecords} of ${expectedRecords}`],
    ...(redrive?.of === undefined
      ? []
      : [['left of', `${redrive.of}, of which others were taken at ${redrive.at}; these were not: ${redrive.reason?.name}: ${redrive.reason?.message}`] as const]),
    ...messageFields(seen, now),
  ];
}

/** A batch of thousands names no record that anybody would look for. */
const MOST_NUMBERS = 20;

function proofText({ numbers, mapping, deadLetter: { status } }: ProvenBatch, records: number): string {
  const named = numbers.slice(0, MOST_NUMBERS).join(', ');
  return `${status} by proof: ${numbers.length} of ${count(records, 'record')} pass the filters of mapping ${mapping.uuid}, and as many failed: ` +
    `${named}${numbers.length > MOST_NUMBERS ? ', …' : ''}`;
}

/** Redrives that the processor failed. */
function redrivenFields(redrive: Redrive | undefined, now: Date): Field[] {
  const failed = failedRedrives(redrive);
  if (!failed) return [];
  const { attempts, lastError: { name, message, at, to } } = failed;
  const millis = Date.parse(at);
  const age = Number.isNaN(millis) ? at : `${shortAge(now.getTime() - millis)} ago`;
  return [['redriven', `${count(attempts, 'time')}, last ${age} to ${shortName(to)}: ${name}: ${message}`]];
}

/** How long what is missing can still be read. */
export function inStreamFields({ inStreamUntil }: Pick<MessageInfo, 'inStreamUntil'>, now: Date): Field[] {
  return inStreamUntil ? [['in stream', availabilityText(inStreamUntil, now)]] : [];
}

/** What is known of any message. */
export function messageFields({ messageId, sentAt, receives, expiresAt, pointer, bytes, parkedBecause }: MessageInfo, now: Date): Field[] {
  return [
    ...(parkedBecause === undefined ? [] : [['parked', parkedBecause] as const]),
    ['message', messageId],
    ['sent at', agoText(sentAt.toISOString(), now)],
    ...(expiresAt ? [['expires', aheadText(expiresAt, now)] as const] : []),
    ...(receives === undefined ? [] : [['receives', `${receives}, this look included`] as const]),
    ['body', pointer ? `${pointer.bytes ? `${shortSize(pointer.bytes)} in ` : ''}s3://${pointer.bucket}/${pointer.key}` : shortSize(bytes)],
  ];
}

export function printFields(fields: readonly Field[], output: Output): void {
  const width = Math.max(...fields.map(([name = '']) => name.length));
  for (const [name, text] of fields) {
    // Broken between words it would be several commands.
    if (name === undefined) output.line(`${' '.repeat(COMMAND_INDENT)}${printable(text)}`);
    else output.prose(`${output.colors.dim(name.padEnd(width))}  ${printable(text)}`, width + 2);
  }
}
