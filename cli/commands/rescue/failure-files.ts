import { readFile, stat } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { parseExactJson } from '../../../lambda/shared/dead-letter/failure-record';
import { CliError } from '../../cli-error';
import { fileError } from '../../file/export-file';
import { isObject } from '../../is-object';
import { timeIn } from '../../time';
import type { FoundText } from './found-failures';

/** Failure records are small: a file over this size holds something else. */
const MOST_BYTES = 256 * 1_048_576;

/**
 * The texts of a file: JSON Lines of failure records, messages or exported messages; or one document, a failure record, a list, or what
 * `aws sqs receive-message` prints.
 * @throws CliError
 */
export async function textsInFile(path: string): Promise<FoundText[]> {
  const content = await contentOf(path);
  const whole = parseExactJson(content);
  if (whole !== undefined) {
    const values = valuesIn(whole);
    // One document is its own text: parsed and written again, it may have other numbers.
    return values.map((value, index) => textOf(value, `${path}#${index + 1}`, value === whole ? content : JSON.stringify(value)));
  }
  const lines = content.split('\n').map((line, index) => ({ line, id: `${path}:${index + 1}` })).filter(({ line }) => line.trim() !== '');
  return lines.map(({ line, id }) => {
    const value = parseExactJson(line);
    return value === undefined ? { id, text: line } : textOf(value, id, line);
  });
}

async function contentOf(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MOST_BYTES) throw new CliError(`--from ${path} must have at most ${MOST_BYTES} bytes, got: ${size}; split the file`);
    const bytes = await readFile(path);
    return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  } catch (error) {
    throw error instanceof CliError ? error : fileError('cannot read', path, error);
  }
}

function valuesIn(whole: unknown): readonly unknown[] {
  if (Array.isArray(whole)) return whole;
  return isObject(whole) && Array.isArray(whole.Messages) ? whole.Messages : [whole];
}

/** A message of SQS has the failure record in its body, whichever tool wrote the message down. */
function textOf(value: unknown, id: string, text: string): FoundText {
  if (!isObject(value)) return { id, text };
  const body = value.body ?? value.Body;
  if (typeof body !== 'string') return { id, text };
  const messageId = value.messageId ?? value.MessageId;
  const sentAt = timeIn(value.sentAt);
  return { id: typeof messageId === 'string' ? messageId : id, text: body, ...(sentAt && { sentAt }) };
}
