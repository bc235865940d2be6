import { streamOf } from '../../../lambda/shared/dead-letter/failure-record';
import type { ReceivedDeadLetter } from '../../../lambda/shared/dead-letter/received-dead-letter';
import { UndeliverableError } from '../../../lambda/shared/dead-letter/undeliverable-error';
import type { FoundDeadLetter } from '../../dead-letters/dead-letter-reader';
import type { Decision, LateDecision, PlanRules } from '../../dead-letters/plan';
import { chosenCount, isWholeChoice, type RecordChoice } from '../../dead-letters/record-choice';
import type { RecordRules } from './record-rules';
import { reasonNotToSend, type SendRules } from './send-rules';

export interface PlanOptions extends SendRules {
  readonly function?: string;
  readonly limit?: number;
}

/** What a redrive would do with each dead letter, for its plan. */
export function planRules(options: PlanOptions, rules: RecordRules | undefined, signal: AbortSignal): PlanRules<FoundDeadLetter> {
  /** Notes a dead letter that waits beside others. Undefined where its body is not needed, or nothing that can be read. */
  const note = async (deadLetter: FoundDeadLetter): Promise<ReceivedDeadLetter | undefined> => {
    if (!rules || !deadLetter.summary || deadLetter.defect) return undefined;
    try {
      const read = await deadLetter.read(signal);
      rules.note(read);
      return read;
    } catch (error) {
      if (error instanceof UndeliverableError) return undefined;
      throw error;
    }
  };
  const decide = async (deadLetter: FoundDeadLetter): Promise<LateDecision> => {
    const read = await note(deadLetter);
    const reason = reasonNotToSend(deadLetter, options);
    if (reason) return { reason };
    const { streamArn, functionArn } = deadLetter.summary!;
    const to = options.toStream ? streamOf(streamArn) : (options.function ?? functionArn);
    if (!rules || !read) return { to };
    const choose = await rules.choose(read, signal);
    return { to, atEnd: () => decisionOf(choose()) };
  };
  return { limit: options.limit, decide, ...(rules?.isChecked && { beside: async (deadLetter) => void (await note(deadLetter)) }) };
}

function decisionOf(choice: RecordChoice): Decision {
  const { reason, verdicts, newerWaiting } = choice;
  const checked = { ...(verdicts && { verdicts }), ...(newerWaiting !== undefined && { newerWaiting }) };
  if (isWholeChoice(choice)) return checked;
  const chosenRecords = chosenCount(choice);
  return chosenRecords > 0 ? { chosenRecords, ...checked } : { reason, ...checked };
}
