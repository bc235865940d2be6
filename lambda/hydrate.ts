import type { Context, SNSEvent, SNSEventRecord } from 'aws-lambda';
import { DeadLetter, deadLetter } from './dead-letter';
import { batchOf, FailureRecord, InvalidFailureRecordError, parseFailureRecord } from './failure-record';
import { InvokeIdentities } from './invoke-identities';
import { StreamReader } from './stream-reader';

/** What must be left of an invocation when reading ends, and when writing ends, to end it in good order. */
const WRITE_MILLIS = 20_000;
const END_MILLIS = 2_000;

export interface HydrateDependencies {
  readonly reader: StreamReader;
  readonly queue: { send(letter: DeadLetter, signal: AbortSignal): Promise<void> };
  readonly undeliverables: { send(notification: SNSEventRecord, reason: Error, signal: AbortSignal): Promise<void> };
  readonly identities: InvokeIdentities;
}

export type HydrateHandler = (event: SNSEvent, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<void>;

/**
 * Turns notifications of failed batches into dead letters. What is no failure record of the stream goes to the undeliverable
 * queue at once; what fails otherwise is thrown back, for Lambda to try again and to keep in that queue in the end.
 */
export function hydrateHandler({ reader, queue, undeliverables, identities }: HydrateDependencies): HydrateHandler {
  async function hydrate(failure: FailureRecord, remainingMillis: () => number): Promise<void> {
    const reading = await reader.read(batchOf(failure), {
      invokeIdentityArn: identities.roleArnOf(failure.requestContext.functionArn),
      signal: deadline(remainingMillis() - WRITE_MILLIS),
    });
    const letter = deadLetter(failure, reading);
    await queue.send(letter, deadline(remainingMillis() - END_MILLIS));
    logDeadLetter(letter);
  }

  async function handle(notification: SNSEventRecord, remainingMillis: () => number): Promise<void> {
    let failure: FailureRecord;
    try {
      failure = parseFailureRecord(notification.Sns.Message, reader.streamArn);
    } catch (error) {
      if (!(error instanceof InvalidFailureRecordError)) throw error;
      await undeliverables.send(notification, error, deadline(remainingMillis() - END_MILLIS));
      logUndeliverable(notification, error);
      return;
    }
    await hydrate(failure, remainingMillis);
  }

  return async (event, context) => {
    const errors: unknown[] = [];
    // One notification an event is usual, not promised. One that fails does not keep the others from their queue.
    for (const notification of event.Records) {
      try {
        await handle(notification, () => context.getRemainingTimeInMillis());
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

function deadline(millis: number): AbortSignal {
  return AbortSignal.timeout(Math.max(1, millis));
}

/** One line a dead letter, for Logs Insights. Never anything of the payload. */
function logDeadLetter(letter: DeadLetter): void {
  const { requestContext, hydration } = letter;
  const batch = batchOf(letter);
  log('dead letter sent', {
    ...hydration,
    functionArn: requestContext.functionArn,
    condition: requestContext.condition,
    streamArn: batch.streamArn,
    shardId: batch.shardId,
  });
}

function logUndeliverable({ Sns }: SNSEventRecord, reason: InvalidFailureRecordError): void {
  log('notification kept as undeliverable', { messageId: Sns.MessageId, topicArn: Sns.TopicArn, rule: reason.rule });
}

function log(notice: string, details: object): void {
  console.log(JSON.stringify({ notice, ...details }));
}
