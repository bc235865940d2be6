import { fileCommand } from '../../command-line';
import type { Context } from '../../context';
import type { MessageSource } from '../../dead-letters/message-source';
import { prettyJson } from '../../decode/exact-json';
import { ExitCode } from '../../exit-code';
import { messageJson } from '../../messages/message-json';
import type { NewerFormat } from '../../messages/newer-format';
import { shortId } from '../../output/text';
import { isPlainFailure } from '../rescue/plain-failure';
import { type Field, inStreamFields, messageFields, printFields } from './fields';
import type { FoundMessage } from './find-message';
import { textLines } from './record-lines';

/** An undeliverable, or something else that somebody put into the queue. */
export function showOtherMessage(
  { output, options }: Context, source: MessageSource, { seen }: FoundMessage, body: string, defect?: string,
): ExitCode {
  const { undeliverable } = seen;
  const now = new Date();
  const fields = [
    ...(undeliverable ? [['from', undeliverable.origin] as const, ['reason', undeliverable.reason] as const] : []),
    ...(defect === undefined ? [] : [['what', defect] as const]),
    ...inStreamFields(seen, now),
    ...(isPlainFailure(body) ? rescueFields(seen.messageId, source, options) : []),
    ...messageFields(seen, now),
  ];
  printFields(fields, output);
  const style = { colors: output.colors, isWhole: true };
  const print = (title: string, text: string) => {
    output.line(`\n${output.colors.bold(title)}`);
    for (const line of textLines(prettyJson(text) ?? text, style)) output.line(`  ${line}`);
  };
  if (undeliverable?.subject !== undefined) print('what could not become a dead letter', undeliverable.subject);
  print('body', body);
  output.json({
    ...source.place,
    content: source.content,
    message: messageJson(seen),
    ...(undeliverable && { subject: undeliverable.subject }),
    body,
  });
  return ExitCode.DONE;
}

/** What to do about a failure record that could not become a dead letter. */
function rescueFields(messageId: string, { name, queue, command }: MessageSource, options: Context['options']): Field[] {
  if (!queue) {
    return [
      ['to do', 'while the stream has the records, write those of all failure records of this file to another file, with your own credentials:'],
      [undefined, fileCommand('rescue', name, options)],
    ];
  }
  return [
    ['to do', 'fix the reason; then, while the stream has the records, have the function read them:'],
    [undefined, command(`rehydrate ${shortId(messageId)}`)],
    ['', 'or write the records of all failure records of this queue to a file, with your own credentials:'],
    [undefined, command('rescue')],
  ];
}

/** A dead letter whose body is gone: its message says something still. */
export function showWithoutBody({ output }: Context, { place, content }: MessageSource, { seen }: FoundMessage, reason: string): ExitCode {
  const { summary } = seen;
  const fields = [
    ...(summary
      ? [
          ['dead letter', summary.deadLetterId], ['status', summary.status], ['function', summary.functionArn], ['condition', summary.condition],
          ['stream', summary.streamArn], ['shard', summary.shardId], ['records', `${summary.recoveredRecords} of ${summary.expectedRecords}`],
        ] as const
      : []),
    ...messageFields(seen, new Date()),
  ];
  printFields(fields, output);
  output.warn(reason);
  output.json({ ...place, content, message: messageJson(seen), lostBody: reason });
  return ExitCode.LEFT;
}

/** A message of a newer format: what this version knows of it may be wrong, so that only SQS is asked. */
export function showNewer({ output }: Context, { place, content }: MessageSource, { seen }: FoundMessage, newerFormat: NewerFormat): ExitCode {
  const { messageId, sentAt, receives, expiresAt, bytes } = seen;
  const known = { messageId, sentAt, receives, expiresAt, bytes, newerFormat };
  printFields(messageFields(seen, new Date()), output);
  output.warn(newerFormat.message);
  output.json({ ...place, content, message: messageJson(known) });
  return ExitCode.USAGE;
}
