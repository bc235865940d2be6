import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ReceivedLetter } from '../dead-letter/received-letter';
import { EventPart, eventParts, LARGEST_EVENT_BYTES } from './event-parts';
import { reasonOfFailure } from './function-error';
import { isOfTheLetter, isThrottling } from './invoke-error';
import { partialResponse } from './partial-response';
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
  /** Whether the processor said of all others that they failed: of the event as a whole, or of each of them. */
  readonly haveFailed?: boolean;
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
    const parts = eventParts(letter.event);
    if (parts.length === 0) return { outcome: 'failed', reason: { name: 'NoRecords', message: 'the dead letter holds no records' } };
    const functionName = this.nameFor(letter);
    let taken = 0;
    for (const part of parts) {
      // One after the other: where one fails, what comes after it must not get ahead.
      const { processed, reason, haveFailed = false, isThrottled = false } = await this.invoke(functionName, part, signal, taken);
      taken += processed;
      if (!reason) continue;
      if (taken === 0) return { outcome: 'failed', reason, ...(isThrottled && { isThrottled }) };
      const remaining = records.slice(taken);
      return { outcome: 'partly', remaining, reason, haveFailed: haveFailed && remaining.length === part.event.Records.length - processed };
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
      if (FunctionError) return { processed: 0, reason: reasonOfFailure(answer, FunctionError), haveFailed: true };
      return partialResponse(answer, event.Records);
    } catch (error) {
      // With some of the letter processed, what is left of it has to be kept before anything else can be said.
      if (taken === 0 && !isOfTheLetter(error)) throw error;
      return { processed: 0, reason: reasonOf(error), isThrottled: isThrottling(error) };
    }
  }
}
