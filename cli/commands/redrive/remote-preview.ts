import { HydrationStatus } from '../../../src/contract';
import { explainAwsError, isDenied } from '../../aws/aws-error';
import type { Context } from '../../context';
import type { FoundDeadLetter } from '../../dead-letters/dead-letter-reader';
import { queueSource } from '../../dead-letters/dead-letter-source';
import type { Plan, Decision } from '../../dead-letters/plan';
import { preview } from '../../dead-letters/preview';
import { Selection } from '../../dead-letters/selection';
import type { Dlq, DlqFunction } from '../../dlq';
import type { TakeOptions } from '../options';
import { riskOf } from './send-rules';

/**
 * Says by status what the redrive function would do with what is in the queue. To it the look is an attempt: whoever has no question to
 * answer is better off without one. Undefined where nothing can be looked at, which is no reason not to start.
 */
export async function previewRemote(context: Context, dlq: Dlq, redrive: DlqFunction, options: TakeOptions): Promise<Plan | undefined> {
  const { output } = context;
  if (dlq.redrivePolicy && !options.countReceives) {
    output.note('The tool did not read the queue, because its RedrivePolicy counts receives. Use --count-receives to read it anyway.');
    return undefined;
  }
  try {
    const source = await queueSource(context, { ...options, concurrency: 1 }, { undeliverables: false, parked: false });
    const judge = (deadLetter: FoundDeadLetter) => remoteDecision(deadLetter, sendsSuperset(redrive));
    const words = { toDo: 'to be sent', left: 'to be parked', riskOf };
    const { plan } = await preview(context, source, Selection.everything(), { decide: judge, text: words, isResult: false });
    const { MAX_ATTEMPTS: attempts } = redrive.environment ?? {};
    // The first attempt is made in any case.
    if (plan.lookedAt > 0 && attempts !== '1') {
      output.note(`To the function this look is one of ${attempts ?? 'the'} attempts that each of them has; --yes starts without one.`);
    }
    return plan;
  } catch (error) {
    if (!isDenied(error)) throw error;
    output.note(`What is in the queue could not be looked at: ${explainAwsError(error, context.options)?.message ?? (error as Error).message}`);
    return undefined;
  }
}

/** Whether the function sends a SUPERSET, as it was told. */
export function sendsSuperset({ environment }: DlqFunction): boolean {
  return environment?.SEND_SUPERSET === 'true';
}

/** What the redrive function does with a message at first sight: the rules of its handler. */
export function remoteDecision({ summary, defect }: Pick<FoundDeadLetter, 'summary' | 'defect'>, withSuperset: boolean): Decision {
  if (!summary || defect) return { reason: defect };
  const { status, recoveredRecords, functionArn } = summary;
  if (recoveredRecords === 0 && status !== HydrationStatus.COMPLETE) return { reason: { name: status, message: 'it holds no records to send: "show" says why' } };
  if (status === HydrationStatus.COMPLETE) return { to: functionArn };
  if (status !== HydrationStatus.SUPERSET) {
    const message = 'some of the failed records are missing: "rehydrate" before, or "rehydrate --parked" while the stream has them';
    return { reason: { name: status, message } };
  }
  if (withSuperset) return { to: functionArn };
  return { reason: { name: status, message: 'it also holds records that did not fail: "redrive --parked --include SUPERSET" sends it, `sendSuperset` has it sent here' } };
}
