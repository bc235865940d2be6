import { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnKey } from 'aws-cdk-lib/aws-kms';
import { CfnTopic, CfnTopicPolicy, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct, IConstruct } from 'constructs';
import { AppRegistry } from './app-registry';
import { ownResource, renderedProperties } from './resource-properties';
import { checkAtSynth, Rule } from './rules';
import { resourceOf } from './source-of-mapping';

const SERVICE = 'cloudwatch.amazonaws.com';

/** What synth knows of a topic of this app that alarms send to. */
export interface TopicFacts {
  readonly path: string;
  readonly hasManagedKey: boolean;
  /** Of a key of this app. */
  readonly keyPolicy?: PolicyDocument;
  /** Where the app has a policy for the topic, which replaces the one that SNS has by default. */
  readonly topicPolicy?: PolicyDocument;
}

interface PolicyDocument {
  readonly Statement?: readonly { readonly Effect?: unknown; readonly Principal?: unknown }[];
}

const REFUSED = 'otherwise the alarm sends no notification, and only its history has the error';

export const TOPIC_RULES: readonly Rule<TopicFacts>[] = [
  {
    id: 'alarmTopicWithManagedKey',
    level: 'warning',
    condition: ({ hasManagedKey }) => hasManagedKey,
    message: ({ path }) =>
      `a topic of \`alarmActions\` must not be encrypted with the AWS managed key, got: alias/aws/sns for '${path}'; use a customer managed ` +
      `key that ${SERVICE} may use, or none: ${REFUSED}`,
  },
  {
    id: 'alarmTopicKeyWithoutCloudWatch',
    level: 'warning',
    condition: ({ keyPolicy }) => keyPolicy !== undefined && !allows(keyPolicy),
    message: ({ path }) =>
      `the key of a topic of \`alarmActions\` must let CloudWatch use it, got: a key policy without ${SERVICE} for '${path}'; use ` +
      `key.grant(new iam.ServicePrincipal('${SERVICE}'), 'kms:Decrypt', 'kms:GenerateDataKey*'): ${REFUSED}`,
  },
  {
    id: 'alarmTopicPolicyWithoutCloudWatch',
    level: 'warning',
    condition: ({ topicPolicy }) => topicPolicy !== undefined && !allows(topicPolicy),
    message: ({ path }) =>
      `the policy of a topic of \`alarmActions\` must let CloudWatch publish, got: a policy without ${SERVICE} for '${path}', as \`enforceSSL\` ` +
      `makes it; use topic.grantPublish(new iam.ServicePrincipal('${SERVICE}')): ${REFUSED}`,
  },
];

/** The topics of an app that are checked. */
const topics = new AppRegistry((): CfnTopic[] => []);

/** An action whose topic is checked at synth, if this app defines it. The action alone knows what it leads to. */
export function checkedAction(owner: Construct, action: IAlarmAction): IAlarmAction {
  return {
    bind: (scope, alarm) => {
      const config = action.bind(scope, alarm);
      const topic = resourceOf(config.alarmActionArn);
      if (isTopic(topic)) checkTopic(owner, topic);
      return config;
    },
  };
}

function checkTopic(owner: Construct, topic: CfnTopic): void {
  const checked = topics.entryOf(owner, TOPIC_RULES[0].id);
  if (checked.includes(topic)) return;
  checked.push(topic);
  checkAtSynth(owner, TOPIC_RULES, () => [factsOf(topic)]);
}

function factsOf(topic: CfnTopic): TopicFacts {
  const construct = topic.node.scope;
  const properties = renderedProperties(topic);
  const key = construct instanceof Topic ? ownResource<CfnKey>(construct.masterKey, 'AWS::KMS::Key') : undefined;
  const policy = construct && ownResource<CfnTopicPolicy>(construct.node.tryFindChild('Policy'), 'AWS::SNS::TopicPolicy');
  return {
    path: construct?.node.path ?? topic.node.path,
    hasManagedKey: JSON.stringify(properties.KmsMasterKeyId ?? '').includes('alias/aws/sns'),
    keyPolicy: key && (renderedProperties(key).KeyPolicy as PolicyDocument),
    topicPolicy: policy && (renderedProperties(policy).PolicyDocument as PolicyDocument),
  };
}

function isTopic(resource: IConstruct | undefined): resource is CfnTopic {
  return (resource as CfnTopic | undefined)?.cfnResourceType === 'AWS::SNS::Topic';
}

/** Whether a policy has something to allow CloudWatch, or everybody. What it is, and under which condition, is up to the app. */
function allows({ Statement = [] }: PolicyDocument): boolean {
  return Statement.some(({ Effect, Principal }) => {
    const principals = JSON.stringify(Principal ?? null);
    return Effect === 'Allow' && (principals.includes(`"${SERVICE}"`) || principals.includes('"*"'));
  });
}
