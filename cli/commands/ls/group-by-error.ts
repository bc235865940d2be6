import { parseJson } from '../../../lambda/shared/dead-letter/failure-record';
import type { ObjectReader } from '../../../lambda/shared/dead-letter/object-reader';
import { pointerIn } from '../../../lambda/shared/dead-letter/pointer';
import { UndeliverableError } from '../../../lambda/shared/dead-letter/undeliverable-error';
import type { Context } from '../../context';
import { readBody } from '../../dead-letters/bodies';
import { Gate } from '../../dead-letters/in-order';
import { failedOrSentAt } from '../../messages/failure-time';
import type { MessageInfo } from '../../messages/message-info';
import type { SeenMessage } from '../../messages/seen-messages';
import { count } from '../../output/text';
import { CallPacer } from '../../reason/call-pacer';
import { failedBatchOf } from '../../reason/failed-batch';
import type { FailedBatch, NoReason, ReasonResult } from '../../reason/failure-reason';
import { LogReasons } from '../../reason/log-reasons';
import { MessageReasons } from '../../reason/message-reasons';
import { Groups, type MessageGrouping } from './groups';

const NOT_A_DEAD_LETTER: NoReason = { name: 'NotADeadLetter', message: '"show" says what these messages are' };
/** Bodies that are read from S3 at a time. */
const READ_AT_A_TIME = 4;
const NOT_LOOKED_UP = 'NotLookedUp';

interface Failed {
  readonly seen: MessageInfo;
  /** What failed, or how to read it from S3. */
  readonly batch: FailedBatch | (() => Promise<FailedBatch | undefined>) | undefined;
}

/** Dead letters by why they failed. Their bodies are not kept. */
export class GroupByError implements MessageGrouping {
  readonly groups = new Groups();
  /** Why a message could not be read is the reason of its group. */
  readonly isWhole = true;
  /** Dead letters whose logs were not read, and of which nothing else says why they failed. */
  private notLookedUp = 0;
  /** Those that may be among the newest. */
  private newest: Failed[] = [];
  private readonly gate = new Gate(READ_AT_A_TIME);
  private readonly logged: LogReasons;
  private readonly known: LogReasons;
  private readonly messages: MessageReasons;

  /** @param most how many failures are looked up in logs: 0 for none */
  constructor(private readonly context: Context, private readonly objects: ObjectReader, private readonly most: number) {
    const pacer = new CallPacer();
    this.logged = new LogReasons(context, { logs: true, pacer });
    this.messages = new MessageReasons(context, { logs: true, pacer });
    this.known = new LogReasons(context, { logs: false });
  }

  get notes(): readonly string[] {
    if (this.notLookedUp === 0) return [];
    const how = this.most === 0 ? '--no-logs' : 'the newest come first, and --limit with a number looks up all of them';
    return [`the logs of ${count(this.notLookedUp, 'dead letter')} were not read: ${how}`];
  }

  get document(): object {
    return { notLookedUp: this.notLookedUp, logCalls: this.logged.counts };
  }

  async add(message: SeenMessage): Promise<void> {
    this.newest.push(this.failedIn(message));
    // Not for each: sorting takes longer than keeping as many again.
    if (this.newest.length >= 2 * this.most) await this.dropOlder();
  }

  /** Only the newest are looked up in logs: what is known of the others without logs is known now, and there may be many. */
  private async dropOlder(): Promise<void> {
    this.newest.sort((one, other) => failedOrSentAt(other.seen).getTime() - failedOrSentAt(one.seen).getTime());
    for (const failed of this.newest.splice(this.most)) this.group(failed.seen, await this.resultOf(failed, false));
  }

  private failedIn({ message, seen }: SeenMessage): Failed {
    const { summary } = seen;
    if (!summary) return { seen, batch: undefined };
    const batchIn = (body: string) => failedBatchOf(parseJson(body), summary.deadLetterId);
    const later = async () => batchIn(await readBody(message, this.objects, this.context.aborted));
    return { seen, batch: pointerIn(message) ? later : batchIn(message.Body ?? '') };
  }

  /** Looks up why they failed, the newest first. */
  async finish(): Promise<void> {
    const { output } = this.context;
    await this.dropOlder();
    const progress = output.progress('looking up reasons', this.newest.length);
    try {
      await Promise.all(this.newest.map(async (failed) => {
        this.group(failed.seen, await this.resultOf(failed, true));
        progress.add();
      }));
    } finally {
      progress.stop();
    }
  }

  private async resultOf({ seen, batch: known }: Failed, isLookedUp: boolean): Promise<ReasonResult> {
    if (seen.native) return isLookedUp ? this.messages.reasonOf(seen) : { notFound: { name: NOT_LOOKED_UP, message: '' } };
    if (!seen.summary) return { notFound: NOT_A_DEAD_LETTER };
    if (!isLookedUp && typeof known === 'function') return { notFound: { name: NOT_LOOKED_UP, message: '' } };
    try {
      const batch = typeof known === 'function' ? await this.gate.pass(known) : known;
      if (!batch) return { notFound: NOT_A_DEAD_LETTER };
      return await (isLookedUp ? this.logged : this.known).reasonOf(batch);
    } catch (error) {
      if (!(error instanceof UndeliverableError)) throw error;
      return { notFound: { name: error.name, message: error.message } };
    }
  }

  private group(seen: MessageInfo, { reason, notFound }: ReasonResult): void {
    if (reason) this.groups.addReason(reason, seen);
    else if (notFound.name === NOT_LOOKED_UP) this.notLookedUp++;
    else this.groups.addNoReason(notFound, seen);
  }
}
