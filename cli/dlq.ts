import type { Environment, FunctionRole } from '../src/contract';

/** What the messages of a queue are called. */
export type QueueContent = 'dead letters' | 'undeliverables' | 'parked messages';

/** A dead-letter queue and what belongs to it, as far as it could be found. */
export interface Dlq {
  readonly queueUrl: string;
  readonly queueArn: string;
  /** `MaximumMessageSize` of the queue. */
  readonly maxMessageBytes: number;
  /** Where SQS itself moves messages that were received too often, if it does. */
  readonly redrivePolicy?: { readonly deadLetterTargetArn: string; readonly maxReceiveCount: number };
  /** Key of the queue, where it is encrypted with one of KMS. */
  readonly kmsKeyId?: string;
  readonly isFifo: boolean;
  /** How long it keeps a message. */
  readonly retentionSeconds?: number;
  /** Approximate numbers, as SQS has them. */
  readonly messages: { readonly visible: number; readonly inFlight: number; readonly delayed: number };
  /** The functions that a StreamDlq defined around the queue; none where the queue is known by --queue alone and nothing is tagged. */
  readonly functions: readonly DlqFunction[];
  readonly undeliverableQueueUrl?: string;
  readonly parkingQueueUrl?: string;
  readonly overflowBucket?: string;
  /** What the keys of its dead letters in the overflow bucket begin with, where its functions say so. */
  readonly overflowPrefix?: string;
  readonly auditLogGroup?: string;
  /** Where SQS itself moves failed messages here: their bodies are what somebody sent, and no dead letters of a stream. */
  readonly native?: NativeQueue;
}

export interface NativeQueue {
  /** ARNs of the queues that the messages come from, as far as they are known: a message names its own. */
  readonly sourceArns: readonly string[];
}

export interface DlqFunction {
  readonly role: FunctionRole;
  readonly functionArn: string;
  /** What it was told about what is around it. */
  readonly environment?: Readonly<Partial<Record<keyof typeof Environment, string>>>;
  readonly environmentKey?: string;
}
