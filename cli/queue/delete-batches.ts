import { type BatchResultErrorEntry, DeleteMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { InvalidResponseError } from '../../lambda/shared/redrive/send-error';
import { MOST_ENTRIES } from './in-batches';

export interface DeleteBatchesOptions {
  readonly queueUrl: string;
  /**
   * How long a delete waits for others, in milliseconds. A tool that is killed meanwhile has not deleted what was sent.
   *
   * @default 0
   */
  readonly deleteWaitMillis?: number;
  /** Aborted: calls that are under way are let go of. */
  readonly aborted?: AbortSignal;
}

interface Waiting {
  readonly receiptHandle: string;
  resolve(): void;
  reject(error: unknown): void;
}

/** Deletes messages one by one for its callers, and up to ten at a time for SQS. */
export class DeleteBatches {
  private waiting: Waiting[] = [];
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly client: SQSClient,
    private readonly options: DeleteBatchesOptions,
  ) {}

  /** @throws what SQS says of the message, or of the call */
  async delete(receiptHandle: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.waiting.push({ receiptHandle, resolve, reject });
      if (this.waiting.length === MOST_ENTRIES) void this.send();
      else this.timer ??= setTimeout(() => void this.send(), this.options.deleteWaitMillis ?? 0);
    });
  }

  private async send(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const batch = this.waiting;
    this.waiting = [];
    try {
      await this.deleteAll(batch);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  private async deleteAll(batch: readonly Waiting[]): Promise<void> {
    const { queueUrl, aborted } = this.options;
    const Entries = batch.map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle }));
    const { Successful = [], Failed = [] } = await this.client.send(
      new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }), { abortSignal: aborted },
    );
    const deleted = new Set(Successful.map(({ Id }) => Id));
    const failures = new Map(Failed.map((failed) => [failed.Id, failed]));
    batch.forEach(({ resolve, reject }, index) => {
      if (deleted.has(String(index))) resolve();
      else reject(notDeleted(failures.get(String(index))));
    });
  }
}

/** As SQS would say it of a single message. One that the response does not name may be in the queue still. */
function notDeleted(failed: BatchResultErrorEntry | undefined): Error {
  if (!failed) return new InvalidResponseError('the response of SQS does not say whether it deleted the message');
  const { Code: name = 'Failed', Message: message = 'SQS did not delete the message', SenderFault: isClient } = failed;
  return Object.assign(new Error(message), { name, $fault: isClient ? 'client' : 'server' });
}
