import type { Context, SNSEvent } from 'aws-lambda';
import { DeadLetter, deadLetter } from './dead-letter';
import { FailureRecord, parseFailureRecord } from './failure-record';
import { InvokeIdentities } from './invoke-identities';
import { StreamReader } from './stream-reader';

export interface HydrateDependencies {
  readonly reader: StreamReader;
  readonly queue: { send(letter: DeadLetter): Promise<void> };
  readonly identities: InvokeIdentities;
}

export type HydrateHandler = (event: SNSEvent, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<void>;

/**
 * Turns notifications of failed batches into dead letters.
 * An event that fails is thrown back: Lambda tries it again, and keeps it in the undeliverable queue in the end.
 */
export function hydrateHandler({ reader, queue, identities }: HydrateDependencies): HydrateHandler {
  async function hydrate(failure: FailureRecord, remainingMillis: () => number): Promise<void> {
    const reading = await reader.read(failure.KinesisBatchInfo, {
      invokeIdentityArn: identities.roleArnOf(failure.requestContext.functionArn),
      remainingMillis,
    });
    const letter = deadLetter(failure, reading);
    await queue.send(letter);
    log(letter);
  }

  return async (event, context) => {
    const errors: unknown[] = [];
    // One notification an event is usual, not promised. One that fails does not keep the others from their queue.
    for (const { Sns } of event.Records) {
      try {
        await hydrate(parseFailureRecord(Sns.Message), () => context.getRemainingTimeInMillis());
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) {
      throw new AggregateError(errors, `${errors.length} of ${event.Records.length} notifications failed: ${errors.join('; ')}`);
    }
  };
}

/** One line a dead letter, for Logs Insights. Never anything of the payload. */
function log({ requestContext, KinesisBatchInfo: batch, hydration }: DeadLetter): void {
  console.log(
    JSON.stringify({
      notice: 'dead letter sent',
      ...hydration,
      functionArn: requestContext.functionArn,
      condition: requestContext.condition,
      streamArn: batch.streamArn,
      shardId: batch.shardId,
    }),
  );
}
