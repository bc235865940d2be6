import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ReceivedDeadLetter } from '../dead-letter/received-dead-letter';
import { EventPart, eventParts, MAX_EVENT_BYTES } from './event-parts';
import { functionErrorReason, isAboutOneDeadLetter, isThrottling } from './invoke-error';
import { InvokeIdentities, RoleUnknown } from './invoke-identities';
import { partialResponse } from './partial-response';
import { sendErrorReason } from './send-error';
import { Reason, SendResult, Target } from './target';

export interface ProcessorTargetOptions {
  /** Name or ARN. Default: the function that the dead letter names, with its qualifier. */
  readonly functionName?: string;
  /** Told once of each function whose role is not known: the records that it is sent are without it. */
  readonly onRoleUnknown: RoleUnknown;
}

/** The result of one invocation. */
interface InvokeResult {
  readonly processed: number;
  readonly reason?: Reason;
  /** Whether the processor reported all other records as failed, with a function error or one by one. */
  readonly allFailed?: boolean;
  readonly isThrottled?: boolean;
  /** Whether the processor ran. */
  readonly hasRun?: boolean;
}

/** Sends dead letters to their processor, as the event that failed. */
export class ProcessorTarget implements Target {
  private readonly identities: InvokeIdentities;

  constructor(
    private readonly client: LambdaClient,
    private readonly options: ProcessorTargetOptions,
  ) {
    this.identities = new InvokeIdentities(client, options.onRoleUnknown);
  }

  nameFor(deadLetter: ReceivedDeadLetter): string {
    return this.options.functionName ?? deadLetter.failure.requestContext.functionArn;
  }

  async send(deadLetter: ReceivedDeadLetter, signal: AbortSignal): Promise<SendResult> {
    const { Records: records } = deadLetter.event;
    const functionName = this.nameFor(deadLetter);
    // What remains is the dead letter's as it is: with another function, or another role, it would be another one.
    const parts = eventParts(await this.identities.fillIn(deadLetter.event, functionName, signal));
    if (parts.length === 0) return { outcome: 'failed', reason: { name: 'NoRecords', message: 'the dead letter holds no records' } };
    let taken = 0;
    for (const part of parts) {
      // In order: after a failed part, later records must not be processed first.
      const { processed, reason, allFailed = false, isThrottled = false, hasRun = false } = await this.invoke(functionName, part, signal, taken);
      taken += processed;
      if (!reason) continue;
      const failure = hasRun && { processorError: reason };
      if (taken === 0) return { outcome: 'failed', reason, ...(isThrottled && { isThrottled }), ...failure };
      const remaining = records.slice(taken);
      return { outcome: 'partly', remaining, reason, allFailed: allFailed && remaining.length === part.event.Records.length - processed, ...failure };
    }
    return { outcome: 'sent' };
  }

  private async invoke(functionName: string, { event, json, bytes }: EventPart, signal: AbortSignal, taken: number): Promise<InvokeResult> {
    if (bytes > MAX_EVENT_BYTES) {
      const message = `an event must have at most ${MAX_EVENT_BYTES} bytes, got: ${bytes} for a single record`;
      return { processed: 0, reason: { name: 'RecordTooLarge', message } };
    }
    try {
      const { FunctionError, Payload } = await this.client.send(
        new InvokeCommand({ FunctionName: functionName, InvocationType: 'RequestResponse', Payload: json }),
        { abortSignal: signal },
      );
      const answer = Payload ? Buffer.from(Payload).toString() : '';
      if (FunctionError) return { processed: 0, reason: functionErrorReason(answer, FunctionError), allFailed: true, hasRun: true };
      return { ...partialResponse(answer, event.Records), hasRun: true };
    } catch (error) {
      // Some records are processed: the caller must first store the remainder.
      if (taken === 0 && !isAboutOneDeadLetter(error)) throw error;
      return { processed: 0, reason: sendErrorReason(error), isThrottled: isThrottling(error) };
    }
  }
}
