import { finding, type Finding, Weight } from './finding';
import { isCause, stackFrame } from './stack-frame';

/** A name of a type: `TypeError`, `java.io.IOException`, `Order::Invalid`, `System.Collections.Generic.KeyNotFoundException`. */
const TYPE = String.raw`[\p{L}_$][\p{L}\p{N}_$\x60]*(?:(?:\.|\+|::)[\p{L}_$][\p{L}\p{N}_$\x60]*)*`;
const TYPE_AND_MESSAGE = new RegExp(`^(${TYPE})(?:: ?([^]*))?$`, 'u');
const QUALIFIED = new RegExp(`^(?:${TYPE}(?:Error|Exception|Throwable|Fault|Failure)|${TYPE}\\.${TYPE})$`, 'u');
/** Not `Traceback (most recent call last):` alone: runtimes add words in front. */
const TRACEBACK = 'Traceback (most recent call last):';

/** Text that is longer says no more of what failed. */
const MAX_TEXT = 65_536;
const MAX_LINES = 1_000;
const MAX_HEADER = 1_000;

/** What a stack trace in a text is of, whatever the text begins with. Undefined for a text without a stack trace. */
export function tracedError(text: string): Finding | undefined {
  const lines = linesOf(text);
  const traceback = lines.findLastIndex((line) => line.endsWith(TRACEBACK));
  if (traceback >= 0) return pythonError(lines, traceback);
  const first = lines.findIndex((line, index) => index > 0 && isFrame(line));
  if (first < 0) return undefined;
  const stack = framesOf(lines);
  return javaRuntimeError(lines.slice(0, first), stack) ?? headedError(lines.slice(0, first), stack);
}

/** A process that crashed: it wrote to standard error, and no runtime reported anything. */
export function crash(text: string): Finding | undefined {
  const lines = linesOf(text);
  const [, kind, message] = /^(panic|fatal error): ([^]*)$/.exec(lines[0]) ?? [];
  if (kind) return finding(Weight.CRASH, kind, message.replace(/ \[recovered\]$/, ''), goFrames(lines));
  const [, fatal] = /^FATAL ERROR: ([^]*)$/.exec(lines[0]) ?? [];
  if (fatal) return finding(Weight.CRASH, 'FATAL ERROR', fatal);
  const [, place] = /^thread '[^'\n]{0,100}' (?:\(\d{1,20}\) )?panicked at ([^\n]{1,400}?):?$/.exec(lines[0]) ?? [];
  return place ? finding(Weight.CRASH, 'panic', lines[1] ?? '', [place]) : undefined;
}

/** An error that was logged without a stack trace: `TypeError: message`, or text. */
export function plainError(text: string): Finding {
  const trimmed = text.slice(0, MAX_TEXT).trim();
  const [, type, message = ''] = typeAndMessage(trimmed) ?? [];
  return type && QUALIFIED.test(type) ? finding(Weight.LOGGED, type, message) : finding(Weight.TEXT, 'Error', trimmed);
}

/** `Type: message`, or a type alone, as runtimes begin an error. */
export function typedError(weight: Weight, header: string, stack: readonly string[] = []): Finding | undefined {
  const [, type, message = ''] = typeAndMessage(header.trim()) ?? [];
  return type ? finding(weight, type, message, stack) : undefined;
}

/** Frames, and the causes between them. */
export function framesOf(lines: readonly string[]): string[] {
  // What follows an error of Node.js that has further properties begins on the line of the last frame.
  return lines.map((line) => line.trim().replace(/ \{$/, '')).filter((line) => isCause(line) || stackFrame(line) !== undefined);
}

function linesOf(text: string): string[] {
  return text.slice(0, MAX_TEXT).split(/\r\n?|\n/, MAX_LINES);
}

function isFrame(line: string): boolean {
  return /^\s+at \S/.test(line) || (stackFrame(line) !== undefined && !/^\S+ \(/.test(line));
}

/** The runtime writes the error in front of its traceback, loggers write it behind the last one. */
function pythonError(lines: readonly string[], traceback: number): Finding | undefined {
  const after = lines.slice(traceback + 1);
  const stack = framesOf(after);
  const [, header] = /^\[ERROR\] (\S[^]*)$/.exec(lines.slice(0, traceback).join('\n')) ?? [];
  const reported = header && typedError(Weight.RUNTIME, header, stack);
  if (reported) return reported;
  const place = after.findIndex((line) => /^\S/.test(line.replaceAll('\u00a0', ' ')));
  // Notes and the errors of a group follow.
  return place < 0 ? undefined : typedError(Weight.LOGGED, after.slice(place, place + 20).join('\n'), stack);
}

/** `message: type` and then `type: message` with the stack trace, of the runtime of Java. That of .NET Core 3.1 wrote the first alone. */
function javaRuntimeError(head: readonly string[], stack: readonly string[]): Finding | undefined {
  for (const [index, line] of head.entries()) {
    const colon = line.lastIndexOf(': ');
    const type = colon < 0 ? '' : line.slice(colon + 2).trim();
    const next = head[index + 1];
    const isRepeated = next === undefined ? index === head.length - 1 : next === type || next.startsWith(`${type}:`);
    if (type.length > 0 && type.length <= 200 && isRepeated && QUALIFIED.test(type)) {
      return finding(Weight.RUNTIME, type, [...head.slice(0, index), line.slice(0, colon)].join('\n'), stack);
    }
  }
  return undefined;
}

/** The first line that begins with a type, and what follows it. A logger may have put text in front. */
function headedError(head: readonly string[], stack: readonly string[]): Finding | undefined {
  // The inner exceptions of .NET stand between the error and its first frame.
  const inner = head.findIndex((line, index) => index > 0 && isCause(line));
  const lines = inner < 0 ? head : head.slice(0, inner);
  const start = lines.findIndex((line) => isHeader(line, lines.length === 1));
  if (start >= 0) return typedError(Weight.LOGGED, lines.slice(start).join('\n'), stack);
  const [, context, type, message] = /^(.*?)\b([\w.$]{0,150}(?:Error|Exception)): ([^]*)$/.exec(lines[0].slice(0, MAX_HEADER)) ?? [];
  if (type) return finding(Weight.LOGGED, type, [message, ...lines.slice(1)].join('\n') || context, stack);
  return finding(Weight.LOGGED, 'Error', lines.join('\n'), stack);
}

/** Of a single line any name may be the type: errors of one's own have names such as `Invalid`. */
function isHeader(line: string, isOnlyLine: boolean): boolean {
  const [, type] = typeAndMessage(line) ?? [];
  return type !== undefined && (isOnlyLine || QUALIFIED.test(type));
}

function typeAndMessage(text: string): RegExpExecArray | null {
  // A type stands at the beginning: no need to look through a long message for it.
  const [head] = text.slice(0, MAX_HEADER).split('\n', 1);
  const match = TYPE_AND_MESSAGE.exec(head);
  if (!match) return null;
  if (match[2] !== undefined) match[2] += text.slice(head.length);
  else if (text.length > head.length) match[2] = text.slice(head.length).trim();
  return match;
}

/** `main.handler(...)`, then the file below it. */
function goFrames(lines: readonly string[]): string[] {
  return lines.flatMap((line, index) => {
    const [, file, number] = /^\s+(\S{1,400}\.go):(\d{1,9})/.exec(line) ?? [];
    const [, name] = /^(\S{1,300}?)\([^()]{0,300}\)$/.exec(lines[index - 1] ?? '') ?? [];
    return file && name ? [`${name} (${file}:${number})`] : [];
  });
}
