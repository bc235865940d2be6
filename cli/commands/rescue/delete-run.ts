import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import { AuditResult } from '../../../lambda/shared/audit/audit-entry';
import { UndeliverableError } from '../../../lambda/shared/dead-letter/undeliverable-error';
import type { Audit } from '../../audit/audit';
import { isFatal } from '../../aws/aws-error';
import { RateLimit, runConcurrently } from '../../dead-letters/concurrency';
import { ResultCounts, type ResultText } from '../../dead-letters/results';
import { InFlightMessages, type NotReleased } from '../../queue/in-flight-messages';
import { QueuePoller } from '../../queue/queue-poller';
import { plainFailure } from './plain-failure';

/** Seconds that a message is hidden at a time, for others and after a kill. */
const VISIBILITY_TIMEOUT = 30;
/** Deletes at a time, and twice as many messages that are received ahead of them. */
const CONCURRENCY = 16;

export const DeleteResult = {
  DELETED: 'deleted',
  /** Its dead letter is safe, and it did not come again. */
  NOT_FOUND: 'notFound',
  FAILED: 'failed',
} as const;
export type DeleteResult = (typeof DeleteResult)[keyof typeof DeleteResult];

export const DELETE_WORDS: Record<DeleteResult, ResultText> = {
  deleted: { words: 'deleted from the old queue', look: 'good' },
  notFound: { words: 'not deleted: hidden, because another consumer has them, or gone from the old queue; run the same command again in a minute', look: 'bad' },
  failed: { words: 'not deleted', look: 'bad' },
};

export interface DeleteSettings {
  readonly queueUrl: string;
  /** Where the dead letters are, for the audit log. */
  readonly to: string;
  readonly stopped: AbortSignal;
  readonly aborted: AbortSignal;
}

/**
 * Deletes failure records from their queue, in a second look: their streams were read for longer than SQS hides a message. A message is
 * known by the id of the dead letter that is made of it, so that a failure record that came twice is deleted twice.
 */
export class DeleteRun {
  readonly tally = new ResultCounts<DeleteResult>(Object.values(DeleteResult), (result) => result === DeleteResult.DELETED);
  private readonly settled = new Set<string>();

  constructor(
    private readonly client: SQSClient,
    private readonly audit: Pick<Audit, 'write'>,
    private readonly settings: DeleteSettings,
  ) {}

  /**
   * Looks through the queue once. Returns what could not be given back.
   * @throws what concerns every message, such as a missing permission
   */
  async run(isSafe: (deadLetterId: string) => boolean, onResult: () => void): Promise<NotReleased | undefined> {
    const { queueUrl, stopped, aborted } = this.settings;
    const hold = new InFlightMessages(this.client, { queueUrl, visibilityTimeout: VISIBILITY_TIMEOUT, aborted });
    const sweep = new QueuePoller(this.client, hold, { queueUrl, ahead: 2 * CONCURRENCY, stopped, aborted });
    const work = async (message: Message) => {
      const deadLetterId = deadLetterIdIn(message);
      if (deadLetterId === undefined || !isSafe(deadLetterId)) return;
      await this.delete(message, deadLetterId, hold);
      onResult();
    };
    let notReleased: NotReleased | undefined;
    try {
      await runConcurrently(sweep, work, { concurrency: CONCURRENCY, rate: new RateLimit(undefined), ending: stopped });
    } finally {
      notReleased = await hold.release(aborted);
    }
    return notReleased;
  }

  /** Counts messages, with the ids of their dead letters, that an earlier look has found and that did not come again. */
  settleMissing(expected: Iterable<readonly [messageId: string, deadLetterId: string]>): void {
    for (const [messageId, deadLetterId] of expected) {
      if (!this.settled.has(messageId)) this.settle(messageId, deadLetterId, DeleteResult.NOT_FOUND);
    }
  }

  private async delete(message: Message, deadLetterId: string, hold: InFlightMessages): Promise<void> {
    const { MessageId: messageId = '' } = message;
    const { to } = this.settings;
    if (!hold.has(messageId)) {
      this.settle(messageId, deadLetterId, DeleteResult.FAILED, { name: 'Lost', message: 'it became visible again: another consumer may have it' });
      return;
    }
    await this.audit.write({ messageId, deadLetterId, result: AuditResult.RESCUED, to });
    let wasHidden: boolean;
    try {
      wasHidden = await hold.delete(message);
    } catch (error) {
      const { name, message: text } = error as Error;
      this.settle(messageId, deadLetterId, DeleteResult.FAILED, { name, message: text });
      await this.audit.write({ messageId, deadLetterId, result: AuditResult.NOT_DELETED, reason: name });
      if (isFatal(error)) throw error;
      return;
    }
    if (wasHidden) this.settle(messageId, deadLetterId, DeleteResult.DELETED);
    else this.settle(messageId, deadLetterId, DeleteResult.FAILED, { name: 'Lost', message: 'it was visible again when it was deleted: it may still be in the queue' });
  }

  private settle(messageId: string, deadLetterId: string, result: DeleteResult, reason?: { readonly name: string; readonly message: string }): void {
    this.settled.add(messageId);
    this.tally.add({ messageId, deadLetterId, result, ...(reason && { reason }) });
  }
}

/** Undefined for whatever is no plain failure record: dead letters and other messages stay. */
function deadLetterIdIn({ Body: text = '' }: Message): string | undefined {
  try {
    return plainFailure(text).deadLetterId;
  } catch (error) {
    if (error instanceof UndeliverableError) return undefined;
    throw error;
  }
}
