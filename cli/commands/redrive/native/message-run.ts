import { type Message, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type AuditEntry, AuditResult } from '../../../../lambda/shared/audit/audit-entry';
import { isOutcomeUnknown } from '../../../../lambda/shared/redrive/send-error';
import type { Reason } from '../../../../lambda/shared/redrive/target';
import type { Audit } from '../../../audit/audit';
import { isDenied, isFatal, isKmsKeyError } from '../../../aws/aws-error';
import { CliError } from '../../../cli-error';
import { BackgroundWork, RateLimit, runConcurrently } from '../../../dead-letters/concurrency';
import type { DeadLetterReader } from '../../../dead-letters/dead-letter-reader';
import type { QueuedDeadLetter } from '../../../dead-letters/queue-reader';
import { type MessageResult, ResultCounts } from '../../../dead-letters/results';
import type { Selection } from '../../../dead-letters/selection';
import type { Destination, Destinations } from '../../../native/destinations';
import { shortName } from '../../../output/text';
import { RedriveResult } from '../redrive-settings';

/** What becomes of a message that is sent as it is. */
export type SentMessageResult = Exclude<RedriveResult, 'partly' | 'picked'>;
const RESULTS: readonly SentMessageResult[] = [RedriveResult.SENT, RedriveResult.FAILED, RedriveResult.LEFT, RedriveResult.NOT_REMOVED];

/** Messages that were sent and are not deleted yet. A tool that is killed sends them again. */
const MOST_REMOVALS = 20;

export interface MessageRunSettings {
  readonly concurrency: number;
  readonly limit?: number;
  readonly rate?: number;
  /** 0: never. */
  readonly stopAfterFailures: number;
  /**
   * Within five minutes a FIFO queue drops a message with the same one. In a queue it is new for each run: the original of what is dropped would be
   * deleted. In a file it is that of the work: what the queue has accepted, though the journal does not say so, is dropped.
   */
  readonly attempt: string;
  readonly stopped: AbortSignal;
  readonly aborted: AbortSignal;
  onResult(result: MessageResult<SentMessageResult>): void;
  onAlarm(text: string): void;
}

/** Sends native dead letters to their queues as they are, one by one: each is deleted only when its queue has accepted it. */
export class MessageRun {
  readonly tally = new ResultCounts<SentMessageResult>(RESULTS, (it) => it === RedriveResult.SENT);
  private readonly ending = new AbortController();
  private readonly blockedGroups = new Set<string>();
  /** Queues that nothing can be sent to. */
  private readonly closed = new Map<string, Reason>();
  private readonly removals = new BackgroundWork(MOST_REMOVALS, () => this.ending.abort());
  private hasRemoved = false;
  private underWay = 0;
  private started = 0;
  private failed = 0;

  constructor(
    private readonly client: SQSClient,
    private readonly origin: Pick<DeadLetterReader<QueuedDeadLetter>, 'name' | 'deadLetters' | 'isHidden' | 'remove'>,
    private readonly destinations: Pick<Destinations, 'of'>,
    private readonly selection: Selection,
    private readonly audit: Pick<Audit, 'write'>,
    private readonly settings: MessageRunSettings,
  ) {}

  get begun(): number {
    return this.started;
  }

  get isBusy(): boolean {
    return this.underWay > 0;
  }

  get failures(): number {
    return this.failed;
  }

  get hasGivenUp(): boolean {
    const { stopAfterFailures } = this.settings;
    return stopAfterFailures > 0 && this.failed >= stopAfterFailures;
  }

  /** @throws what concerns every message: nothing new is begun then */
  async run(): Promise<void> {
    const { concurrency, limit, rate, stopped } = this.settings;
    const ending = AbortSignal.any([stopped, this.ending.signal]);
    // Of a group, the next message is sent when the one before it is accepted and deleted.
    const options = { concurrency, limit, rate: new RateLimit(rate), ending, groupOf: ({ group }: QueuedDeadLetter) => group };
    await this.removals.endAfter(runConcurrently(this.chosen(ending), async (message) => this.redrive(message), options));
  }

  private async *chosen(ending: AbortSignal): AsyncGenerator<QueuedDeadLetter, void, void> {
    for await (const { item, result: isMeant } of this.selection.choose(this.origin.deadLetters(ending))) {
      if (!isMeant) continue;
      // Of a group, when it is its turn: those before it are not behind it.
      const to = item.group === undefined ? await this.destinations.of(item) : undefined;
      if (to && !('queueUrl' in to)) this.leave(item, to);
      else yield item;
      if (this.selection.isComplete) return;
    }
  }

  private async redrive(item: QueuedDeadLetter): Promise<void> {
    this.underWay++;
    this.started++;
    try {
      const { group } = item;
      if (group !== undefined && this.blockedGroups.has(group)) {
        this.leave(item, { name: 'Behind', message: 'an earlier message of the same group was not sent, and the queue keeps the order' });
      } else if (!this.origin.isHidden(item)) {
        this.leave(item, { name: 'Lost', message: 'it became visible again: another consumer may have it' });
      } else {
        await this.send(item);
      }
    } finally {
      this.underWay--;
    }
  }

  private async send(item: QueuedDeadLetter): Promise<void> {
    const to = await this.destinations.of(item);
    if (!('queueUrl' in to)) return this.leave(item, to);
    const closed = this.closed.get(to.queueArn);
    if (closed) return this.leave(item, closed);
    try {
      await this.client.send(this.commandFor(item.message, to), { abortSignal: this.settings.aborted });
    } catch (error) {
      return this.fail(item, to, error as Error);
    }
    try {
      await this.write(item, { result: AuditResult.SENT, to: to.queueArn });
    } catch (error) {
      return this.notRemoved(item, to, error);
    }
    // Before many are sent, one must be known to be removable.
    if (item.group !== undefined || !this.hasRemoved) return this.remove(item, to);
    await this.removals.add(this.remove(item, to));
  }

  private commandFor({ MessageId: id = '', Body: body, MessageAttributes: attributes, Attributes = {} }: Message, to: Destination): SendMessageCommand {
    const { MessageGroupId: group, AWSTraceHeader: trace } = Attributes;
    return new SendMessageCommand({
      QueueUrl: to.queueUrl,
      MessageBody: body,
      MessageAttributes: attributes,
      // A group of a standard queue makes it fair.
      ...(group !== undefined && { MessageGroupId: group }),
      ...(to.isFifo && { MessageDeduplicationId: `${id}-${this.settings.attempt}` }),
      ...(trace !== undefined && { MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: trace } } }),
    });
  }

  private async remove(item: QueuedDeadLetter, to: Destination): Promise<void> {
    try {
      await this.origin.remove(item, 'sent', this.settings.aborted);
    } catch (error) {
      return this.notRemoved(item, to, error);
    }
    this.hasRemoved = true;
    this.settle(item, RedriveResult.SENT, { to: to.queueArn });
  }

  private async notRemoved(item: QueuedDeadLetter, { queueArn: to }: Destination, error: unknown): Promise<void> {
    const { name, message } = error as Error;
    this.settings.onAlarm(
      `message ${item.messageId} was sent to ${to}, but could not be removed from ${this.origin.name} (${name}: ${message}): the next run would send it again. ` +
      `${error instanceof CliError ? 'See' : 'Delete it with "discard", or see'} that its consumer takes it twice`,
    );
    this.countFailure(item);
    this.settle(item, RedriveResult.NOT_REMOVED, { to, reason: { name, message } });
    // Where it was the log that failed, there is no other line to be had.
    await this.write(item, { result: AuditResult.NOT_DELETED, to, reason: name }).catch(() => undefined);
    if (error instanceof CliError || isFatal(error)) throw error;
  }

  private async fail(item: QueuedDeadLetter, { queueArn: to, queueUrl }: Destination, error: Error): Promise<void> {
    const { name, message } = error;
    const isClosing = !this.settings.aborted.aborted && (isDenied(error) || isKmsKeyError(error) || /QueueDoesNotExist|NonExistentQueue/.test(name));
    const rule = isClosing ? `nothing can be sent to ${shortName(queueUrl)}: ${message}` : message;
    const reason = { name, message: isOutcomeUnknown(error) ? `it is unknown whether ${shortName(queueUrl)} accepted it, and the next run sends it once more: ${message}` : rule };
    if (isClosing) this.closed.set(to, reason);
    else this.countFailure(item);
    this.block(item);
    this.settle(item, RedriveResult.FAILED, { to, reason });
    await this.write(item, { result: AuditResult.FAILED, to, reason: name });
    // Credentials that have expired, and the like.
    if (!isClosing && isFatal(error)) throw error;
  }

  private countFailure(item: QueuedDeadLetter): void {
    this.block(item);
    this.failed++;
    if (this.hasGivenUp) this.ending.abort();
  }

  private leave(item: QueuedDeadLetter, reason: Reason): void {
    this.block(item);
    this.settle(item, RedriveResult.LEFT, { reason });
  }

  /** What is behind it in its group must not get ahead. */
  private block({ group }: QueuedDeadLetter): void {
    if (group !== undefined) this.blockedGroups.add(group);
  }

  private settle({ messageId }: QueuedDeadLetter, result: SentMessageResult, more: Pick<MessageResult<SentMessageResult>, 'to' | 'reason'>): void {
    const settled = { messageId, result, ...more };
    this.tally.add(settled);
    this.settings.onResult(settled);
  }

  private async write({ messageId }: QueuedDeadLetter, entry: Pick<AuditEntry, 'result' | 'to' | 'reason'>): Promise<void> {
    await this.audit.write({ messageId, ...entry });
  }
}
