import { OperatorActions } from '../../src/contract';

/** What `rescue` needs, beside what `import` does where it sends dead letters to a queue. No grant of the constructs has it. */
export const RescueActions = {
  /** The queue with the failure records. */
  QUEUE: OperatorActions.READ.QUEUE,
  /** The same, with --delete. */
  DELETE: ['sqs:DeleteMessage'],
  KINESIS: ['kinesis:DescribeStreamSummary', 'kinesis:GetShardIterator', 'kinesis:GetRecords'],
  TABLE_STREAM: ['dynamodb:GetShardIterator', 'dynamodb:GetRecords'],
  /** What Lambda wrote to an S3 OnFailure destination. */
  OBJECT: ['s3:GetObject'],
  BUCKET: ['s3:ListBucket'],
  KEY: ['kms:Decrypt'],
  /** The queue that dead letters are sent to. */
  TARGET: ['sqs:GetQueueUrl', 'sqs:GetQueueAttributes', 'sqs:SendMessage'],
  TARGET_KEY: ['kms:Decrypt', 'kms:GenerateDataKey'],
  /** How a stack, and the overflow bucket of a queue, are found. */
  ACCOUNT: ['tag:GetResources'],
} as const;
