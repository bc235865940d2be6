import type { Context } from '../../context';
import type { MessageSource } from '../../dead-letters/message-source';
import { prettyJson } from '../../decode/exact-json';
import { ExitCode } from '../../exit-code';
import { messageJson } from '../../messages/message-json';
import type { NewerFormat } from '../../messages/newer-format';
import { inStreamFields, messageFields, printFields } from './fields';
import type { FoundMessage } from './find-message';
import { textLines } from './record-lines';

/** An undeliverable, or something else that somebody put into the queue. */
export function showOtherMessage(
  { output }: Context, { place, content }: MessageSource, { seen }: FoundMessage, body: string, defect?: string,
): ExitCode {
  const { undeliverable } = seen;
  const now = new Date();
  const fields = [
    ...(undeliverable ? [['from', undeliverable.origin] as const, ['reason', undeliverable.reason] as const] : []),
    ...(defect === undefined ? [] : [['what', defect] as const]),
    ...inStreamFields(seen, now),
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
    ...place,
    content,
    message: messageJson(seen),
    ...(undeliverable && { subject: undeliverable.subject }),
    body,
  });
  return ExitCode.DONE;
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
