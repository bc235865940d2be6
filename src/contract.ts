/*
 * Names that more than one world uses: constructs set them, functions and tools read them. Plain constants, nothing imported.
 */

/** Environment variables of the hydrate function. */
export const Environment = {
  /** URL of the dead-letter queue. */
  QUEUE_URL: 'QUEUE_URL',
  /** ARN of the stream that records are read from again. */
  STREAM_ARN: 'STREAM_ARN',
  /** JSON array of `InvokeIdentity`: whose role a processor runs with, for `invokeIdentityArn` of the records. */
  INVOKE_IDENTITIES: 'INVOKE_IDENTITIES',
} as const;

/** An entry of `Environment.INVOKE_IDENTITIES`. The function ARN is as the mapping names it, qualifier included. */
export interface InvokeIdentity {
  readonly functionArn: string;
  readonly roleArn: string;
}

/** How complete the payload of a dead letter is. */
export const HydrationStatus = {
  /** The range held exactly the records of the failed batch. */
  COMPLETE: 'COMPLETE',
  /** The range held more: every failed record is there, beside others that did not fail. */
  SUPERSET: 'SUPERSET',
  /** Some of the records had left the stream. */
  PARTIAL: 'PARTIAL',
  /** All of the records had left the stream. */
  EXPIRED: 'EXPIRED',
} as const;
export type HydrationStatus = (typeof HydrationStatus)[keyof typeof HydrationStatus];

/**
 * Message attributes of a dead letter. At most nine: SQS takes ten, and the Extended Client format needs one for itself.
 */
export const MessageAttribute = {
  STATUS: 'status',
  DEAD_LETTER_ID: 'deadLetterId',
  FUNCTION_ARN: 'functionArn',
  STREAM_ARN: 'streamArn',
  SHARD_ID: 'shardId',
  CONDITION: 'condition',
  EXPECTED_RECORDS: 'expectedRecords',
  RECOVERED_RECORDS: 'recoveredRecords',
} as const;

/** Folders below `assets/`, one for each bundled function. */
export const Asset = {
  HYDRATE_KINESIS: 'hydrate-kinesis',
} as const;
