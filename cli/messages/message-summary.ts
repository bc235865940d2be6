import type { Message } from '@aws-sdk/client-sqs';
import { inconsistencyOf, summaryOf } from '../../lambda/shared/dead-letter/dead-letter-message';
import { parseJson } from '../../lambda/shared/dead-letter/failure-record';
import { NewerFormatError } from '../../lambda/shared/dead-letter/format-version';
import type { DeadLetterSummary } from '../../lambda/shared/dead-letter/received-dead-letter';
import { UndeliverableError } from '../../lambda/shared/dead-letter/undeliverable-error';
import type { Reason } from '../../lambda/shared/redrive/target';
import { type NewerFormat, newerFormat } from './newer-format';

/** What a message says of itself. */
export interface MessageSummary {
  /** Absent where it is no dead letter, or one of a newer format: `defect` says why. */
  readonly summary?: DeadLetterSummary;
  /** Beside a summary: its body says something else than its attributes. */
  readonly defect?: Reason;
  readonly newerFormat?: NewerFormat;
}

/** Name of the defect of a message in a newer format. */
export const NEWER_FORMAT = 'NewerFormat';

/** Name of the defect of a message whose attributes and body differ. */
export const INCONSISTENT = 'Inconsistent';

/** The summary of a message, or why it is no dead letter that this version reads. Both where the body, if it is in the message, differs from it. */
export function messageSummary(message: Message, body: unknown = parseJson(message.Body ?? '')): MessageSummary {
  try {
    const summary = summaryOf(message);
    const defect = summary.pointer ? undefined : inconsistencyOf(message, body);
    return { summary, ...(defect !== undefined && { defect: { name: INCONSISTENT, message: defect } }) };
  } catch (error) {
    if (error instanceof NewerFormatError) return { defect: { name: NEWER_FORMAT, message: error.message }, newerFormat: newerFormat(error) };
    if (error instanceof UndeliverableError) return { defect: { name: 'NotADeadLetter', message: error.message } };
    throw error;
  }
}
