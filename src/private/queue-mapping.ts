import { Names } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { QueueMappingOptions } from '../queue-mapping-options';
import { PROCESSOR_WITHOUT_QUEUE } from './access-rules';
import { fail } from './checks';
import { acknowledgeRulesOfQueueMapping } from './compliance';
import { hasEffect, statementJson, takesPolicies } from './granted';
import { grantOnQueue } from './grants';
import { invokeWithQualifier } from './invoked-function';
import { annotate } from './rules';

/** What Lambda calls with the role of a function that a mapping invokes. */
const RECEIVE = {
  QUEUE: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
  KEY: ['kms:Decrypt'],
};

/** Defines a mapping, with the defaults that keep data. */
export function defineQueueMapping(
  owner: Construct, processor: lambda.IFunction, queue: IQueue, options: QueueMappingOptions,
): lambda.EventSourceMapping {
  // The id that a `SqsEventSource` of the CDK has: a mapping that is deployed already remains.
  const id = `SqsEventSource:${Names.nodeUniqueId(queue.node)}`;
  const present = processor.node.tryFindChild(id);
  if (present) {
    fail(owner, `the processor must have no other mapping on \`queue\`, got: '${present.node.path}'; remove that one, such as \`addEventSource()\` with ` +
      'an SqsEventSource: the QueueProcessor defines it');
  }
  const mapping = processor.addEventSourceMapping(id, {
    eventSourceArn: queue.queueArn,
    batchSize: options.batchSize,
    maxBatchingWindow: options.maxBatchingWindow,
    reportBatchItemFailures: options.reportBatchItemFailures ?? true,
    maxConcurrency: options.maxConcurrency,
    provisionedPollerConfig: options.provisionedPollerConfig,
    enabled: options.enabled,
    // CloudFormation refuses an empty list.
    filters: options.filters?.length ? options.filters : undefined,
    filterEncryption: options.filterEncryption,
    metricsConfig: options.metricsConfig,
  });
  invokeWithQualifier(mapping, processor);
  acknowledgeRulesOfQueueMapping(mapping);
  allowReceive(owner, mapping, processor, queue);
  return mapping;
}

/** `grantConsumeMessages` of the queue allows more than Lambda calls. */
function allowReceive(owner: Construct, mapping: Construct, processor: lambda.IFunction, queue: IQueue): void {
  // The same statement as that of the queue, which the CDK merges: it tells whether the role takes policies.
  const ofQueue = iam.Grant.addToPrincipal({ grantee: processor, actions: RECEIVE.QUEUE, resourceArns: [queue.queueArn] });
  const ofPolicies = takesPolicies(processor, ofQueue);
  const granted = grantOnQueue(queue, processor, RECEIVE);
  // Lambda refuses a mapping whose function may not receive.
  mapping.node.addDependency(...granted.map(({ grant }) => grant));
  for (const it of granted.filter((one) => !hasEffect(one, processor, ofPolicies))) {
    annotate(owner, PROCESSOR_WITHOUT_QUEUE, {
      path: processor.node.path,
      policy: ofPolicies ? `the policy of '${it.on.node.path}', of another account` : 'the role of the processor',
      statement: statementJson(owner, it, ofPolicies ? processor : undefined),
    });
  }
}
