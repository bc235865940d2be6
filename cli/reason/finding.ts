import type { LoggedError } from './failure-reason';

/**
 * How likely an error is the one that ended the invocation. What Lambda ended, it ended before the function could; what the runtime reports
 * did end it. An error that the function only logged is used where neither is there, one with a type before mere text. Last comes what Lambda
 * reports without any message.
 */
export enum Weight { PLATFORM, TEXT, LOGGED, CRASH, RUNTIME, BY_LAMBDA }

export interface Finding {
  readonly error: LoggedError;
  readonly weight: Weight;
  /** An error of the same weight says more. */
  readonly isBrief?: boolean;
}

const MAX_TYPE = 200;
const MAX_MESSAGE = 4_000;
const MAX_FRAMES = 100;
const MAX_FRAME = 500;

export function finding(weight: Weight, type: string, message: string, stack: readonly string[] = []): Finding {
  return {
    weight,
    error: {
      type: cut(type.trim(), MAX_TYPE) || 'Error',
      message: cut(message.trim(), MAX_MESSAGE),
      stack: stack.slice(0, MAX_FRAMES).map((frame) => cut(frame.trim(), MAX_FRAME)),
    },
  };
}

/** Not in the middle of a character of two code units. */
function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}
