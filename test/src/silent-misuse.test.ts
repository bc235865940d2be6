import { Duration, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { ManagedKafkaEventSource, SelfManagedKafkaEventSource, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FailureCapture, RedriveFunction, StreamDlq, StreamDlqOptions } from '../../src';
import { annotationsOf, resourcesOf, testApp, testProcessor, testStack } from '../support/app';
import { messageOf } from '../support/errors';
import { captureBucketOf, Defined, defineDlq, processWith, topicOf } from '../support/stream-dlq';

const warningsOf = (stack: Stack) => annotationsOf(stack).filter((it) => it.includes('cdk-stream-dlq'));

describe('a StreamDlq without a mapping', () => {
  const text =
    'the StreamDlq should be the `onFailure` of a mapping, got: no mapping in this app; pass it to an event source as `onFailure`, or ' +
      'acknowledge this warning if a mapping of another app sends to it [ack: cdk-stream-dlq:streamDlqWithoutMapping]';

  test('is warned of, each of two', () => {
    const { stack, dlq } = defineDlq();
    new StreamDlq(stack, 'Other', { source: dlq.sources[0] });
    expect(warningsOf(stack)).toEqual([`warning /Stack/Dlq: ${text}`, `warning /Stack/Other: ${text}`]);
  });

  test('is not warned of once a mapping has it', () => {
    const { stack, dlq, stream } = defineDlq();
    processWith(dlq, testProcessor(stack), stream);
    expect(warningsOf(stack)).toEqual([]);
  });

  test.each<[string, StreamDlqOptions, (dlq: StreamDlq) => string]>([
    ['topic', {}, (dlq) => topicOf(dlq).topicArn],
    ['bucket', { capture: FailureCapture.s3() }, (dlq) => captureBucketOf(dlq).bucketArn],
  ])('is not warned of where the resource of a mapping names its %s, in its stack or another one', (_, options, destinationOf) => {
    for (const another of [false, true]) {
      const app = testApp();
      const { stack, dlq, stream } = defineDlq(options, undefined, testStack({}, app));
      const scope = another ? new Stack(app, 'Later') : stack;
      new lambda.CfnEventSourceMapping(scope, 'Mapping', {
        functionName: 'orders',
        eventSourceArn: stream.streamArn,
        destinationConfig: { onFailure: { destination: destinationOf(dlq) } },
      });
      expect(warningsOf(stack)).toEqual([]);
    }
  });

  test('is warned of where the resource of a mapping names another destination', () => {
    const { stack, stream } = defineDlq();
    new lambda.CfnEventSourceMapping(stack, 'Mapping', { functionName: 'orders', eventSourceArn: stream.streamArn });
    expect(warningsOf(stack)).toEqual([`warning /Stack/Dlq: ${text}`]);
  });
});

describe('a mapping that reads no stream', () => {
  const KAFKA = 'arn:aws:kafka:us-east-1:123456789012:cluster/orders/1';
  const refusal = (got: string) =>
    `[Stack/Dlq] a StreamDlq must be the \`onFailure\` of mappings on Kinesis or DynamoDB streams, got: ${got} for mapping ` +
      '\'Stack/Processor/';
  const mappings: Record<string, [(defined: Defined, fn: lambda.Function) => void, string]> = {
    'an MSK cluster': [
      ({ dlq }, fn) =>
        fn.addEventSource(new ManagedKafkaEventSource({
          clusterArn: KAFKA, topic: 'orders', startingPosition: lambda.StartingPosition.TRIM_HORIZON, onFailure: dlq,
        })),
      KAFKA,
    ],
    'a self-managed Kafka cluster': [
      ({ stack, dlq }, fn) =>
        fn.addEventSource(new SelfManagedKafkaEventSource({
          bootstrapServers: ['kafka:9092'], topic: 'orders', startingPosition: lambda.StartingPosition.TRIM_HORIZON,
          secret: secrets.Secret.fromSecretNameV2(stack, 'Secret', 'kafka'), onFailure: dlq,
        })),
      'a self-managed Kafka cluster',
    ],
    'an MQ broker': [
      ({ dlq }, fn) => {
        const mapping = fn.addEventSourceMapping('Mapping', { eventSourceArn: 'arn:aws:mq:us-east-1:123456789012:broker:orders:b-1', onFailure: dlq });
        (mapping.node.defaultChild as lambda.CfnEventSourceMapping).queues = ['orders'];
      },
      'an Amazon MQ broker',
    ],
    'a queue of this app': [
      ({ stack, dlq }, fn) => void fn.addEventSourceMapping('Mapping', { eventSourceArn: new sqs.Queue(stack, 'Queue').queueArn, onFailure: dlq }),
      'an AWS::SQS::Queue',
    ],
  };

  test.each(Object.entries(mappings))('is refused: %s', (_, [addTo, got]) => {
    const defined = defineDlq();
    addTo(defined, testProcessor(defined.stack));
    expect(messageOf(() => resourcesOf(defined.stack))).toContain(refusal(got));
  });
});

describe('another consumer of the dead-letter queue', () => {
  function defineWith(consume: (defined: Defined, consumer: lambda.Function) => void, options: StreamDlqOptions = {}) {
    const defined = defineDlq(options);
    const { stack, dlq, stream } = defined;
    processWith(dlq, testProcessor(stack), stream);
    new RedriveFunction(stack, 'Redrive', { dlq });
    consume(defined, testProcessor(stack, 'Consumer', { timeout: Duration.seconds(10) }));
    return warningsOf(stack);
  }
  const warning = (path: string) =>
    'warning /Stack/Redrive: the RedriveFunction should be the only function that receives from the dead-letter queue, got: mapping ' +
      `'${path}' as well; disable that mapping while the RedriveFunction is enabled, or remove one of the two: each gets some of the ` +
      'dead letters, at random [ack: cdk-stream-dlq:redriveBesideConsumer]';

  test('is warned of', () => {
    expect(defineWith(({ dlq }, fn) => fn.addEventSource(new SqsEventSource(dlq.queue)))).toEqual([
      expect.stringMatching(/^warning \/Stack\/Redrive: .*got: mapping 'Stack\/Consumer\/SqsEventSource.*redriveBesideConsumer\]$/),
    ]);
  });

  test('is warned of where it is a resource, or in another stack', () => {
    expect(defineWith(({ stack, dlq }) => {
      for (const scope of [stack, new Stack(stack.node.root as Stack, 'Later')]) {
        new lambda.CfnEventSourceMapping(scope, 'Own', { functionName: 'orders', eventSourceArn: dlq.queue.queueArn });
      }
    })).toEqual([warning('Stack/Own'), warning('Later/Own')]);
  });

  test('is not warned of while it is disabled, nor where it takes from another queue', () => {
    expect(defineWith(({ dlq }, fn) => {
      fn.addEventSource(new SqsEventSource(dlq.queue, { enabled: false }));
      fn.addEventSource(new SqsEventSource(dlq.undeliverableQueue));
    })).toEqual([]);
  });
});
