import type { Context, SNSEvent, SNSEventRecord } from 'aws-lambda';
import { BatchInfoKey } from '../../src/contract';
import { log, logDeadLetter } from '../runtime/log';
import { RemainingTime } from '../runtime/remaining-time';
import { CaptureResult, captureResult } from '../shared/dead-letter/capture-result';
import { DeadLetter, toDeadLetter } from '../shared/dead-letter/dead-letter';
import { SentDeadLetter } from '../shared/dead-letter/dead-letter-queue';
import { batchOf, FailureRecord, InvalidFailureRecordError, isDynamoDb, parseFailureRecord, requireRange } from '../shared/dead-letter/failure-record';
import { StreamReader } from '../shared/stream/stream-reader';

export interface HydrateDependencies {
  /** What reads each kind of batch, made when the first of its kind comes. */
  readonly readers: Readonly<Record<(typeof BatchInfoKey)[keyof typeof BatchInfoKey], () => Promise<StreamReader>>>;
  readonly queue: { send(deadLetter: DeadLetter, signal: AbortSignal): Promise<SentDeadLetter> };
  readonly undeliverables: { send(event: SNSEvent, reason: Error, signal: AbortSignal): Promise<void> };
}

export type HydrateHandler = (event: SNSEvent, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<CaptureResult>;

/**
 * Turns notifications of failed batches into dead letters. A notification that is not a failure record of a stream mapping goes to the
 * undeliverable queue at once. Any other error is thrown: Lambda retries, and finally sends the event to the undeliverable queue.
 */
export function hydrateHandler({ readers, queue, undeliverables }: HydrateDependencies): HydrateHandler {
  async function hydrate(failure: FailureRecord, remainingTime: RemainingTime): Promise<DeadLetter> {
    const batch = batchOf(failure);
    const reader = await readers[isDynamoDb(batch.streamArn) ? BatchInfoKey.DYNAMODB : BatchInfoKey.KINESIS]();
    const reading = await reader.read(batch, { signal: remainingTime.readSignal() });
    const deadLetter = toDeadLetter(failure, reading);
    const sent = await queue.send(deadLetter, remainingTime.writeSignal());
    logDeadLetter(deadLetter, sent);
    return deadLetter;
  }

  /** The dead letter of a notification, or undefined where the notification is not a failure record. */
  async function handle(notification: SNSEventRecord, remainingTime: RemainingTime): Promise<DeadLetter | undefined> {
    let failure: FailureRecord;
    try {
      failure = parseFailureRecord(notification.Sns.Message);
      requireRange(failure);
    } catch (error) {
      if (!(error instanceof InvalidFailureRecordError)) throw error;
      await undeliverables.send({ Records: [notification] }, error, remainingTime.writeSignal());
      logUndeliverable(notification, error);
      return undefined;
    }
    return hydrate(failure, remainingTime);
  }

  return async (event, context) => {
    const deadLetters: (DeadLetter | undefined)[] = [];
    const errors: unknown[] = [];
    // SNS usually sends one notification per event, without a guarantee. A failed notification does not stop the others.
    for (const notification of event.Records) {
      try {
        deadLetters.push(await handle(notification, new RemainingTime(context)));
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) {
      throw new AggregateError(errors, `${errors.length} of ${event.Records.length} notifications failed: ${errors.join('; ')}`);
    }
    const sent = deadLetters.filter((deadLetter) => deadLetter !== undefined);
    return captureResult(sent, deadLetters.length - sent.length);
  };
}

function logUndeliverable({ Sns }: SNSEventRecord, reason: InvalidFailureRecordError): void {
  log('ERROR', 'notification kept as undeliverable', { messageId: Sns.MessageId, topicArn: Sns.TopicArn, rule: reason.rule });
}
