import { Lazy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct, DependencyGroup, IConstruct } from 'constructs';
import { HydrateCaptureOptions } from '../capture-options';
import { Environment, FunctionRole, InvokeIdentity } from '../contract';
import { isWithin } from './can-name';
import { Capture, DlqParts, Processor } from './capture';
import { CaptureFunction } from './capture-function';
import { Claims } from './claims';
import { allowServiceToUseKey, checkKey, WRITE_WITH_KEY } from './encryption-key';
import { fail } from './fail';
import { checkGranted } from './granted';
import { Destination, grantDelivery, grantOverflow, needsOf } from './grants';

const SERVICE = 'sns.amazonaws.com';

/** Topics that were given, by ARN, each with the `StreamDlq` that has subscribed to it. */
const topicsInUse = new Claims<IConstruct>();

/** A topic that Lambda sends failure records to, and a function that reads again what they name. */
export function defineHydrateCapture(parts: DlqParts, options: HydrateCaptureOptions): Capture {
  const { dlq, source, undeliverableQueue } = parts;
  const { topic: given, ...functionOptions } = options;
  if (given) claimTopic(dlq, given);
  checkKey(dlq, 'the key of `topic`', given?.masterKey);
  const topic = given ?? defineTopic(dlq, parts.encryptionKey);

  const identities: InvokeIdentity[] = [];
  const hydrate = new CaptureFunction(dlq, 'Hydrate', {
    ...functionOptions,
    parts,
    asset: source._asset,
    functionRole: FunctionRole.HYDRATE,
    description: 'Reads the records of failed batches again and writes dead letters (cdk-stream-dlq)',
    environment: {
      [Environment.STREAM_RETENTION_HOURS]: String(source._retention.toHours()),
      // Mappings are bound later, one by one.
      [Environment.INVOKE_IDENTITIES]: Lazy.string({ produce: () => Stack.of(dlq).toJsonString(distinct(dlq, identities)) }),
    },
  });
  checkGranted(dlq, hydrate.role, ...source._grantRead(hydrate.role));
  hydrate.connectQueues();
  checkGranted(dlq, hydrate.role, ...grantOverflow(parts, hydrate.role));

  topic.addSubscription(new subscriptions.LambdaSubscription(hydrate.function, { deadLetterQueue: undeliverableQueue }));
  allowServiceToUseKey(dlq, undeliverableQueue, SERVICE, { StringEquals: { 'aws:SourceAccount': Stack.of(dlq).account } });

  const destination: Destination = {
    resource: topic,
    verb: 'PublishTo',
    rights: [{ actions: ['sns:Publish'], resources: [topic.topicArn] }],
    key: topic.masterKey,
    keyActions: WRITE_WITH_KEY,
  };

  return {
    function: hydrate.function,
    topic,
    destinationArn: topic.topicArn,
    // SNS drops what nobody has subscribed to yet.
    delivery: new DependencyGroup(...hydrate.delivery),
    deliveredBy: { service: SERVICE, from: 'the topic' },
    needs: needsOf(destination),
    admit: (processor, role) => {
      if (source._recordsNameRole) noteIdentity(dlq, identities, processor, role);
      return grantDelivery(processor.function, role, destination);
    },
  };
}

function noteIdentity(dlq: Construct, identities: InvokeIdentity[], { function: fn, invokedArn }: Processor, role: iam.IRole): void {
  if (![fn, role].every((it) => isWithin(it, dlq))) return;
  identities.push({ functionArn: invokedArn, roleArn: role.roleArn });
}

/** A function may have several mappings. */
function distinct(dlq: Construct, identities: readonly InvokeIdentity[]): InvokeIdentity[] {
  return [...new Map(identities.map((it) => [JSON.stringify(Stack.of(dlq).resolve(it.functionArn)), it])).values()];
}

function defineTopic(dlq: Construct, encryptionKey: kms.IKey | undefined): sns.Topic {
  const topic = new sns.Topic(dlq, 'Topic', { enforceSSL: true, masterKey: encryptionKey });
  if (!encryptionKey) {
    // Every principal of the account that may publish may use this key. Set on the resource, because a key object would have
    // grants written for it that name all keys of the account.
    (topic.node.defaultChild as sns.CfnTopic).kmsMasterKeyId = 'alias/aws/sns';
  }
  return topic;
}

/** A topic serves one `StreamDlq` only: each would get the failure records of all. */
function claimTopic(dlq: Construct, topic: sns.ITopic): void {
  if (topic.fifo) {
    fail(dlq, '`topic` must be a standard topic, got: a FIFO topic; Lambda does not send failure records to it, nor does it invoke functions');
  }
  const claims = topicsInUse.on(dlq, topic.topicArn);
  const [other] = claims;
  if (other) {
    fail(dlq, `\`topic\` must serve one StreamDlq only, got: a topic that '${other.node.path}' has subscribed to; share that StreamDlq instead`);
  }
  claims.push(dlq);
}
