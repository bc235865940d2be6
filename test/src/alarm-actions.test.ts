import { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { LambdaAction, SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Alarms, KinesisStreamProcessor } from '../../src';
import { processorProps, testProcessor, testStack } from '../support/app';

const CLOUDWATCH = new iam.ServicePrincipal('cloudwatch.amazonaws.com');

/** What synth warns of about the topic that alarms send to. */
function warningsOf(make: (stack: Stack) => sns.ITopic, prop: 'alarmActions' | 'pagingActions' = 'alarmActions'): string[] {
  const stack = testStack();
  const actions = [new SnsAction(make(stack))];
  new KinesisStreamProcessor(stack, 'Orders', {
    processorProps, ...(prop === 'alarmActions' ? { alarmActions: actions } : { alarms: Alarms.essential({ pagingActions: actions }) }),
  });
  return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('alarmTopic')).map(({ entry: { data } }) => String(data));
}

function keyOf(stack: Stack, mayUse: boolean): kms.Key {
  const key = new kms.Key(stack, 'Key');
  if (mayUse) key.grant(CLOUDWATCH, 'kms:Decrypt', 'kms:GenerateDataKey*');
  return key;
}

const REFUSED = 'otherwise the alarm sends no notification, and only its history has the error';

describe('a topic that alarms cannot send to is warned of', () => {
  test.each<[string, (stack: Stack) => sns.ITopic, string]>([
    [
      'encrypted with the AWS managed key',
      (stack) => new sns.Topic(stack, 'OnCall', { masterKey: kms.Alias.fromAliasName(stack, 'Managed', 'alias/aws/sns') }),
      '`alarmActions` must not be encrypted with the AWS managed key',
    ],
    [
      'encrypted with the AWS managed key, by its resource',
      (stack) => {
        const topic = new sns.Topic(stack, 'OnCall');
        (topic.node.defaultChild as sns.CfnTopic).kmsMasterKeyId = 'alias/aws/sns';
        return topic;
      },
      "a topic of `alarmActions` must not be encrypted with the AWS managed key, got: alias/aws/sns for 'Stack/OnCall'; use a customer managed key " +
        `that cloudwatch.amazonaws.com may use, or none: ${REFUSED} [ack: cdk-stream-dlq:alarmTopicWithManagedKey]`,
    ],
    [
      'encrypted with a key that CloudWatch may not use',
      (stack) => new sns.Topic(stack, 'OnCall', { masterKey: keyOf(stack, false) }),
      'the key of a topic of `alarmActions` must let CloudWatch use it, got: a key policy without cloudwatch.amazonaws.com for ' +
        "'Stack/OnCall'; use key.grant(new iam.ServicePrincipal('cloudwatch.amazonaws.com'), 'kms:Decrypt', 'kms:GenerateDataKey*'): " +
        `${REFUSED} [ack: cdk-stream-dlq:alarmTopicKeyWithoutCloudWatch]`,
    ],
    [
      'whose policy leaves CloudWatch out',
      (stack) => new sns.Topic(stack, 'OnCall', { enforceSSL: true }),
      'the policy of a topic of `alarmActions` must let CloudWatch publish, got: a policy without cloudwatch.amazonaws.com for ' +
        "'Stack/OnCall', as `enforceSSL` makes it; use topic.grantPublish(new iam.ServicePrincipal('cloudwatch.amazonaws.com')): " +
        `${REFUSED} [ack: cdk-stream-dlq:alarmTopicPolicyWithoutCloudWatch]`,
    ],
  ])('%s', (_, make, message) => {
    expect(warningsOf(make)).toEqual([expect.stringContaining(message)]);
  });

  test('once, also where it is for paging only', () => {
    expect(warningsOf((stack) => new sns.Topic(stack, 'OnCall', { enforceSSL: true }), 'pagingActions')).toHaveLength(1);
  });
});

describe('a topic that alarms can send to is not warned of', () => {
  test.each<[string, (stack: Stack) => sns.ITopic]>([
    ['with no settings', (stack) => new sns.Topic(stack, 'OnCall')],
    ['imported', (stack) => sns.Topic.fromTopicArn(stack, 'OnCall', 'arn:aws:sns:us-east-1:123456789012:on-call')],
    ['encrypted with a key that CloudWatch may use', (stack) => new sns.Topic(stack, 'OnCall', { masterKey: keyOf(stack, true) })],
    ['encrypted with an imported key', (stack) =>
      new sns.Topic(stack, 'OnCall', { masterKey: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/1f') })],
    ['whose policy allows CloudWatch, for which it is granted after the alarms', (stack) => {
      const topic = new sns.Topic(stack, 'OnCall', { enforceSSL: true });
      topic.grantPublish(CLOUDWATCH);
      return topic;
    }],
  ])('%s', (_, make) => {
    expect(warningsOf(make)).toEqual([]);
  });
});

test('a function may be the action of all alarms, with permissions of its own for each', () => {
  const stack = testStack();
  const action = new LambdaAction(testProcessor(stack, 'OnCall'), { useUniquePermissionId: true });
  for (const id of ['Orders', 'Payments']) new KinesisStreamProcessor(stack, id, { processorProps, alarmActions: [action] });
  const alarms = Object.keys(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'));
  const allowed = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Permission', {
    Properties: { Principal: 'lambda.alarms.cloudwatch.amazonaws.com' },
  })).map(({ Properties }) => Properties.SourceArn['Fn::GetAtt'][0] as string);
  expect(allowed.sort()).toEqual(alarms.sort());
});
