import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FailureCapture } from '../../src';
import { annotationsOfUnbound, countOf, logicalId, propertiesOf, resolved, resourceOf, resourcesOf, testProcessor } from '../support/app';
import { allow, queuePolicyOf, statementsOf } from '../support/policies';
import { captureRole, defineDlq, processWith, topicOf } from '../support/stream-dlq';

const QUEUE_ARN = 'arn:aws:sqs:us-east-1:123456789012:letters';
const TOPIC_ARN = 'arn:aws:sns:us-east-1:123456789012:failures';
const given = (stack: Stack) => stack.node.findChild('Given');
const environmentOf = ({ dlq }: ReturnType<typeof defineDlq>) => propertiesOf(dlq.captureFunction).Environment.Variables;
const subscriptionIn = (stack: Stack) => Object.values(resourcesOf(stack)).find(({ Type }) => Type === 'AWS::SNS::Subscription')!;
const destinationIn = ({ dlq }: ReturnType<typeof defineDlq>) => propertiesOf(dlq.intakeQueue!).RedrivePolicy.deadLetterTargetArn;

describe('the dead-letter queue', () => {
  test('can be a queue of this app', () => {
    const defined = defineDlq((stack) => ({ queue: new sqs.Queue(stack, 'Given') }));
    expect(defined.dlq.queue).toBe(given(defined.stack));
    expect(countOf(defined.stack, 'AWS::SQS::Queue')).toBe(3);
    expect(environmentOf(defined).QUEUE_URL).toEqual(resolved(defined.stack, defined.dlq.queue.queueUrl));
  });

  test('that is given keeps its own policy', () => {
    const { dlq } = defineDlq((stack) => ({ queue: new sqs.Queue(stack, 'Given') }));
    expect(queuePolicyOf(dlq.queue)).toEqual([]);
  });

  test('can be a FIFO queue of this app', () => {
    const { dlq, stack } = defineDlq((it) => ({ queue: new sqs.Queue(it, 'Given', { fifo: true, retentionPeriod: Duration.days(14) }) }));
    expect(dlq.queue).toBe(given(stack));
    expect(annotationsOfUnbound(stack)).toEqual([]);
  });

  test.each([QUEUE_ARN, `${QUEUE_ARN}.fifo`])('can be imported by its ARN: %s', (arn) => {
    const defined = defineDlq((stack) => ({ queue: sqs.Queue.fromQueueArn(stack, 'Given', arn) }));
    expect(defined.dlq.queue).toBe(given(defined.stack));
    expect(JSON.stringify(environmentOf(defined).QUEUE_URL)).toContain(`/123456789012/${arn.split(':').pop()}"`);
    expect(statementsOf(captureRole(defined.dlq))).toContainEqual(allow('sqs:SendMessage', arn));
    expect(annotationsOfUnbound(defined.stack)).toEqual([]);
  });
});

describe('the undeliverable queue', () => {
  test('can be a queue of this app', () => {
    const defined = defineDlq((it) => ({ undeliverableQueue: new sqs.Queue(it, 'Given') }));
    const { dlq, stack } = defined;
    const arn = resolved(stack, dlq.undeliverableQueue.queueArn);
    expect(dlq.undeliverableQueue).toBe(given(stack));
    expect(destinationIn(defined)).toEqual(arn);
    expect(subscriptionIn(stack).Properties.RedrivePolicy).toEqual({ deadLetterTargetArn: arn });
  });

  test('can be imported by its ARN', () => {
    const defined = defineDlq((it) => ({ undeliverableQueue: sqs.Queue.fromQueueArn(it, 'Given', QUEUE_ARN) }));
    const { dlq, stack } = defined;
    expect(dlq.undeliverableQueue).toBe(given(stack));
    expect(destinationIn(defined)).toBe(QUEUE_ARN);
    expect(subscriptionIn(stack).Properties.RedrivePolicy).toEqual({ deadLetterTargetArn: QUEUE_ARN });
    expect(statementsOf(captureRole(dlq))).toContainEqual(allow('sqs:SendMessage', QUEUE_ARN));
  });

  describe('that is imported lets in by a policy that is out of reach', () => {
    const imported = (stack: Stack) => sqs.Queue.fromQueueArn(stack, 'Given', QUEUE_ARN);
    const [hydrate, s3Capture] = [FailureCapture.hydrate(), FailureCapture.s3()];
    const SNS = 'sns.amazonaws.com from the topic';
    const EVENTS = 'events.amazonaws.com from the rule';

    test.each([
      ['SNS', { capture: hydrate }, SNS],
      ['EventBridge', { capture: s3Capture }, EVENTS],
      ['both, where one capture is kept', { capture: hydrate, keepCapture: s3Capture }, `${SNS} and ${EVENTS}`],
    ])('%s, which is warned of', (_, captures, senders) => {
      const { stack } = defineDlq((it) => ({ ...captures, undeliverableQueue: imported(it) }));
      expect(annotationsOfUnbound(stack)).toEqual([
        'warning /Stack/Dlq: `undeliverableQueue` should have a policy that this app can extend, got: an imported queue, ' +
          `'Stack/Given'; allow sqs:SendMessage to ${senders} in its policy, and acknowledge this warning: without it, events that ` +
          'cannot be delivered to the function are lost [ack: cdk-stream-dlq:undeliverableQueueWithoutPolicy]',
      ]);
    });

    test('nobody, where the app has given it one: the mapping waits for that', () => {
      const { stack, dlq, stream } = defineDlq((it) => {
        const undeliverableQueue = imported(it);
        new sqs.QueuePolicy(undeliverableQueue, 'Policy', { queues: [undeliverableQueue] }).document.addStatements(
          new iam.PolicyStatement({ principals: [new iam.ServicePrincipal('sns.amazonaws.com')], actions: ['sqs:SendMessage'], resources: [QUEUE_ARN] }),
        );
        return { undeliverableQueue };
      });
      const mapping = processWith(dlq, testProcessor(stack), stream);
      expect(resourceOf(mapping).DependsOn).toContain(logicalId(dlq.undeliverableQueue.node.findChild('Policy')));
      expect(annotationsOfUnbound(stack)).toEqual([]);
    });

    // What sends to the dead-letter queue is the function, by the policy of its role.
    test('nobody, where it is the dead-letter queue', () => {
      const { stack } = defineDlq((it) => ({ queue: imported(it) }));
      expect(annotationsOfUnbound(stack)).toEqual([]);
    });
  });
});

describe('the overflow bucket', () => {
  test('can be a bucket of this app', () => {
    const defined = defineDlq((stack) => ({ overflowBucket: new s3.Bucket(stack, 'Given') }));
    expect(defined.dlq.overflowBucket).toBe(given(defined.stack));
    expect(countOf(defined.stack, 'AWS::S3::Bucket')).toBe(1);
    expect(environmentOf(defined).OVERFLOW_BUCKET).toEqual(resolved(defined.stack, defined.dlq.overflowBucket.bucketName));
  });

  test('can be imported by its name', () => {
    const defined = defineDlq((stack) => ({ overflowBucket: s3.Bucket.fromBucketName(stack, 'Given', 'letters') }));
    expect(environmentOf(defined).OVERFLOW_BUCKET).toBe('letters');
    expect(countOf(defined.stack, 'AWS::S3::Bucket')).toBe(0);
    expect(annotationsOfUnbound(defined.stack)).toEqual([]);
  });
});

describe('the topic', () => {
  test('can be a topic of this app, which keeps its own encryption', () => {
    const { stack } = defineDlq((it) => ({ capture: FailureCapture.hydrate({ topic: new sns.Topic(it, 'Given', { displayName: 'failures' }) }) }));
    const topic = given(stack) as sns.Topic;
    expect(countOf(stack, 'AWS::SNS::Topic')).toBe(1);
    expect(propertiesOf(topic)).toEqual({ DisplayName: 'failures' });
    expect(subscriptionIn(stack).Properties.TopicArn).toEqual(resolved(stack, topic.topicArn));
  });

  test('can be imported by its ARN', () => {
    const { stack } = defineDlq((it) => ({ capture: FailureCapture.hydrate({ topic: sns.Topic.fromTopicArn(it, 'Given', TOPIC_ARN) }) }));
    expect(countOf(stack, 'AWS::SNS::Topic')).toBe(0);
    expect(subscriptionIn(stack).Properties.TopicArn).toBe(TOPIC_ARN);
    expect(annotationsOfUnbound(stack)).toEqual([]);
  });
});

describe('the key', () => {
  test('that is given is the key of all that is defined', () => {
    const { dlq, stack } = defineDlq((it) => ({ encryptionKey: new kms.Key(it, 'Given') }));
    expect([dlq.queue.encryptionMasterKey, dlq.undeliverableQueue.encryptionMasterKey, topicOf(dlq).masterKey]).toEqual(
      Array(3).fill(given(stack)),
    );
  });
});

test('with queues, bucket and topic all given, only the function and what connects it are defined, with the intake queue', () => {
  const { stack } = defineDlq((it) => ({
    queue: new sqs.Queue(it, 'Letters'),
    undeliverableQueue: new sqs.Queue(it, 'Undeliverable'),
    overflowBucket: new s3.Bucket(it, 'Overflow'),
    capture: FailureCapture.hydrate({ topic: new sns.Topic(it, 'Failures') }),
  }));
  const types = Object.entries(resourcesOf(stack)).filter(([id]) => id.startsWith('Dlq')).map(([, { Type }]) => Type);
  expect(types.sort()).toEqual([
    'AWS::IAM::Policy',
    'AWS::IAM::Role',
    'AWS::Lambda::EventSourceMapping',
    'AWS::Lambda::Function',
    'AWS::Logs::LogGroup',
    'AWS::SNS::Subscription',
    'AWS::SQS::Queue',
    'AWS::SQS::QueuePolicy',
  ]);
});
