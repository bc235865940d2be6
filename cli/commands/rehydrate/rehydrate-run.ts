import { AuditResult } from '../../../lambda/shared/audit/audit-entry';
import type { DeadLetterResult, CaptureResult, SkippedObject } from '../../../lambda/shared/dead-letter/capture-result';
import type { ReceivedDeadLetter } from '../../../lambda/shared/dead-letter/received-dead-letter';
import { UndeliverableError } from '../../../lambda/shared/dead-letter/undeliverable-error';
import { hasOtherFields } from '../../../lambda/shared/redrive/event-parts';
import type { Reason } from '../../../lambda/shared/redrive/target';
import { isWhole } from '../../../src/contract';
import type { Audit } from '../../audit/audit';
import { isFatal } from '../../aws/aws-error';
import { RateLimit, runConcurrently } from '../../dead-letters/concurrency';
import type { DeadLetterReader } from '../../dead-letters/dead-letter-reader';
import type { QueuedDeadLetter } from '../../dead-letters/queue-reader';
import { MessageResult, ResultCounts } from '../../dead-letters/results';
import type { Selection } from '../../dead-letters/selection';
import { type CaptureEvent, eventOfDeadLetter } from './capture-event';
import { type CaptureFunctions, isReason } from './capture-functions';
import { compare, mayBeDropped, recordsLost } from './compare';
import type { RehydrateDecision } from './rehydrate-rules';

export const RehydrateResult = {
  /** More was found: the new dead letter is in the place of the old one. */
  BETTER: 'better',
  /** As much was found, if nothing at all: the new dead letter is in the place of the old one. */
  SAME: 'same',
  /** It lacks something that the old one has: that was kept, and the new one is beside it. */
  WORSE: 'worse',
  /** The function takes it for no failure record: it is in the undeliverable queue. */
  REFUSED: 'refused',
  /** It is of another stream, or of none: the function leaves it to others, and the message is where it was. */
  LEFT_ALONE: 'leftAlone',
  /** The function failed: the message is where it was. */
  FAILED: 'failed',
  LEFT: 'left',
  /** The new dead letter is in the queue, and the old message where it was still. */
  NOT_REMOVED: 'notRemoved',
} as const;
export type RehydrateResult = (typeof RehydrateResult)[keyof typeof RehydrateResult];

export interface RehydrateSettings {
  /** Whether a queue that dead letters are in, or go to, is one. */
  readonly isFifo: boolean;
  readonly concurrency: number;
  readonly limit?: number;
  readonly stopped: AbortSignal;
  readonly aborted: AbortSignal;
  decide(deadLetter: QueuedDeadLetter): RehydrateDecision;
  onResult(result: MessageResult<RehydrateResult>): void;
}

/** A message, and the function that is to try it. */
interface Chosen {
  readonly deadLetter: QueuedDeadLetter;
  readonly to: string;
  /** What that is given, where it is known before the message is read whole. */
  readonly event?: CaptureEvent;
}

/** What a function is given; of a dead letter also what it is by now. */
interface Work {
  readonly event: CaptureEvent;
  readonly before?: ReceivedDeadLetter;
}

/** Has the functions of a stack try again what they could not do whole. A message goes only after what is in its place is in a queue. */
export class RehydrateRun {
  readonly tally = new ResultCounts<RehydrateResult>(Object.values(RehydrateResult), (result) => result === RehydrateResult.BETTER);
  private underWay = 0;

  constructor(
    private readonly origin: Pick<DeadLetterReader<QueuedDeadLetter>, 'deadLetters' | 'isHidden' | 'remove'>,
    private readonly functions: Pick<CaptureFunctions, 'invoke'>,
    private readonly selection: Selection,
    private readonly audit: Pick<Audit, 'write'>,
    private readonly settings: RehydrateSettings,
  ) {}

  get isBusy(): boolean {
    return this.underWay > 0;
  }

  /** @throws what concerns every message */
  async run(): Promise<void> {
    const { concurrency, limit, stopped } = this.settings;
    await runConcurrently(this.chosen(), (chosen) => this.work(chosen), {
      concurrency, limit, rate: new RateLimit(undefined), ending: stopped, groupOf: ({ deadLetter }) => deadLetter.group,
    });
  }

  private async *chosen(): AsyncGenerator<Chosen, void, void> {
    for await (const { item: deadLetter, result: isMeant } of this.selection.choose(this.origin.deadLetters(this.settings.stopped))) {
      if (!isMeant) continue;
      const verdict = this.settings.decide(deadLetter);
      if (verdict.reason) this.settle(deadLetter, RehydrateResult.LEFT, verdict);
      else yield { deadLetter, to: verdict.to, event: verdict.event };
      if (this.selection.isComplete) return;
    }
  }

  private async work(chosen: Chosen): Promise<void> {
    this.underWay++;
    try {
      await this.rehydrate(chosen);
    } finally {
      this.underWay--;
    }
  }

  private async rehydrate({ deadLetter, to, event: known }: Chosen): Promise<void> {
    if (!this.origin.isHidden(deadLetter)) {
      const reason = { name: 'Lost', message: 'it became visible again: another consumer may have it' };
      this.settle(deadLetter, RehydrateResult.LEFT, { reason });
      return;
    }
    const work = known ? { event: known } : await this.workOn(deadLetter);
    if (isReason(work)) {
      this.settle(deadLetter, RehydrateResult.FAILED, { reason: work });
      return;
    }
    const result = await this.invoke(to, work.event);
    if (isReason(result)) {
      await this.audit.write({ ...idsOf(deadLetter), result: AuditResult.FAILED, to, reason: result.name });
      this.settle(deadLetter, RehydrateResult.FAILED, { to, reason: result });
      return;
    }
    await this.conclude(deadLetter, work.before, to, result);
  }

  /** A dead letter is read whole: what it says of its batch is not in its attributes, nor are its records. */
  private async workOn(deadLetter: QueuedDeadLetter): Promise<Work | Reason> {
    let read: ReceivedDeadLetter;
    try {
      read = await deadLetter.read(this.settings.aborted);
    } catch (error) {
      if (!(error instanceof UndeliverableError) && isFatal(error)) throw error;
      const { name, message: text } = error as Error;
      return { name, message: text };
    }
    return { event: eventOfDeadLetter(read, deadLetter.messageId), before: read };
  }

  private async invoke(to: string, event: CaptureEvent): Promise<CaptureResult | Reason> {
    try {
      return await this.functions.invoke(to, event, this.settings.aborted);
    } catch (error) {
      if (isFatal(error)) throw error;
      const { name, message } = error as Error;
      return { name, message };
    }
  }

  private async conclude(
    deadLetter: QueuedDeadLetter, before: ReceivedDeadLetter | undefined, to: string, { deadLetters, undeliverables, leftAlone = [] }: CaptureResult,
  ): Promise<void> {
    const [[found], [alone]] = [deadLetters, leftAlone];
    if (alone) {
      await this.keep(deadLetter, RehydrateResult.LEFT_ALONE, { to, reason: reasonOf(alone) });
      return;
    }
    if (!before) {
      // It came out as dead letters, or in the undeliverable queue once more: either way it is in a queue anew.
      const result = undeliverables > 0 ? RehydrateResult.REFUSED : RehydrateResult.BETTER;
      const reason = undeliverables > 0 ? { name: 'Refused', message: 'it is no failure record of a stream: "show ID --undeliverables" says why' } : undefined;
      await this.replace(deadLetter, result, { to, records: recordsOf(deadLetters), status: found?.status, reason });
      return;
    }
    if (!found) {
      const reason = { name: 'Refused', message: 'the function takes it for no failure record: its copy is in the undeliverable queue' };
      await this.keep(deadLetter, RehydrateResult.REFUSED, { to, reason });
      return;
    }
    const verdict = compare(before, found);
    const told = `${found.status} with ${found.recoveredRecords} of ${found.expectedRecords} records`;
    if (verdict === 'worse') {
      const message = `read again it is ${told}${lackOf(before, found)}: that one is in the queue as well`;
      await this.keep(deadLetter, RehydrateResult.WORSE, { to, reason: { name: found.status, message } });
    } else if (this.settings.isFifo && verdict === 'same' && mayBeDropped(before, found, deadLetter.message)) {
      const message = `read again it is ${told}, as before: the old one was kept, for the FIFO queue may have taken the two for one`;
      await this.keep(deadLetter, RehydrateResult.SAME, { to, reason: { name: found.status, message } });
    } else {
      const compared = found.status === before.status ? 'as before' : `and was ${before.status} before`;
      const reason = verdict === 'same' ? { name: found.status, message: `read again it is ${told}, ${compared}` } : undefined;
      await this.replace(deadLetter, verdict, { to, records: found.recoveredRecords, status: found.status, reason });
    }
  }

  private async keep(deadLetter: QueuedDeadLetter, result: RehydrateResult, more: { readonly to: string; readonly reason: Reason }): Promise<void> {
    await this.audit.write({ ...idsOf(deadLetter), result: AuditResult.KEPT, to: more.to, reason: more.reason.name });
    this.settle(deadLetter, result, more);
  }

  private async replace(deadLetter: QueuedDeadLetter, result: RehydrateResult, more: Omit<MessageResult<RehydrateResult>, 'result' | 'messageId'>): Promise<void> {
    await this.audit.write({ ...idsOf(deadLetter), result: AuditResult.REHYDRATED, to: more.to, records: more.records, reason: more.reason?.name });
    try {
      await this.origin.remove(deadLetter, 'sent', this.settings.aborted);
    } catch (error) {
      const { name, message } = error as Error;
      this.settle(deadLetter, RehydrateResult.NOT_REMOVED, { to: more.to, reason: { name, message } });
      await this.audit.write({ ...idsOf(deadLetter), result: AuditResult.NOT_DELETED, to: more.to, reason: name });
      if (isFatal(error)) throw error;
      return;
    }
    this.settle(deadLetter, result, more);
  }

  private settle(deadLetter: QueuedDeadLetter, result: RehydrateResult, more: Partial<MessageResult<RehydrateResult>>): void {
    const { messageId, summary } = deadLetter;
    const settled = { messageId, deadLetterId: summary?.deadLetterId, status: summary?.status, records: summary?.recoveredRecords, ...more, result };
    this.tally.add(settled);
    this.settings.onResult(settled);
  }
}

function lackOf(before: ReceivedDeadLetter, found: DeadLetterResult): string {
  const lost = recordsLost(before, found);
  if (lost === 0) return hasOtherFields(before.event) ? ', without what the old one holds beside its records, as the state of a window' : '';
  const isKnown = isWhole(found.status) || found.sequenceNumbers !== undefined;
  return isKnown ? `, without ${lost} of the ${before.recoveredRecords} that the old one holds` : ', and which ones the function does not say';
}

function reasonOf({ streamArn }: SkippedObject): Reason {
  if (streamArn === undefined) return { name: 'Asynchronous', message: 'it is of an asynchronous invocation, not of a stream: discard it here' };
  return { name: 'OtherStream', message: `it is of another stream, ${streamArn}: the StreamDlq of that, if it has one, is told of it as well; discard it here` };
}

function idsOf({ messageId, summary }: QueuedDeadLetter) {
  return { messageId, deadLetterId: summary?.deadLetterId, records: summary?.recoveredRecords };
}

function recordsOf(deadLetters: CaptureResult['deadLetters']): number {
  return deadLetters.reduce((sum, { recoveredRecords }) => sum + recoveredRecords, 0);
}
