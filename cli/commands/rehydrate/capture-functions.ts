import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { CaptureResult } from '../../../lambda/shared/dead-letter/capture-result';
import { parseJson } from '../../../lambda/shared/dead-letter/failure-record';
import { functionErrorReason } from '../../../lambda/shared/redrive/invoke-error';
import type { Reason } from '../../../lambda/shared/redrive/target';
import { FunctionRole } from '../../../src/contract';
import { CliError } from '../../cli-error';
import type { Dlq } from '../../dlq';
import { ExitCode } from '../../exit-code';
import type { CaptureEvent } from './capture-event';

/** The functions of a stack that make dead letters. */
export class CaptureFunctions {
  constructor(
    private readonly lambda: LambdaClient,
    private readonly dlq: Pick<Dlq, 'functions' | 'queueUrl' | 'native'>,
  ) {}

  /** Any one that writes to the queue: each takes the failure records of every stream that its role may read. */
  arnOf(role: FunctionRole): string | undefined {
    return this.dlq.functions.find((it) => it.role === role)?.functionArn;
  }

  /**
   * Has a function make dead letters of an event, and says what it did.
   * @throws what concerns every event: missing permission, missing function, no credentials
   */
  async invoke(functionArn: string, { event, expected }: CaptureEvent, abortSignal: AbortSignal): Promise<CaptureResult | Reason> {
    const { FunctionError, Payload } = await this.lambda.send(
      new InvokeCommand({ FunctionName: functionArn, InvocationType: 'RequestResponse', Payload: JSON.stringify(event) }),
      { abortSignal },
    );
    const text = Payload ? Buffer.from(Payload).toString() : '';
    if (FunctionError) return functionErrorReason(text, FunctionError);
    const answer = parseJson(text) ?? {};
    if (answeredFor(answer) >= expected) return answer as CaptureResult;
    return {
      name: 'NoAnswer',
      message:
        `${functionArn} must say what it did with the event, got: ${JSON.stringify(answer).slice(0, 200)}. A function of an older version does not: ` +
        'deploy the stack anew. What it made of it is in the queues, beside the old message',
    };
  }

  /** @throws CliError where none is known */
  requireAny(): void {
    if ((this.arnOf(FunctionRole.HYDRATE) ?? this.arnOf(FunctionRole.CAPTURE)) !== undefined) return;
    const none = `no hydrate or capture function of ${this.dlq.queueUrl} was found`;
    const allow = 'allow the operator tag:GetResources and lambda:GetFunctionConfiguration, by which its functions are found';
    if (this.dlq.native) {
      throw new CliError(`${none}: SQS itself moves messages there, which have no records to read again. Use redrive. If a StreamDlq fills it, ${allow}.`, ExitCode.REFUSED);
    }
    throw new CliError(
      `${none}. If a StreamDlq fills it, give --stack NAME instead of --queue, or ${allow}. If it holds Lambda's plain failure records, as an ` +
      'SqsDlq leaves them, "show ID" says how a StreamDlq on their stream reads the records.',
      ExitCode.REFUSED,
    );
  }
}

/** How much of an event an answer tells of: nothing, where it is none. */
function answeredFor({ deadLetters, undeliverables = 0, leftAlone = [] }: Partial<CaptureResult>): number {
  return Array.isArray(deadLetters) ? deadLetters.length + undeliverables + leftAlone.length : 0;
}

export function isReason(result: object): result is Reason {
  return 'name' in result && 'message' in result;
}
