import { Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct, IConstruct } from 'constructs';
import { HydrateCaptureOptions } from '../capture-options';
import { Asset, FunctionRole } from '../contract';
import { AppRegistry } from './app-registry';
import { CaptureFunction } from './capture-function';
import { fail } from './checks';
import { Capture, Destination, DlqParts } from './dlq-parts';
import { allowServiceToUseKey, checkKey, WRITE_WITH_KEY } from './encryption-key';
import { checkGranted } from './granted';
import { grantOverflow } from './grants';
import { grantReadOfSources } from './source-permissions';

const SERVICE = 'sns.amazonaws.com';

/** Topics that are passed in, by ARN, each with the `StreamDlq` that subscribes to it. */
const topicsInUse = new AppRegistry((): IConstruct[] => []);

/** A topic that Lambda sends failure records to, and a function that reads again what they name. */
export function defineHydrateCapture(parts: DlqParts, options: HydrateCaptureOptions): Capture {
  const { dlq, undeliverableQueue } = parts;
  const { topic: existing, ...functionOptions } = options;
  if (existing) checkTopic(dlq, existing);
  const topic = existing ?? defineTopic(dlq, parts.storage.encryptionKey);

  const hydrate = new CaptureFunction(dlq, 'Hydrate', {
    parts,
    options: functionOptions,
    asset: Asset.HYDRATE,
    functionRole: FunctionRole.HYDRATE,
    description: 'Reads the records of failed batches again and writes dead letters (cdk-stream-dlq)',
  });
  grantReadOfSources(parts, hydrate.role);
  hydrate.connectQueues();
  checkGranted(dlq, hydrate.role, ...grantOverflow(parts, hydrate.role));

  topic.addSubscription(new subscriptions.LambdaSubscription(hydrate.function, { deadLetterQueue: undeliverableQueue }));
  allowServiceToUseKey(dlq, undeliverableQueue, SERVICE, { StringEquals: { 'aws:SourceAccount': Stack.of(dlq).account } });

  return {
    function: hydrate.function,
    logGroup: hydrate.logGroup,
    rereads: true,
    topic,
    destination: topicDestination(topic),
    // SNS drops messages that have no subscription yet.
    delivery: hydrate.delivery,
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
  checkKey(dlq, 'the key of `topic`', topic.masterKey);
  const users = topicsInUse.entryOf(dlq, topic.topicArn);
  const [other] = users;
  if (other) {
    fail(dlq, `\`topic\` must serve one StreamDlq only, got: a topic that '${other.node.path}' subscribes to; share that StreamDlq instead`);
  }
  users.push(dlq);
}
