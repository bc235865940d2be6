import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ReceivedLetter } from '../dead-letter/received-letter';
import { EventPart, eventParts, LARGEST_EVENT_BYTES } from './event-parts';
import { reasonOfFailure } from './function-error';
import { isOfTheLetter, isThrottling } from './invoke-error';
import { processedRecords } from './partial-response';
import { reasonOf } from './send-error';
import { Reason, SendResult, Target } from './target';

export interface ProcessorTargetOptions {
  /** Name or ARN. Default: the function that the dead letter names, with its qualifier. */
  readonly functionName?: string;
}

/** What became of an event: how many of its records are processed, and why not all. */
interface Answer {
  readonly processed: number;
  readonly reason?: Reason;
  /** Whether it was the processor that said so. */
  readonly isOfProcessor?: boolean;
  readonly isThrottled?: boolean;
}

/** Sends dead letters to their processor, as the event that it failed on. */
export class ProcessorTarget implements Target {
  constructor(
    private readonly client: LambdaClient,
    private readonly options: ProcessorTargetOptions = {},
  ) {}

  nameFor(letter: ReceivedLetter): string {
    return this.options.functionName ?? letter.failure.requestContext.functionArn;
  }

  async send(letter: ReceivedLetter, signal: AbortSignal): Promise<SendResult> {
    const { Records: records } = letter.event;
    if (records.length === 0) return { outcome: 'failed', reason: { name: 'NoRecords', message: 'the dead letter holds no records' } };
    const functionName = this.nameFor(letter);
    let taken = 0;
    for (const part of eventParts(letter.event)) {
      // One after the other: where one fails, what comes after it must not get ahead.
      const { processed, reason, isOfProcessor = false, isThrottled = false } = await this.invoke(functionName, part, signal, taken);
      taken += processed;
      if (!reason) continue;
      if (taken === 0) return { outcome: 'failed', reason, ...(isThrottled && { isThrottled }) };
      const remaining = records.slice(taken);
      return { outcome: 'partly', remaining, reason, haveFailed: isOfProcessor && remaining.length === part.event.Records.length - processed };
    }
    return { outcome: 'sent' };
  }

  private async invoke(functionName: string, { event, bytes }: EventPart, signal: AbortSignal, taken: number): Promise<Answer> {
    if (bytes > LARGEST_EVENT_BYTES) {
      const message = `an event must have at most ${LARGEST_EVENT_BYTES} bytes, got: ${bytes} with a single record`;
      return { processed: 0, reason: { name: 'RecordTooLarge', message } };
    }
    try {
      const { FunctionError, Payload } = await this.client.send(
        new InvokeCommand({ FunctionName: functionName, InvocationType: 'RequestResponse', Payload: JSON.stringify(event) }),
        { abortSignal: signal },
      );
      const answer = Payload ? Buffer.from(Payload).toString() : '';
      return FunctionError ? { processed: 0, reason: reasonOfFailure(answer, FunctionError), isOfProcessor: true } : partOf(event.Records, answer);
    } catch (error) {
      // With some of the letter processed, what is left of it has to be kept before anything else can be said.
      if (taken === 0 && !isOfTheLetter(error)) throw error;
      return { processed: 0, reason: reasonOf(error), isThrottled: isThrottling(error) };
    }
  }
}

function partOf(records: readonly unknown[], answer: string): Answer {
  const processed = processedRecords(answer, records);
  if (processed === records.length) return { processed };
  const message = `the processor reported batchItemFailures: ${records.length - processed} of ${records.length} records are not processed`;
  return { processed, reason: { name: 'BatchItemFailures', message }, isOfProcessor: true };
}
