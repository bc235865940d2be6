import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { CliError } from '../../cli-error';
import type { Context } from '../../context';
import type { MessageSource } from '../../dead-letters/message-source';
import { decodeData } from '../../decode/data';
import { ExitCode } from '../../exit-code';
import { messageJson } from '../../messages/message-json';
import { decodedAttribute, messageDocument } from '../../native/message-document';
import type { Output } from '../../output/output';
import { printable } from '../../output/printable';
import { shortId, shortSize } from '../../output/text';
import type { ReasonResult } from '../../reason/failure-reason';
import { type Field, messageFields, printFields } from './fields';
import type { FoundMessage } from './find-message';
import { reasonFields } from './reason-fields';
import { dataLines, type TextStyle, textLines } from './record-lines';
import type { ShowOptions } from './run';

/** A message that SQS itself moved to its dead-letter queue, with its body or why that cannot be read. */
export function showNativeMessage(
  { output }: Context, source: MessageSource, { message, seen }: FoundMessage, body: string | { readonly lostBody: string },
  reason: ReasonResult | undefined, options: ShowOptions,
): ExitCode {
  const narrowed = options.records ? '--records' : options.where === undefined ? undefined : '--where';
  if (narrowed) throw new CliError(`${narrowed} chooses records of a dead letter, and message ${seen.messageId} has none: leave ${narrowed} out.`);
  const now = new Date();
  const { sourceArn, messageGroupId, deduplicationId } = seen.native!;
  const fields: Field[] = [
    ...(reason ? reasonFields(reason, options.all, now) : []),
    ['what', sourceArn === undefined ? 'a message that was sent to this dead-letter queue itself' : 'a message that SQS moved here after too many receives'],
    ['source', sourceArn ?? 'none'],
    ...nextFields(source, seen.messageId, sourceArn),
    ...(messageGroupId === undefined ? [] : [['message group', messageGroupId] as const]),
    ...(deduplicationId === undefined ? [] : [['deduplication id', deduplicationId] as const]),
    ...messageFields(seen, now),
  ];
  printFields(fields, output);
  const style = { colors: output.colors, isWhole: true };
  printAttributes(message.MessageAttributes ?? {}, output, style);
  const isLost = typeof body !== 'string';
  if (isLost) output.warn(body.lostBody);
  else printBody(body, output, style);
  output.json({
    ...source.place,
    content: source.content,
    message: messageJson(seen),
    ...(reason && (reason.reason ? { reason: reason.reason } : { reasonNotFound: reason.notFound })),
    ...(isLost ? body : { document: messageDocument(message, body), body }),
  });
  return isLost ? ExitCode.LEFT : ExitCode.DONE;
}

function printBody(body: string, output: Output, style: TextStyle): void {
  const { form, text = '', bytes } = decodeData(Buffer.from(body));
  output.line(`\n${output.colors.bold('body')}  ${form === 'json' ? 'JSON' : form}, ${shortSize(bytes.length)}`);
  for (const line of textLines(form === 'binary' ? body : text, style)) output.line(`  ${line}`);
}

function nextFields({ command }: MessageSource, messageId: string, sourceArn: string | undefined): Field[] {
  const id = shortId(messageId);
  const redrive = sourceArn === undefined ? `redrive ${id} --to-queue NAME` : `redrive ${id}`;
  return [
    ['to do', `fix the consumer; then send it ${sourceArn === undefined ? 'to a queue' : 'back to its source queue'}:`],
    [undefined, command(redrive)],
  ];
}

function printAttributes(attributes: Readonly<Record<string, MessageAttributeValue>>, output: Output, style: TextStyle): void {
  const entries = Object.entries(attributes);
  if (entries.length === 0) return;
  output.line(`\n${output.colors.bold('attributes')}`);
  const width = Math.max(...entries.map(([name]) => printable(name).length));
  for (const [name, value] of entries) {
    const { type, text, data } = decodedAttribute(value);
    const label = `  ${output.colors.dim(printable(name).padEnd(width))}  ${printable(type)}`;
    if (!data) {
      output.line(`${label}  ${printable(text ?? '')}`);
      continue;
    }
    output.line(label);
    for (const line of dataLines(data, style)) output.line(`    ${line}`);
  }
}
