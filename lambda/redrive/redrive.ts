import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Environment } from '../../src/contract';
import { deadLetterBudget } from '../runtime/data-budget';
import { log } from '../runtime/log';
import { requireEnv, requireNumberEnv } from '../runtime/require-env';
import { LogStream } from '../shared/audit/log-stream';
import { clientOptions } from '../shared/client-options';
import { DeadLetterQueue } from '../shared/dead-letter/dead-letter-queue';
import { S3ObjectReader } from '../shared/dead-letter/object-reader';
import { OverflowBucket } from '../shared/dead-letter/overflow-bucket';
import { invokeOptions } from '../shared/redrive/invoke-options';
import { ProcessorTarget } from '../shared/redrive/processor-target';
import { DeadLetterSource } from './dead-letter-source';
import { ParkedBodies } from './parked-bodies';
import { ParkingQueue } from './parking-queue';
import { COMMAND, RedriveAudit } from './redrive-audit';
import { redriveHandler } from './redrive-handler';

const sqs = new SQSClient(clientOptions);
const s3 = new S3Client(clientOptions);
const logs = new CloudWatchLogsClient(clientOptions);
const parking = { queueUrl: requireEnv(Environment.PARKING_QUEUE_URL), maxMessageBytes: requireNumberEnv(Environment.QUEUE_MAX_MESSAGE_BYTES) };
const queueUrl = requireEnv(Environment.QUEUE_URL);
const auditLogGroup = process.env[Environment.AUDIT_LOG_GROUP];
const bucket = requireEnv(Environment.OVERFLOW_BUCKET);
const overflow = new OverflowBucket(s3, bucket, requireEnv(Environment.OVERFLOW_PREFIX));
const parkingQueue = new ParkingQueue(sqs, overflow, new ParkedBodies(s3, bucket), parking);
const remainders = new DeadLetterQueue(sqs, overflow, parking);

export const handler = redriveHandler({
  objects: new S3ObjectReader(s3, deadLetterBudget()),
  target: new ProcessorTarget(new LambdaClient(invokeOptions), {
    onRoleUnknown: (functionName, error) => log('WARN', 'dead letters sent without invokeIdentityArn', { functionName, error: String(error) }),
  }),
  source: new DeadLetterSource(sqs, queueUrl),
  parking: {
    keep: (...args) => parkingQueue.keep(...args),
    send: (...args) => remainders.send(...args),
  },
  parkingQueueUrl: parking.queueUrl,
  audit: auditLogGroup ? new RedriveAudit(new LogStream(async () => logs, auditLogGroup, COMMAND), queueUrl) : undefined,
  maxAttempts: requireNumberEnv(Environment.MAX_ATTEMPTS),
  sendsSuperset: requireEnv(Environment.SEND_SUPERSET) === 'true',
});
