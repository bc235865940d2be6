import { Lazy, Stack } from 'aws-cdk-lib';
import { CfnQueue, IQueue } from 'aws-cdk-lib/aws-sqs';
import { isKnown } from './checks';
import { ownResource } from './resource-properties';

/** The most queues that a redrive-allow policy names. */
const MOST_SOURCES = 10;

/** A queue whose redrive policy names a dead-letter queue. */
export interface SourceOfDeadLetters {
  readonly stack: Stack;
  /** Undefined where CloudFormation makes it. */
  readonly name?: string;
  /** Whether the name has the ID of its stack in it. */
  readonly isOfStack: boolean;
}

/** The sources of each dead-letter queue that a `QueueProcessor` defines. */
const sourcesOf = new WeakMap<CfnQueue, SourceOfDeadLetters[]>();

/**
 * Lets a queue use a dead-letter queue. One that is defined here then allows no other queue, where no reference is needed to say so: the queue
 * refers to the dead-letter queue already, and CloudFormation refuses the circle.
 */
export function allowSource(deadLetterQueue: IQueue, source: SourceOfDeadLetters, isNew: boolean): void {
  const resource = ownResource<CfnQueue>(deadLetterQueue, 'AWS::SQS::Queue');
  if (!resource) return;
  if (isNew) {
    const sources: SourceOfDeadLetters[] = [];
    sourcesOf.set(resource, sources);
    resource.redriveAllowPolicy = Lazy.any({ produce: () => policyFor(resource, sources) });
  }
  sourcesOf.get(resource)?.push(source);
}

/** Without a policy, SQS takes the messages of any queue of the account and Region. */
function policyFor(resource: CfnQueue, sources: readonly SourceOfDeadLetters[]): object | undefined {
  const arns = sources.flatMap((source) => arnIn(Stack.of(resource), source) ?? []);
  return arns.length === sources.length && arns.length <= MOST_SOURCES ? { redrivePermission: 'byQueue', sourceQueueArns: arns } : undefined;
}

function arnIn(stack: Stack, source: SourceOfDeadLetters): string | undefined {
  if (source.name === undefined) return undefined;
  const isUsable = source.isOfStack ? source.stack === stack : isKnown(source.name);
  return isUsable ? source.stack.formatArn({ service: 'sqs', resource: source.name }) : undefined;
}
