import type { FailedRedrives, Redrive } from '../dead-letter/dead-letter';
import { parseExactJson } from '../dead-letter/failure-record';
import { escapedText } from '../dead-letter/sqs-message';
import type { Reason } from './target';

/** The error of a processor can have any length. */
const MAX_MESSAGE = 1_000;

/** The failed redrives that a dead letter notes. A body can hold any value in their place. */
export function failedRedrives(redrive: unknown): FailedRedrives | undefined {
  const { attempts, lastError } = (redrive ?? {}) as Partial<Record<keyof FailedRedrives, unknown>>;
  const { name, message, at, to } = (lastError ?? {}) as Partial<Record<keyof FailedRedrives['lastError'], unknown>>;
  const hasTexts = [name, message, at, to].every((text) => typeof text === 'string');
  if (!Number.isInteger(attempts) || (attempts as number) < 1 || !hasTexts) return undefined;
  return { attempts, lastError: { name, message, at, to } } as FailedRedrives;
}

/** The same after one more. */
export function failedAgain(before: unknown, { name, message }: Reason, at: Date, to: string): FailedRedrives {
  const attempts = (failedRedrives(before)?.attempts ?? 0) + 1;
  return { attempts, lastError: { name, message: message.slice(0, MAX_MESSAGE), at: at.toISOString(), to } };
}

/**
 * The body of a dead letter with its failed redrives. All else stays byte for byte, as the processor is to get it, but for characters that SQS
 * rejects: they are escaped. Undefined where the body cannot be written again.
 */
export function withFailedRedrives(text: string, failed: FailedRedrives): string | undefined {
  const body = text.trimEnd();
  const { redrive } = (parseExactJson(body) ?? {}) as { readonly redrive?: Redrive };
  const noted = { ...(typeof redrive === 'object' && redrive), ...failed };
  const added = `,"redrive":${JSON.stringify(noted)}}`;
  if (redrive === undefined) return escapedText(`${body.slice(0, -1)}${added}`);
  // The last field, where a redrive wrote it.
  const known = `,"redrive":${JSON.stringify(redrive)}}`;
  if (body.endsWith(known)) return escapedText(`${body.slice(0, -known.length)}${added}`);
  try {
    return escapedText(JSON.stringify({ ...(parseExactJson(body) as object), redrive: noted }));
  } catch {
    // Nested deeper than JSON can be written.
    return undefined;
  }
}
