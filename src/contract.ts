/*
 * Names that constructs set, and that functions and tools read. Plain constants, without imports.
 */

/**
 * Format of dead letters, message attributes, function tags and environment: the version of `cdk-stream-dlq` and `stream-dlq` that
 * introduced it, so that it names the oldest tool that reads it. It changes with the format, never with a plain release. What has no
 * format version is of the oldest.
 */
export const FORMAT_VERSION: string = '0.1.0';
export const OLDEST_FORMAT_VERSION: string = '0.1.0';

/** Environment variables of the functions. */
export const Environment = {
  /** URL of the dead-letter queue. */
  QUEUE_URL: 'QUEUE_URL',
  /** The most bytes that a message of the dead-letter queue may have, attributes included. */
  QUEUE_MAX_MESSAGE_BYTES: 'QUEUE_MAX_MESSAGE_BYTES',
  /** URL of the undeliverable queue. */
  UNDELIVERABLE_QUEUE_URL: 'UNDELIVERABLE_QUEUE_URL',
  /** URL of the queue that the hydrate function gets failure records from. */
  INTAKE_QUEUE_URL: 'INTAKE_QUEUE_URL',
  /** The most instances of the hydrate function that read at the same time: they share what a shard leaves them. */
  MAX_CONCURRENCY: 'MAX_CONCURRENCY',
  /** Name of the bucket for dead letters over the queue's limit. */
  OVERFLOW_BUCKET: 'OVERFLOW_BUCKET',
  /** What the keys of dead letters in that bucket begin with: `dead-letters/`, and a folder for each `StreamDlq` that shares a bucket. */
  OVERFLOW_PREFIX: 'OVERFLOW_PREFIX',
  /** ARN of the topic that Lambda sends failure records to: for the operator's tool alone, which finds the mappings by it. */
  TOPIC_ARN: 'TOPIC_ARN',
  /** Name of the bucket that Lambda writes failed batches to. */
  CAPTURE_BUCKET: 'CAPTURE_BUCKET',
  /** JSON array of the ARNs of the streams: only where Lambda may also write failed batches of other streams to the capture bucket. */
  STREAM_ARNS: 'STREAM_ARNS',
  /** URL of the queue for dead letters that the redrive function has given up on. */
  PARKING_QUEUE_URL: 'PARKING_QUEUE_URL',
  /** How often the redrive function sends a dead letter to its processor before it parks it. */
  MAX_ATTEMPTS: 'MAX_ATTEMPTS',
  /** Whether the redrive function sends dead letters that also hold records that did not fail: 'true' or 'false'. */
  SEND_SUPERSET: 'SEND_SUPERSET',
  /** Name of the log group for who did what, where there is one. */
  AUDIT_LOG_GROUP: 'AUDIT_LOG_GROUP',
  /** The least severe messages that a function logs: INFO (also where it is absent), WARN or ERROR. */
  LOG_LEVEL: 'LOG_LEVEL',
  /** Whether a function writes the metrics of `CustomMetric` to its log: 'true', or absent. */
  CUSTOM_METRICS: 'CUSTOM_METRICS',
  /** `FORMAT_VERSION` of the constructs: for the operator's tool alone, where tags cannot be read or were changed. */
  FORMAT_VERSION: 'FORMAT_VERSION',
} as const;

/**
 * Environment variables of a processor, for the code of the user. With the names of this library: Powertools for AWS Lambda takes the
 * table and the expiry in code, and reads neither from the environment.
 */
export const ProcessorEnvironment = {
  /** Name of the idempotency table. */
  IDEMPOTENCY_TABLE_NAME: 'IDEMPOTENCY_TABLE_NAME',
  /** How long an item of that table counts, in seconds. */
  IDEMPOTENCY_EXPIRY_SECONDS: 'IDEMPOTENCY_EXPIRY_SECONDS',
} as const;

/** Attributes of the idempotency table: what Powertools for AWS Lambda uses if the code names no others. */
export const IdempotencyAttribute = {
  /** Partition key, a string. */
  KEY: 'id',
  /** Time to live. */
  EXPIRY: 'expiration',
} as const;

/**
 * Tags of the functions that this library defines: by them the operator's tool finds the functions of a stack, and by the environment
 * of those everything else. The dead-letter queue of a `QueueProcessor` has them too: no function of this library works with it.
 */
export const ResourceTag = {
  /** One of `FunctionRole` or `QueueRole`. */
  ROLE: 'cdk-stream-dlq:role',
  /** Name of the log group for what operators do, where there is one. */
  AUDIT_LOG_GROUP: 'cdk-stream-dlq:audit-log-group',
  /** `FORMAT_VERSION` of the constructs: read before anything else of a function, whose environment may be of another format. */
  FORMAT_VERSION: 'cdk-stream-dlq:format-version',
} as const;

export const FunctionRole = {
  HYDRATE: 'hydrate',
  CAPTURE: 'capture',
  REDRIVE: 'redrive',
} as const;
export type FunctionRole = (typeof FunctionRole)[keyof typeof FunctionRole];

export const QueueRole = {
  /** A native SQS dead-letter queue: it holds the messages that failed, as they were sent. */
  DEAD_LETTER_QUEUE: 'dead-letter-queue',
} as const;
export type QueueRole = (typeof QueueRole)[keyof typeof QueueRole];

/** Namespace of the metrics that the functions write to their logs, in the CloudWatch embedded metric format. */
export const METRIC_NAMESPACE = 'CdkStreamDlq';

/** Metrics of the functions, each with the dimension `MetricDimension.QUEUE`. */
export const CustomMetric = {
  /** Dead letters that a capture function sent to the queue. Also with the dimension `MetricDimension.STATUS`. */
  DEAD_LETTERS_SENT: 'DeadLettersSent',
  /** Those with records missing: PARTIAL, EXPIRED or UNREADABLE. 0 for any other. */
  INCOMPLETE_DEAD_LETTERS: 'IncompleteDeadLetters',
  RECORDS_RECOVERED: 'RecordsRecovered',
  RECORDS_MISSING: 'RecordsMissing',
  /** Milliseconds from the failure record to the dead letter in the queue. */
  CAPTURE_LATENCY: 'CaptureLatency',
  /** Bytes of dead letters in S3. 0 for one in the queue. */
  OVERFLOW_BYTES: 'OverflowBytes',
  /** Dead letters that a `RedriveFunction` sent, and that their processor processed. */
  DEAD_LETTERS_REDRIVEN: 'DeadLettersRedriven',
  /** Attempts of a `RedriveFunction` after which a dead letter, or a part of it, failed again. */
  REDRIVES_FAILED: 'RedrivesFailed',
} as const;
export type CustomMetric = (typeof CustomMetric)[keyof typeof CustomMetric];

export const MetricDimension = {
  /** Name of the dead-letter queue. */
  QUEUE: 'DeadLetterQueue',
  /** One of `HydrationStatus`. */
  STATUS: 'HydrationStatus',
} as const;

/**
 * What the operator's tool calls, by the resource that it is called on: granted by the constructs, and printed as a policy by the tool.
 * Who may redrive also needs what READ has.
 */
export const OperatorActions = {
  READ: {
    /** The dead-letter queue, the undeliverable queue and the parking queue. */
    QUEUE: ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
    /** The intake queue: how many failure records wait. */
    INTAKE_QUEUE: ['sqs:GetQueueAttributes'],
    /** Dead letters over the limit of the queue, and failed batches that Lambda wrote. */
    OBJECT: ['s3:GetObject'],
    /** Keys of the queues and the buckets. */
    KEY: ['kms:Decrypt'],
    /** What the constructs define: hydrate, capture, redrive. */
    FUNCTION: ['lambda:GetFunctionConfiguration'],
    /** Kinesis streams: how long they keep records. */
    STREAM: ['kinesis:DescribeStreamSummary'],
    /** On all resources: AWS allows nothing narrower. Filters of a mapping can prove which records of a SUPERSET failed. */
    ACCOUNT: ['tag:GetResources', 'lambda:ListEventSourceMappings'],
  },
  /** Beside READ: the errors of the processors. Log groups have an access control of their own. */
  LOGS: {
    LOG_GROUP: ['logs:FilterLogEvents', 'logs:GetLogEvents'],
    /** Which log group a function writes to, where that is not Lambda's default. */
    PROCESSOR: ['lambda:GetFunctionConfiguration'],
  },
  REDRIVE: {
    QUEUE: ['sqs:DeleteMessage', 'sqs:SendMessage'],
    /** Smaller dead letters over the limit of the queue, below `Environment.OVERFLOW_PREFIX` only. */
    OBJECT: ['s3:PutObject'],
    /** Keys of the queues and of the overflow bucket. */
    KEY: ['kms:GenerateDataKey'],
    /** For `rehydrate`, the functions that write dead letters. */
    FUNCTION: ['lambda:InvokeFunction'],
    /** Their configuration names the role that `invokeIdentityArn` of Kinesis records has. */
    PROCESSOR: ['lambda:InvokeFunction', 'lambda:GetFunctionConfiguration'],
    /** Tables that dead letters are from, for `redrive --check`. */
    TABLE: ['dynamodb:BatchGetItem'],
    AUDIT_LOG_GROUP: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  },
  /** Beside REDRIVE, for `redrive --to-stream`. */
  TO_STREAM: {
    /** With the shards that there are, where aggregates of the Kinesis Producer Library are put back. */
    STREAM: ['kinesis:PutRecords', 'kinesis:ListShards'],
    /** Key of the stream. */
    KEY: ['kms:GenerateDataKey'],
  },
  /** Beside READ and REDRIVE, on a native SQS dead-letter queue. Its messages go back to the queue that they came from. */
  NATIVE: {
    /** On the dead-letter queue: which queues send to it. */
    READ: ['sqs:ListDeadLetterSourceQueues'],
    /** On the dead-letter queue: SQS moves messages with the permissions of whoever starts the task. */
    REDRIVE: ['sqs:StartMessageMoveTask', 'sqs:ListMessageMoveTasks', 'sqs:CancelMessageMoveTask'],
    /** On the queue that the messages came from. */
    SOURCE_QUEUE: ['sqs:SendMessage'],
    /** Key of that queue. */
    SOURCE_KEY: ['kms:Decrypt', 'kms:GenerateDataKey'],
  },
  /** Beside READ, for `redrive --remote`. */
  REMOTE: {
    MAPPING: ['lambda:GetEventSourceMapping', 'lambda:UpdateEventSourceMapping'],
  },
} as const;

/** Where a failure record has its batch, by the kind of the stream. Lambda's own spelling. */
export const BatchInfoKey = {
  KINESIS: 'KinesisBatchInfo',
  DYNAMODB: 'DDBStreamBatchInfo',
} as const;

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
  /** The stream refused the read for good, or what Lambda wrote holds no records: `hydration.error` says why. */
  UNREADABLE: 'UNREADABLE',
} as const;
export type HydrationStatus = (typeof HydrationStatus)[keyof typeof HydrationStatus];

/** Whether every record of the failed batch is there. */
export function isWhole(status: HydrationStatus): boolean {
  return status === HydrationStatus.COMPLETE || status === HydrationStatus.SUPERSET;
}

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
  /**
   * The ninth, of formats after the oldest alone: it tells of a body in S3 without reading it, and one that Lambda wrote says nothing of
   * its format. In the oldest format its place is for the reason that a parked pointer has.
   */
  FORMAT_VERSION: 'formatVersion',
} as const;

/** Message attribute of an undeliverable: why it could not become a dead letter. */
export const UNDELIVERABLE_REASON = 'reason';

/**
 * How often a failure record is received from the intake queue before SQS moves it to the undeliverable queue. The function itself sends it there
 * if it fails at the sixth receive. The other receives are for those that count without an attempt: no time remained, or Lambda throttled the
 * function.
 */
export const MAX_INTAKE_RECEIVES = 20;

/**
 * A message whose body is in S3, in the format of the Amazon SQS Extended Client Library, so that its clients fetch it unasked.
 * @see https://github.com/awslabs/amazon-sqs-java-extended-client-lib
 */
export const ExtendedClient = {
  POINTER_CLASS: 'software.amazon.payloadoffloading.PayloadS3Pointer',
  /** Message attribute by which clients know a pointer: bytes of the body in S3. */
  SIZE_ATTRIBUTE: 'ExtendedPayloadSize',
  /** What the first version of the client called them: its messages are read, none are written. */
  LEGACY_POINTER_CLASS: 'com.amazon.sqs.javamessaging.MessageS3Pointer',
  LEGACY_SIZE_ATTRIBUTE: 'SQSLargePayloadSize',
} as const;

/** What the keys of Lambda's own S3 destination begin with. */
export const CAPTURE_PREFIX = 'aws/lambda/';

/** What the keys of all dead letters in an overflow bucket begin with. */
export const OVERFLOW_PREFIX = 'dead-letters/';

/** Key of the body of a parked message: an object of its own, which lives as long as the message in its new queue. */
export function parkedKey(prefix: string, messageId: string): string {
  return `${prefix}parked/${messageId}.json`;
}

/** Key of the body of a message that failed a redrive: it takes the place of the message with this ID. */
export function redrivenKey(prefix: string, messageId: string): string {
  return `${prefix}redriven/${messageId}.json`;
}

/** Key of the body of an imported message: never that of the message it was exported from, which may still be in a queue. */
export function importedKey(prefix: string, id: string): string {
  return `${prefix}imported/${id}.json`;
}

/** Folders below `assets/`, one for each bundled function. */
export const Asset = {
  HYDRATE: 'hydrate',
  CAPTURE_S3: 'capture-s3',
  REDRIVE: 'redrive',
} as const;
