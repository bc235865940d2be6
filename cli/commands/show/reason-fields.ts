import type { ReasonResult } from '../../reason/failure-reason';
import { stackFrame } from '../../reason/stack-frame';
import { agoText } from '../../time';
import type { Field } from './fields';

/** What is shown of a message or a stack trace where not all was asked for. */
const MOST_LINES = 5;

/** Why the processor failed, or why that is not known. */
export function reasonFields({ reason, notFound }: ReasonResult, isWhole: boolean, now: Date): Field[] {
  if (!reason) return [['reason', `not found: ${notFound.message}`]];
  const { type, message, stack, loggedAt, fingerprint } = reason;
  const [first = '', ...more] = linesOf(message ? `${type}: ${message}` : type);
  const frames = isWhole ? stack : stack.filter((line) => stackFrame(line)?.isOwn);
  const shorten = (lines: readonly string[]): readonly string[] => (isWhole || lines.length <= MOST_LINES ? lines : [...lines.slice(0, MOST_LINES), '… (--all)']);
  return [
    ['reason', first],
    ...[...shorten(more), ...shorten(frames.flatMap(linesOf).map((line) => `  ${line}`))].map((line): Field => ['', line]),
    ...(loggedAt ? [['logged at', agoText(loggedAt.toISOString(), now)] as const] : []),
    ['group', fingerprint],
  ];
}

function linesOf(text: string): string[] {
  return text.split(/\r\n|[\r\n]/).map((line) => line.replaceAll('\t', '    ')).filter((line) => line.trim() !== '');
}
