import type { ReceivedDeadLetter } from '../../../lambda/shared/dead-letter/received-dead-letter';
import type { Reason } from '../../../lambda/shared/redrive/target';
import { isFatal } from '../../aws/aws-error';
import { Check, type CheckResult } from '../../check/check';
import { CurrentItems } from '../../check/current-items';
import { ItemCheck } from '../../check/item-check';
import { countVerdicts, type Verdict } from '../../check/verdict';
import type { Clients } from '../../context';
import { NOT_PICKED, pickedRecords } from '../../dead-letters/picked-records';
import type { RecordChoice } from '../../dead-letters/record-choice';
import { RecordQuery } from '../../query/record-query';

export interface RecordOptions {
  readonly where?: string;
  readonly pick?: boolean;
  readonly check?: boolean;
  /** Records with these verdicts are not sent. */
  readonly skip?: readonly Verdict[];
}

/** Which records of a dead letter are sent, by `--pick`, `--check` and `--skip`. */
export class RecordRules {
  private constructor(
    private readonly query: RecordQuery | undefined,
    private readonly check: Check | undefined,
    private readonly skip: readonly Verdict[],
  ) {}

  /** Undefined where all records are sent, unchecked. @throws CliError */
  static of({ where, pick, check = false, skip = [] }: RecordOptions, clients: Pick<Clients, 'dynamodb'>): RecordRules | undefined {
    const query = pick && where !== undefined ? RecordQuery.parse(where) : undefined;
    const isChecked = check || skip.length > 0;
    if (!query && !isChecked) return undefined;
    const items = async () => new ItemCheck(new CurrentItems(await clients.dynamodb()));
    return new RecordRules(query, isChecked ? new Check(items) : undefined, skip);
  }

  get isChecked(): boolean {
    return this.check !== undefined;
  }

  /** A dead letter waits in the queue, chosen or not. */
  note(deadLetter: ReceivedDeadLetter): void {
    this.check?.note(deadLetter);
  }

  /**
   * The choice of records: items are read now, and other dead letters count that are noted when the result is called.
   * @throws what concerns every dead letter, such as a missing permission
   */
  async choose(deadLetter: ReceivedDeadLetter, signal: AbortSignal): Promise<() => RecordChoice> {
    const { Records: records } = deadLetter.event;
    const picked = this.query ? pickedRecords(deadLetter, this.query) : { isChosen: records.map(() => true), reason: NOT_PICKED };
    if (!this.check) return () => picked;
    let check: () => CheckResult;
    try {
      check = await this.check.of(deadLetter, signal);
    } catch (error) {
      const { name, message } = error as Error;
      if (isFatal(error) && name !== 'ResourceNotFoundException') throw error;
      const reason = { name: 'NotChecked', message: `its items could not be read (${name}: ${message}); without --check it is sent` };
      return () => ({ isChosen: records.map(() => false), reason });
    }
    return () => this.choiceOf(picked.isChosen, check());
  }

  private choiceOf(isPicked: readonly boolean[], { verdicts, newerWaiting }: CheckResult): RecordChoice {
    const isSkipped = verdicts.map((verdict, place) => isPicked[place] && this.skip.includes(verdict));
    const skipped = verdicts.filter((_, place) => isSkipped[place]);
    return {
      isChosen: isPicked.map((it, place) => it && !isSkipped[place]),
      reason: skipped.length > 0 ? skippedReason(skipped) : NOT_PICKED,
      verdicts: countVerdicts(verdicts.filter((_, place) => isPicked[place])),
      newerWaiting,
    };
  }
}

function skippedReason(verdicts: readonly Verdict[]): Reason {
  return { name: 'Skipped', message: `--skip ${Object.keys(countVerdicts(verdicts)).join()}` };
}
