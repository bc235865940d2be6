import { isDynamoDb } from '../../lambda/shared/dead-letter/failure-record';
import type { ReceivedDeadLetter } from '../../lambda/shared/dead-letter/received-dead-letter';
import type { ItemCheck } from './item-check';
import type { Verdict } from './verdict';
import { WaitingKeys } from './waiting-keys';

/** What `--check` found of a dead letter. */
export interface CheckResult {
  /** Of each record. */
  readonly verdicts: readonly Verdict[];
  /** For Kinesis: dead letters that wait, and have a later record of one of its partition keys. */
  readonly newerWaiting?: number;
}

/** Whether dead letters are still current: those of a table by its items, those of a Kinesis stream by what else waits in the queue. */
export class Check {
  private readonly waiting = new WaitingKeys();

  constructor(private readonly items: () => Promise<Pick<ItemCheck, 'verdictsOf'>>) {}

  /** A dead letter waits in the queue. */
  note(deadLetter: ReceivedDeadLetter): void {
    if (!isDynamoDb(deadLetter.streamArn)) this.waiting.add(deadLetter);
  }

  /** Items are read now; what waits is what is noted when the result is called. */
  async of(deadLetter: ReceivedDeadLetter, signal: AbortSignal): Promise<() => CheckResult> {
    if (isDynamoDb(deadLetter.streamArn)) {
      const verdicts = await (await this.items()).verdictsOf(deadLetter, signal);
      return () => ({ verdicts });
    }
    const compared = this.waiting.compare(deadLetter);
    return () => {
      const { verdicts, count } = compared();
      return { verdicts, newerWaiting: count };
    };
  }
}
