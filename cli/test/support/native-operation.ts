import { randomUUID } from 'node:crypto';
import type { RedriveOptions } from '../../commands/redrive/run';
import { run as redrive } from '../../commands/redrive/run';
import { Operation, type RunHow } from './operation';

export const DLQ = 'https://sqs.us-east-1.amazonaws.com/123456789012/OrdersDlq';
export const FIFO_DLQ = `${DLQ}.fifo`;
export const ORDERS = 'https://sqs.us-east-1.amazonaws.com/123456789012/SourceOrders';
export const REFUNDS = 'https://sqs.us-east-1.amazonaws.com/123456789012/SourceRefunds';
export const FIFO_ORDERS = `${ORDERS}.fifo`;
export const arnOf = (url: string): string => `arn:aws:sqs:us-east-1:123456789012:${url.split('/').at(-1)}`;

/** A native dead-letter queue of some queues, and an operator who works on it. */
export class NativeOperation extends Operation {
  constructor() {
    super();
    for (const url of [DLQ, ORDERS, REFUNDS]) this.sqs.createQueue(url);
    for (const url of [FIFO_DLQ, FIFO_ORDERS]) this.sqs.createQueue(url, { FifoQueue: 'true' });
    this.dlq = { functions: [], native: { sourceArns: [arnOf(ORDERS), arnOf(REFUNDS)] } };
  }

  /** Puts a message as SQS moves it. Gives its id. */
  move(body: string, { to = DLQ, from = ORDERS, ...more }: { readonly to?: string; readonly from?: string } & Parameters<Operation['sqs']['put']>[1] = {}): string {
    const messageId = randomUUID();
    return this.sqs.put(to, { messageId, body, ...more, system: { DeadLetterQueueSourceArn: arnOf(from), ...more.system } });
  }

  bodies(url: string): readonly string[] {
    return this.sqs.messages(url).map(({ body }) => body);
  }

  async redrive(options: Partial<RedriveOptions & { readonly pollMillis: number }> = {}, how: RunHow = {}) {
    const all = {
      filter: [], yes: true, visibilityTimeout: 120, countReceives: false, auditLog: this.auditLog, toStream: false, parked: false, include: [],
      onlyFailedRecords: false, dryRun: false, concurrency: 4, stopAfterFailures: 10, pollMillis: 1, ...options,
    };
    return this.run({ run: redrive }, all, { queueUrl: DLQ, ...how });
  }
}
