import { createHash } from 'node:crypto';
import type { LoggedError } from './failure-reason';
import { normalMessage, normalName } from './normal-text';
import { isCause, ownFrame } from './stack-frame';

/**
 * Equal for errors of one kind: type, message without values, the innermost frame of the function's own code, and the innermost cause. Frames
 * count by file and function and not by line, because a deployment moves lines.
 */
export function fingerprintOf({ type, message, stack }: LoggedError): string {
  const frame = ownFrame(stack);
  const cause = stack.findLast(isCause)?.trim() ?? '';
  const identity = [
    normalName(type),
    normalMessage(message, type),
    frame ? [normalName(frame.place), normalName(frame.name)] : [],
    normalMessage(cause, type),
  ];
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 12);
}
