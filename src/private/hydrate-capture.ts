import { Stack, Token } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct, IConstruct } from 'constructs';
import { HydrateCaptureOptions } from '../capture-options';
import { Asset, Environment, FunctionRole } from '../contract';
import { AppRegistry } from './app-registry';
import { CaptureFunction, DEFAULT_CAPTURE_TIMEOUT } from './capture-function';
import { areDifferent, checkMaxConcurrency, checkSameEnvironment, fail } from './checks';
import { Capture, Destination, DlqParts } from './dlq-parts';
import { allowServiceToUseKeys, checkKey, WRITE_WITH_KEY } from './encryption-key';
import { checkGranted } from './granted';
import { grantOnQueue, grantOverflow } from './grants';
import { checkLeadsTo, defineIntakeQueue, INTAKE_ACTIONS, subscribe } from './intake-queue';
import { grantReadOfSources } from './source-permissions';

const SERVICE = 'sns.amazonaws.com';

/** Topics that are passed in, by ARN, each with the `StreamDlq` that subscribes to it. */
const topicsInUse = new AppRegistry((): IConstruct[] => []);

/** A topic that Lambda sends failure records to, a queue that paces them, and a function that reads again what they name. */
export function defineHydrateCapture(parts: DlqParts, options: HydrateCaptureOptions): Capture {
  const { dlq, undeliverableQueue } = parts;
  const { topic: existing, maxConcurrency = 2, ...functionOptions } = options;
  checkSameEnvironment(dlq, 'undeliverableQueue', undeliverableQueue, {
    of: 'its StreamDlq',
    what: 'StreamDlq',
    fix: 'pass a queue of this account and Region: SNS and SQS send what the function cannot handle to no other',
  });
  if (existing) checkTopic(dlq, existing);
  const topic = existing ?? defineTopic(dlq, parts.storage.encryptionKey);

  const intakeQueue = defineIntakeQueue(parts, functionOptions.timeout ?? DEFAULT_CAPTURE_TIMEOUT);

  const hydrate = new CaptureFunction(dlq, 'Hydrate', {
    parts,
    options: functionOptions,
    asset: Asset.HYDRATE,
    functionRole: FunctionRole.HYDRATE,
    description: 'Reads the records of failed batches again and writes dead letters (cdk-stream-dlq)',
    environment: {
      [Environment.TOPIC_ARN]: topic.topicArn,
      [Environment.INTAKE_QUEUE_URL]: intakeQueue.queueUrl,
      [Environment.MAX_CONCURRENCY]: Token.isUnresolved(maxConcurrency) ? Token.asString(maxConcurrency) : String(maxConcurrency),
    },
  });
  checkMaxConcurrency(hydrate, maxConcurrency, options.reservedConcurrentExecutions);
  grantReadOfSources(parts, hydrate.role);
  hydrate.connectQueues();
  checkGranted(dlq, hydrate.role, ...grantOnQueue(intakeQueue, hydrate.role, INTAKE_ACTIONS), ...grantOverflow(parts, hydrate.role));

  subscribe(intakeQueue, topic, undeliverableQueue);
  checkLeadsTo(dlq, undeliverableQueue);
  const { account } = Stack.of(dlq);
  // A topic of another account sends on behalf of that account. Without an environment of the stack, any imported topic may be one.
  const accounts = topic.env.account === account ? account : [account, topic.env.account];
  allowServiceToUseKeys(
    dlq,
    { 'the intake queue': intakeQueue, 'the undeliverable queue': undeliverableQueue },
    SERVICE,
    { StringEquals: { 'aws:SourceAccount': accounts } },
  );
  const mapping = new lambda.EventSourceMapping(dlq, 'IntakeMapping', {
    target: hydrate.function,
    eventSourceArn: intakeQueue.queueArn,
    reportBatchItemFailures: true,
    maxConcurrency,
  });

  return {
    function: hydrate.function,
    logGroup: hydrate.logGroup,
    rereads: true,
    topic,
    intakeQueue,
    destination: topicDestination(topic),
    // SNS drops messages that have no subscription yet.
    delivery: [...hydrate.delivery, ...intakeQueue.node.children.filter((child) => child !== intakeQueue.node.defaultChild), mapping],
    deliveredBy: {
      service: SERVICE,
      from: 'the topic',
      lostEvents: (metric) => topic.metric('NumberOfNotificationsFailedToRedriveToDlq', metric),
    },
  };
}

export function topicDestination(topic: sns.ITopic): Destination {
  return {
    arn: topic.topicArn,
    resource: topic,
    verb: 'PublishTo',
    rights: [{ actions: ['sns:Publish'], resources: [topic.topicArn] }],
    key: topic.masterKey,
    keyActions: WRITE_WITH_KEY,
  };
}

function defineTopic(dlq: Construct, encryptionKey: kms.IKey | undefined): sns.Topic {
  const topic = new sns.Topic(dlq, 'Topic', { enforceSSL: true, masterKey: encryptionKey });
  if (!encryptionKey) {
    // Every principal of the account that may publish may use this key. Set on the resource: for a key object the CDK would write grants
    // that name all keys of the account.
    (topic.node.defaultChild as sns.CfnTopic).kmsMasterKeyId = 'alias/aws/sns';
  }
  return topic;
}

/** A topic serves one `StreamDlq` only: each would get the failure records of all. */
function checkTopic(dlq: Construct, topic: sns.ITopic): void {
  if (topic.fifo) {
    fail(dlq, '`topic` must be a standard topic, got: a FIFO topic; pass a standard topic: Lambda does not send failure records to a ' +
      'FIFO topic');
  }
  const { region } = Stack.of(dlq);
  if (areDifferent(region, topic.env.region)) {
    fail(dlq, `\`topic\` must be of the Region of its StreamDlq, got: one of ${topic.env.region} for a StreamDlq of ${region}; pass a topic of ` +
      'that Region: SNS keeps what it cannot deliver in a queue of the Region of the topic only');
  }
  checkKey(dlq, 'the key of `topic`', topic.masterKey);
  const users = topicsInUse.entryOf(dlq, topic.topicArn);
  const [other] = users;
  if (other) {
    fail(dlq, `\`topic\` must serve one StreamDlq only, got: a topic that '${other.node.path}' subscribes to; share that StreamDlq instead`);
  }
  users.push(dlq);
}
