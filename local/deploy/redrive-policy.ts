import { GetQueueAttributesCommand, GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { isFifo } from '../mapping/queue-mapping-spec';

interface RedrivePolicy {
  readonly deadLetterTargetArn?: string;
  readonly maxReceiveCount?: number;
}

interface RedriveAllowPolicy {
  readonly redrivePermission?: string;
  readonly sourceQueueArns?: readonly string[];
}

const MAXIMUM_RECEIVES = 1_000;
const MAXIMUM_SOURCES = 10;

/** What SQS requires of the dead-letter queue that a queue names. */
export async function checkRedrivePolicy(sqs: SQSClient, queueArn: string, policy: RedrivePolicy | undefined): Promise<void> {
  if (policy === undefined) return;
  const { deadLetterTargetArn: target, maxReceiveCount: count } = policy;
  const refuse = (reason: string): never => {
    throw new Error(`Value ${JSON.stringify(policy)} for parameter RedrivePolicy is invalid. Reason: ${reason}`);
  };
  if (target === undefined) return refuse('The required parameter deadLetterTargetArn is missing.');
  if (count === undefined) return refuse('The required parameter maxReceiveCount is missing.');
  if (!Number.isInteger(count) || count < 1 || count > MAXIMUM_RECEIVES) {
    return refuse(`Invalid value for maxReceiveCount: ${count}, valid values are from 1 to ${MAXIMUM_RECEIVES} both inclusive.`);
  }
  const [region, accountId] = queueArn.split(':').slice(3);
  const [targetRegion, targetAccountId] = target.split(':').slice(3);
  if (targetRegion !== region || targetAccountId !== accountId) {
    return refuse(`The dead-letter queue must be in the account and Region of the queue, got: ${target}.`);
  }
  if (isFifo(target) !== isFifo(queueArn)) return refuse('Dead-letter queue must be same type of queue as the source.');
  const allowed = await redriveAllowPolicyOf(sqs, target);
  if (!allowed) return refuse('Dead letter target does not exist.');
  if (!allows(allowed, queueArn)) return refuse(`The RedriveAllowPolicy of ${target} does not allow ${queueArn}.`);
}

/** The rules of the policy itself. */
export function checkRedriveAllowPolicy(policy: RedriveAllowPolicy | undefined): void {
  if (policy === undefined) return;
  const { redrivePermission: permission = '', sourceQueueArns: sources } = policy;
  const refuse = (rule: string): never => {
    throw new Error(`property RedriveAllowPolicy.${rule}`);
  };
  if (!['allowAll', 'denyAll', 'byQueue'].includes(permission)) {
    refuse(`redrivePermission must be one of allowAll, denyAll, byQueue, got: ${permission || 'nothing'}`);
  }
  if ((permission === 'byQueue') !== (sources !== undefined)) refuse(`sourceQueueArns goes with redrivePermission byQueue and only with it, got: ${permission}`);
  if (sources && (sources.length < 1 || sources.length > MAXIMUM_SOURCES)) {
    refuse(`sourceQueueArns must have 1 to ${MAXIMUM_SOURCES} queues, got: ${sources.length}`);
  }
}

async function redriveAllowPolicyOf(sqs: SQSClient, queueArn: string): Promise<RedriveAllowPolicy | undefined> {
  try {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queueArn.split(':')[5] }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedriveAllowPolicy'] }));
    return JSON.parse(Attributes?.RedriveAllowPolicy || '{"redrivePermission":"allowAll"}') as RedriveAllowPolicy;
  } catch (error) {
    if ((error as Error).name !== 'QueueDoesNotExist') throw error;
    return undefined;
  }
}

function allows({ redrivePermission: permission, sourceQueueArns: sources = [] }: RedriveAllowPolicy, queueArn: string): boolean {
  return permission === 'allowAll' || (permission === 'byQueue' && sources.includes(queueArn));
}
