import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Environment } from '../../src/contract';
import { deadLetterBudget } from '../runtime/data-budget';
import { log } from '../runtime/log';
import { once } from '../runtime/once';
import { requireEnv, requireNumberEnv } from '../runtime/require-env';
import { clientOptions } from '../shared/client-options';
import { DeadLetterQueue, type Overflow } from '../shared/dead-letter/dead-letter-queue';
import type { OverflowBucket } from '../shared/dead-letter/overflow-bucket';
import { invokeOptions } from '../shared/redrive/invoke-options';
import { ProcessorTarget } from '../shared/redrive/processor-target';
import { DeadLetterSource } from './dead-letter-source';
import type { ParkedBodies } from './parked-bodies';
import { ParkingQueue } from './parking-queue';
import { RedriveAudit } from './redrive-audit';
import { redriveHandler } from './redrive-handler';

const sqs = new SQSClient(clientOptions);
const parking = { queueUrl: requireEnv(Environment.PARKING_QUEUE_URL), maxMessageBytes: requireNumberEnv(Environment.QUEUE_MAX_MESSAGE_BYTES) };
const queueUrl = requireEnv(Environment.QUEUE_URL);
const auditLogGroup = process.env[Environment.AUDIT_LOG_GROUP];
const bodiesOptions = {
  bucket: requireEnv(Environment.OVERFLOW_BUCKET), prefix: requireEnv(Environment.OVERFLOW_PREFIX), maxBytes: deadLetterBudget(),
};
// Loaded for the first dead letter with its body in S3, and the first audit entry: a function starts faster without them.
const bodies = once(async () => (await import('./s3-bodies.js')).s3Bodies(bodiesOptions));
const auditStream = once(async () => (await import('./audit-log.js')).auditLog(auditLogGroup!));
const overflow = {
  prefix: bodiesOptions.prefix,
  keep: async (...args: Parameters<Overflow['keep']>) => (await bodies()).overflow.keep(...args),
  put: async (...args: Parameters<OverflowBucket['put']>) => (await bodies()).overflow.put(...args),
};
const parked = { copy: async (...args: Parameters<ParkedBodies['copy']>) => (await bodies()).parked.copy(...args) };
const parkingQueue = new ParkingQueue(sqs, overflow, parked, parking);
const remainders = new DeadLetterQueue(sqs, overflow, parking);

export const handler = redriveHandler({
  objects: { read: async (...args) => (await bodies()).objects.read(...args) },
  target: new ProcessorTarget(new LambdaClient(invokeOptions), {
    onRoleUnknown: (functionName, error) => log('WARN', 'dead letters sent without invokeIdentityArn', { functionName, error: String(error) }),
  }),
  source: new DeadLetterSource(sqs, queueUrl),
  parking: {
    keep: (...args) => parkingQueue.keep(...args),
    send: (...args) => remainders.send(...args),
  },
  parkingQueueUrl: parking.queueUrl,
  audit: auditLogGroup ? new RedriveAudit({ put: async (...args) => (await auditStream()).put(...args) }, queueUrl) : undefined,
  maxAttempts: requireNumberEnv(Environment.MAX_ATTEMPTS),
  sendsSuperset: requireEnv(Environment.SEND_SUPERSET) === 'true',
});
