import { SQSClient } from '@aws-sdk/client-sqs';
import { Environment } from '../../src/contract';
import { clientOptions } from '../shared/client-options';
import { DeadLetterQueue, Overflow } from '../shared/dead-letter/dead-letter-queue';
import { IntakeQueue } from './intake-queue';
import { requireEnv, requireNumberEnv } from './require-env';
import { UndeliverableQueue } from './undeliverable-queue';

const sqs = new SQSClient(clientOptions);

/** The dead-letter queue that the environment names. The overflow stores dead letters over its maximum message size. */
export function deadLetterQueue(): (overflow: Overflow) => DeadLetterQueue {
  const options = {
    queueUrl: requireEnv(Environment.QUEUE_URL),
    maxMessageBytes: requireNumberEnv(Environment.QUEUE_MAX_MESSAGE_BYTES),
  };
  return (overflow) => new DeadLetterQueue(sqs, overflow, options);
}

/** The undeliverable queue that the environment names. */
export function undeliverableQueue(): UndeliverableQueue {
  return new UndeliverableQueue(sqs, requireEnv(Environment.UNDELIVERABLE_QUEUE_URL));
}

/** The intake queue that the environment names. */
export function intakeQueue(): IntakeQueue {
  return new IntakeQueue(sqs, requireEnv(Environment.INTAKE_QUEUE_URL));
}
