import type { ReceivedDeadLetter } from '../../../lambda/shared/dead-letter/received-dead-letter';
import { explainAwsError } from '../../aws/aws-error';
import type { Context } from '../../context';
import type { MessageSource } from '../../dead-letters/message-source';
import { FilteringMappings, proofOf } from '../../mapping-filters/filtering-mappings';
import type { ProvenBatch } from '../../mapping-filters/proven-batch';
import { availableUntil, canBeCompleted, type RetentionOf } from '../../messages/stream-retention';
import { failedBatchOf } from '../../reason/failed-batch';
import type { NoReason, ReasonResult } from '../../reason/failure-reason';
import { LogReasons } from '../../reason/log-reasons';
import type { ProcessorLog } from '../../reason/processor-log';
import type { QueueContext } from './next-steps';
import { queueContext } from './queue-context';

/** What AWS says around a dead letter. */
export interface Surroundings {
  readonly around: QueueContext;
  /** Where its processor logs. Absent where it was not invoked. */
  readonly log?: ProcessorLog;
  /** Why the processor failed, where that was looked up. */
  readonly reason?: ReasonResult;
  /** The failed batch, where more records than those are here. */
  readonly proof?: ProvenBatch;
  readonly notes: readonly string[];
}

interface SurroundingsOptions {
  /** Whether the log of the processor is read. */
  readonly logs: boolean;
  readonly retentionOf: RetentionOf;
}

export async function surroundingsOf(
  context: Context, source: MessageSource, deadLetter: ReceivedDeadLetter, { logs, retentionOf }: SurroundingsOptions,
): Promise<Surroundings> {
  const reasons = new LogReasons(context, { logs });
  const mappings = new FilteringMappings(async () => context.clients.lambda(), context.aborted);
  const { failure, status } = deadLetter;
  const { responseContext, requestContext: { functionArn } } = failure;
  const [around, inStreamUntil, log, reason, proof] = await Promise.all([
    queueContext(context, source, deadLetter),
    canBeCompleted(status) ? availableUntil(failure, retentionOf) : undefined,
    responseContext ? reasons.logs.of(functionArn) : undefined,
    logs ? reasonOf(deadLetter, reasons, context) : undefined,
    proofOf(deadLetter, mappings),
  ]);
  return { around: { ...around, inStreamUntil }, log, reason, proof, notes: mappings.notes };
}

/** Why AWS cannot be asked, as without credentials: what is in a file is shown all the same. @throws what is wrong with the options */
export async function whyNotAsked({ clients, options }: Context): Promise<NoReason | undefined> {
  try {
    const { config } = await clients.lambda();
    await Promise.all([config.region(), config.credentials()]);
    return undefined;
  } catch (error) {
    const known = explainAwsError(error, options);
    if (!known) throw error;
    return { name: 'NotAsked', message: known.message };
  }
}

async function reasonOf({ failure, deadLetterId }: ReceivedDeadLetter, reasons: LogReasons, { output }: Context): Promise<ReasonResult | undefined> {
  const batch = failedBatchOf(failure, deadLetterId);
  const progress = output.progress('searching the log', undefined);
  return batch && reasons.reasonOf(batch).finally(() => progress.stop());
}
