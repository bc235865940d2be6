import { type AuditEntry, AuditResult } from '../../../lambda/shared/audit/audit-entry';
import { NewerFormatError } from '../../../lambda/shared/dead-letter/format-version';
import type { ReceivedDeadLetter } from '../../../lambda/shared/dead-letter/received-dead-letter';
import { UndeliverableError } from '../../../lambda/shared/dead-letter/undeliverable-error';
import { failedAgain } from '../../../lambda/shared/redrive/failed-redrives';
import { remainderOf } from '../../../lambda/shared/redrive/remainder';
import type { PartlySent, Reason, SendResult, Target } from '../../../lambda/shared/redrive/target';
import type { Audit } from '../../audit/audit';
import { isFatal } from '../../aws/aws-error';
import { sumVerdicts, type VerdictCounts } from '../../check/verdict';
import { CliError } from '../../cli-error';
import { BackgroundWork, RateLimit, runConcurrently } from '../../dead-letters/concurrency';
import { type DeadLetterReader, type FoundDeadLetter, NotNotedError } from '../../dead-letters/dead-letter-reader';
import { chosenCount, chosenPart, isWholeChoice, type RecordChoice, remainingOf } from '../../dead-letters/record-choice';
import { MessageResult, ResultCounts } from '../../dead-letters/results';
import type { Selection } from '../../dead-letters/selection';
import { NEWER_FORMAT } from '../../messages/message-summary';
import { count } from '../../output/text';
import { type RedriveEvents, RedriveResult, type RedriveSettings } from './redrive-settings';
import { reasonNotToSend } from './send-rules';
import { UnavailableTargets } from './unavailable-targets';

type Rest = Omit<PartlySent, 'outcome'>;
/** What was taken, and by whom. */
interface Sent {
  readonly to: string;
  readonly reason?: Reason;
  readonly records: number;
}

/** Dead letters that were taken and are not removed yet. A tool that is killed sends them again. */
const MOST_REMOVALS = 20;

/** Sends dead letters to a target: each is removed from where it was only when it was taken. */
export class RedriveRun {
  readonly tally = new ResultCounts<RedriveResult>(Object.values(RedriveResult), (it) => it === RedriveResult.SENT || it === RedriveResult.PICKED);
  private readonly ending = new AbortController();
  private readonly blockedGroups = new Set<string>();
  private readonly toldReasons = new Set<string>();
  private readonly verdicts = new WeakMap<FoundDeadLetter, VerdictCounts>();
  private readonly closed: UnavailableTargets;
  private readonly removals = new BackgroundWork(MOST_REMOVALS, () => this.ending.abort());
  private hasRemoved = false;
  private underWay = 0;
  private started = 0;
  private failed = 0;
  private records = 0;
  private checkedRecords: VerdictCounts = {};

  constructor(
    private readonly origin: Pick<DeadLetterReader, 'name' | 'deadLetters' | 'isHidden' | 'keepRemainder' | 'noteFailure' | 'remove'>,
    private readonly target: Target,
    private readonly selection: Selection,
    private readonly audit: Pick<Audit, 'write'>,
    private readonly settings: RedriveSettings,
    private readonly events: RedriveEvents,
  ) {
    this.closed = new UnavailableTargets(settings.targets, settings.rules.toStream, settings.commandOf);
  }

  /** Records that were taken. */
  get recordsSent(): number {
    return this.records;
  }

  /** Records that were checked right before they were sent, by verdict. */
  get checked(): VerdictCounts {
    return this.checkedRecords;
  }

  /** Dead letters that it has begun to work on. */
  get begun(): number {
    return this.started;
  }

  get isBusy(): boolean {
    return this.underWay > 0;
  }

  /** Dead letters that failed. Not those whose function or stream takes nothing: they say nothing of what comes after them. */
  get failures(): number {
    return this.failed;
  }

  /** Whether it ended because too many failed. */
  get hasGivenUp(): boolean {
    const { stopAfterFailures } = this.settings;
    return stopAfterFailures > 0 && this.failed >= stopAfterFailures;
  }

  /** @throws what concerns every dead letter: nothing new is begun then */
  async run(): Promise<void> {
    const { concurrency, limit, rate, stopped } = this.settings;
    const ending = AbortSignal.any([stopped, this.ending.signal]);
    await this.removals.endAfter(runConcurrently(this.chosen(ending), (deadLetter) => this.redrive(deadLetter), {
      concurrency,
      limit,
      rate: new RateLimit(rate),
      ending,
      groupOf: ({ group }) => group,
    }));
  }

  private async *chosen(ending: AbortSignal): AsyncGenerator<FoundDeadLetter, void, void> {
    for await (const { item: deadLetter, result: isMeant } of this.selection.choose(this.origin.deadLetters(ending))) {
      if (!isMeant) continue;
      const reason = this.reasonToLeave(deadLetter);
      if (reason) this.settle(deadLetter, RedriveResult.LEFT, { reason });
      else yield deadLetter;
      if (this.selection.isComplete) return;
    }
  }

  private reasonToLeave(deadLetter: FoundDeadLetter): Reason | undefined {
    return reasonNotToSend(deadLetter, this.settings.rules);
  }

  private async redrive(deadLetter: FoundDeadLetter): Promise<void> {
    this.underWay++;
    this.started++;
    try {
      const { group } = deadLetter;
      if (group !== undefined && this.blockedGroups.has(group)) {
        this.settle(deadLetter, RedriveResult.LEFT, { reason: { name: 'Behind', message: 'an earlier message of the same group failed, and the queue keeps the order' } });
      } else if (!this.origin.isHidden(deadLetter)) {
        this.settle(deadLetter, RedriveResult.LEFT, { reason: { name: 'Lost', message: 'it became visible again: another consumer may have it' } });
      } else {
        await this.send(deadLetter);
      }
    } finally {
      this.underWay--;
    }
  }

  private async send(deadLetter: FoundDeadLetter): Promise<void> {
    const { aborted } = this.settings;
    const read = await this.read(deadLetter);
    if (!read) return;
    const to = this.target.nameFor(read);
    const closed = this.closed.reasonFor(to);
    if (closed) return this.failUncounted(deadLetter, closed, to);
    const choice = await this.choose(deadLetter, read);
    if (choice === 'none') return;
    let result: SendResult;
    try {
      result = await this.target.send(choice ? chosenPart(read, choice) : read, aborted);
    } catch (error) {
      if (!aborted.aborted && this.closed.isCauseToClose(error)) return this.close(deadLetter, to, error as Error);
      if (!aborted.aborted) throw error;
      const message = 'it became visible again while it was being sent: the tool does not know whether it was accepted';
      result = { outcome: 'failed', reason: { name: 'Interrupted', message } };
    }
    if (result.outcome === 'failed') {
      await this.fail(deadLetter, result.reason, to);
      if (result.processorError) await this.noteFailure(deadLetter, read, result.processorError, to);
    } else if (result.outcome === 'partly') {
      await this.keepRest(deadLetter, read, RedriveResult.PARTLY, choice ? remainingOf(read, choice, result) : result, to);
    } else if (choice) {
      await this.keepRest(deadLetter, read, RedriveResult.PICKED, remainingOf(read, choice), to);
    } else {
      await this.finish(deadLetter, read, RedriveResult.SENT, { to });
    }
  }

  /** The choice of records, where it is not all of them. It is settled where no record is to be sent. */
  private async choose(deadLetter: FoundDeadLetter, read: ReceivedDeadLetter): Promise<RecordChoice | 'none' | undefined> {
    const choice = await this.settings.recordsToSend?.(read, this.settings.aborted);
    if (choice?.verdicts) this.verdicts.set(deadLetter, choice.verdicts);
    this.checkedRecords = sumVerdicts(this.checkedRecords, choice?.verdicts);
    if (!choice || isWholeChoice(choice)) return undefined;
    if (chosenCount(choice) > 0) return choice;
    this.settle(deadLetter, RedriveResult.LEFT, { reason: choice.reason });
    return 'none';
  }

  /** What failed again goes back with the number of its attempts and the last error. */
  private async noteFailure(deadLetter: FoundDeadLetter, read: ReceivedDeadLetter, processorError: Reason, to: string): Promise<void> {
    try {
      await this.origin.noteFailure(deadLetter, read, failedAgain(read.redrive, processorError, new Date(), to), this.settings.aborted);
    } catch (error) {
      const { name, message } = error as Error;
      if (!(error instanceof NotNotedError)) {
        this.events.onAlarm(
          `dead letter ${idOf(deadLetter)} is in ${this.origin.name} twice, as it was and with its last error, because the old message could not be ` +
          `deleted (${name}: ${message}): the next run would send both. Delete message ${deadLetter.messageId} with "discard"`,
        );
        await this.write(deadLetter, { result: AuditResult.NOT_DELETED, to: this.origin.name, reason: name });
        if (error instanceof CliError || isFatal(error)) throw error;
      } else if (!this.toldReasons.has(message)) {
        this.toldReasons.add(message);
        this.events.onAlarm(`attempts and last error are not noted in what failed again: ${message}`);
      }
    }
  }

  /** Lets nothing more be sent to a function or stream. @throws where there is no other */
  private async close(deadLetter: FoundDeadLetter, to: string, error: Error): Promise<void> {
    const isNew = this.closed.close(to, error);
    await this.failUncounted(deadLetter, this.closed.reasonFor(to)!, to);
    const { end } = this.closed;
    if (!isNew || end === undefined) return;
    this.events.onAlarm(end);
    throw error;
  }

  private async read(deadLetter: FoundDeadLetter): Promise<ReceivedDeadLetter | undefined> {
    try {
      return await deadLetter.read(this.settings.aborted);
    } catch (error) {
      const { name, message } = error as Error;
      if (!(error instanceof UndeliverableError) && isFatal(error)) throw error;
      if (error instanceof NewerFormatError) {
        this.settle(deadLetter, RedriveResult.LEFT, { reason: { name: NEWER_FORMAT, message } });
        return undefined;
      }
      await this.fail(deadLetter, { name, message });
      return undefined;
    }
  }

  private async keepRest(
    deadLetter: FoundDeadLetter, read: ReceivedDeadLetter, outcome: 'partly' | 'picked', result: Rest, to: string,
  ): Promise<void> {
    const remainder = remainderOf(read, result, new Date(), to);
    try {
      await this.origin.keepRemainder(deadLetter, remainder, this.settings.aborted);
    } catch (error) {
      const { name, message } = error as Error;
      const reason = {
        name: 'RestNotKept',
        message: `${taken(read, result)} of its records were taken, but the smaller dead letter could not be written (${name}: ${message}): the queue still has the whole dead letter`,
      };
      await this.restNotKept(deadLetter, to, reason, taken(read, result));
      if (isFatal(error)) throw error;
      return;
    }
    await this.finish(deadLetter, read, outcome, { to, reason: result.reason, records: taken(read, result) });
  }

  private async restNotKept(deadLetter: FoundDeadLetter, to: string, reason: Reason, records: number): Promise<void> {
    this.records += records;
    this.events.onAlarm(
      `${count(records, 'record')} of dead letter ${idOf(deadLetter)} were taken by ${to}, but it is whole in ${this.origin.name}: the next run would send them again`,
    );
    this.countFailure(deadLetter);
    this.settle(deadLetter, RedriveResult.NOT_REMOVED, { to, reason, records });
    await this.write(deadLetter, { result: AuditResult.REST_NOT_KEPT, to, records, reason: reason.name });
  }

  private async finish(
    deadLetter: FoundDeadLetter,
    read: ReceivedDeadLetter,
    result: 'sent' | 'partly' | 'picked',
    { to, reason, records = read.event.Records.length }: { readonly to: string; readonly reason?: Reason; readonly records?: number },
  ): Promise<void> {
    this.records += records;
    const sent = { to, reason, records };
    try {
      await this.write(deadLetter, { result: result === 'sent' ? AuditResult.SENT : AuditResult.PARTLY_SENT, to, records, reason: reason?.name });
    } catch (error) {
      return this.notRemoved(deadLetter, to, error);
    }
    // The next one of its group comes only when it is gone. And before many are sent, one must be known to be removable.
    if (deadLetter.group !== undefined || !this.hasRemoved) return this.remove(deadLetter, result, sent);
    // Removals do not keep others from being sent: they come together, and SQS is asked once for ten.
    await this.removals.add(this.remove(deadLetter, result, sent));
  }

  private async remove(deadLetter: FoundDeadLetter, result: 'sent' | 'partly' | 'picked', sent: Sent): Promise<void> {
    try {
      await this.origin.remove(deadLetter, result === RedriveResult.SENT ? 'sent' : 'partly', this.settings.aborted);
    } catch (error) {
      await this.notRemoved(deadLetter, sent.to, error);
      return;
    }
    this.hasRemoved = true;
    if (result === RedriveResult.PARTLY) this.countFailure(deadLetter);
    this.settle(deadLetter, result, sent);
  }

  private async notRemoved(deadLetter: FoundDeadLetter, to: string, error: unknown): Promise<void> {
    const { name, message } = error as Error;
    this.events.onAlarm(
      `dead letter ${idOf(deadLetter)} was taken by ${to}, but could not be removed from ${this.origin.name} (${name}: ${message}): ` +
      'the next run would send it again. Delete it with "discard", or see that its processor takes it twice',
    );
    this.countFailure(deadLetter);
    this.settle(deadLetter, RedriveResult.NOT_REMOVED, { to, reason: { name, message } });
    // Where it was the log that failed, there is no other line to be had.
    await this.write(deadLetter, { result: AuditResult.NOT_DELETED, to, reason: name }).catch(() => undefined);
    if (error instanceof CliError || isFatal(error)) throw error;
  }

  private async fail(deadLetter: FoundDeadLetter, reason: Reason, to?: string): Promise<void> {
    this.countFailure(deadLetter);
    await this.failUncounted(deadLetter, reason, to);
  }

  private async failUncounted(deadLetter: FoundDeadLetter, reason: Reason, to?: string): Promise<void> {
    this.block(deadLetter);
    this.settle(deadLetter, RedriveResult.FAILED, { to, reason });
    if (to !== undefined) await this.write(deadLetter, { result: AuditResult.FAILED, to, reason: reason.name });
  }

  private countFailure(deadLetter: FoundDeadLetter): void {
    this.block(deadLetter);
    this.failed++;
    if (this.hasGivenUp) this.ending.abort();
  }

  /** What is behind it in its group must not get ahead. */
  private block({ group }: FoundDeadLetter): void {
    if (group !== undefined) this.blockedGroups.add(group);
  }

  private settle(deadLetter: FoundDeadLetter, result: RedriveResult, more: Pick<MessageResult<RedriveResult>, 'to' | 'reason' | 'records'>): void {
    const { messageId, summary } = deadLetter;
    const settled = {
      messageId,
      deadLetterId: summary?.deadLetterId,
      status: summary?.status,
      records: summary?.recoveredRecords,
      verdicts: this.verdicts.get(deadLetter),
      result,
      ...more,
    };
    this.tally.add(settled);
    this.events.onResult(settled);
  }

  private async write({ messageId, summary }: FoundDeadLetter, entry: Pick<AuditEntry, 'result' | 'to' | 'reason' | 'records'>): Promise<void> {
    await this.audit.write({ messageId, deadLetterId: summary?.deadLetterId, records: summary?.recoveredRecords, ...entry });
  }
}

function taken({ event }: ReceivedDeadLetter, { remaining }: Rest): number {
  return event.Records.length - remaining.length;
}

function idOf({ messageId, summary }: FoundDeadLetter): string {
  return summary?.deadLetterId ?? messageId;
}
