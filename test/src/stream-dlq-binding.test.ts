import { App, Duration, Lazy, Names, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { StreamDlq, StreamSource } from '../../src';
import {
  annotationsOf, logicalId, propertiesOf, resolved, resourceOf, resourcesOf, testProcessor, testStack,
} from '../support/app';
import { messageOf } from '../support/errors';
import { Defined, defineDlq, processWith, topicOf } from '../support/stream-dlq';
import { tableWithStream } from '../support/tables';

const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:orders';
const ROLE_ARN = 'arn:aws:iam::123456789012:role/orders';
const STREAM_ARN = 'arn:aws:kinesis:us-east-1:123456789012:stream/orders';

const importedProcessor = (stack: Stack) =>
  lambda.Function.fromFunctionAttributes(stack, 'Imported', {
    functionArn: FUNCTION_ARN,
    role: iam.Role.fromRoleArn(stack, 'Role', ROLE_ARN),
  });

/** The policy that lets a processor publish to the topic of a StreamDlq. */
const publishPolicyOf = (processor: lambda.IFunction, dlq: StreamDlq) =>
  processor.role!.node.findChild(`PublishTo${Names.nodeUniqueId(topicOf(dlq).node)}`);

describe('the destination of a mapping', () => {
  test('is the topic', () => {
    const { dlq, stack, stream } = defineDlq();
    const mapping = processWith(dlq, testProcessor(stack), stream);
    expect(propertiesOf(mapping).DestinationConfig).toEqual({ OnFailure: { Destination: resolved(stack, topicOf(dlq).topicArn) } });
  });

  test.each([
    ['the subscription of the intake queue', 'AWS::SNS::Subscription'],
    ['the mapping of the intake queue', 'AWS::Lambda::EventSourceMapping'],
  ])('is in place before the mapping: %s', (_, type) => {
    const { dlq, stack, stream } = defineDlq();
    const { DependsOn } = resourceOf(processWith(dlq, testProcessor(stack), stream));
    const [id] = Object.entries(resourcesOf(stack)).find(([, it]) => it.Type === type)!;
    expect(DependsOn).toContain(id);
  });

  test('is in place before the mapping: the policy of the intake queue', () => {
    const { dlq, stack, stream } = defineDlq();
    const { DependsOn } = resourceOf(processWith(dlq, testProcessor(stack), stream));
    expect(DependsOn).toContain(logicalId(dlq.intakeQueue!.node.findChild('Policy')));
  });

  test('is in place before the mapping: the policy of the undeliverable queue', () => {
    const { dlq, stack, stream } = defineDlq();
    const { DependsOn } = resourceOf(processWith(dlq, testProcessor(stack), stream));
    expect(DependsOn).toContain(logicalId(dlq.undeliverableQueue.node.findChild('Policy')));
  });

  test('is in place before the mapping: the policy of an undeliverable queue that is given', () => {
    const { dlq, stack, stream } = defineDlq((it) => ({ undeliverableQueue: new sqs.Queue(it, 'Given') }));
    const { DependsOn } = resourceOf(processWith(dlq, testProcessor(stack), stream));
    expect(DependsOn).toContain(logicalId(dlq.undeliverableQueue.node.findChild('Policy')));
  });

  test('is in place before the mapping: the permission of the processor to publish', () => {
    const { dlq, stack, stream } = defineDlq();
    const processor = testProcessor(stack);
    const { DependsOn } = resourceOf(processWith(dlq, processor, stream));
    expect(DependsOn).toContain(logicalId(publishPolicyOf(processor, dlq)));
  });

  test('is published to by a policy of its own, so that the one before stays until the mapping has moved on', () => {
    const { dlq, stack, stream } = defineDlq();
    const processor = testProcessor(stack);
    processWith(dlq, processor, stream);
    const other = new StreamDlq(stack, 'Other', { source: StreamSource.kinesis(stream) });
    const mapping = processor.addEventSourceMapping('Mapping', {
      eventSourceArn: stream.streamArn, startingPosition: lambda.StartingPosition.LATEST, onFailure: other,
    });
    const [first, second] = [dlq, other].map((it) => logicalId(publishPolicyOf(processor, it)));
    expect(first).not.toBe(second);
    expect(resourceOf(mapping).DependsOn).toContain(second);
    expect(resourceOf(mapping).DependsOn).not.toContain(first);
  });
});

describe('a processor that is imported without its role', () => {
  function bound(): Defined {
    const defined = defineDlq();
    // `KinesisEventSource` itself refuses such a function: it cannot let it read the stream.
    lambda.Function.fromFunctionArn(defined.stack, 'Imported', FUNCTION_ARN).addEventSourceMapping('Mapping', {
      retryAttempts: 3, maxRecordAge: Duration.hours(18),
      eventSourceArn: defined.stream.streamArn,
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      onFailure: defined.dlq,
    });
    return defined;
  }

  test('is warned of, with what to do', () => {
    const { stack, dlq } = bound();
    const topic = JSON.stringify(resolved(stack, topicOf(dlq).topicArn));
    expect(annotationsOf(stack).filter((it) => it.includes('cdk-stream-dlq'))).toEqual([
      'warning /Stack/Dlq: processor \'Stack/Imported\' must have a role that is allowed to send failure records, got: a function ' +
        'imported without its role; import it by Function.fromFunctionAttributes() with `role`, or allow this yourself: ' +
        `{"Action":"sns:Publish","Effect":"Allow","Resource":${topic}} [ack: cdk-stream-dlq:processorWithoutRole]`,
    ]);
  });

  test('has its mapping all the same', () => {
    const { stack } = bound();
    const mappings = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping');
    expect(mappings.filter(({ Properties }) => Properties.StartingPosition)).toHaveLength(1);
  });

  test('is not warned of where the role is given', () => {
    const { dlq, stack, stream } = defineDlq();
    processWith(dlq, importedProcessor(stack), stream);
    expect(annotationsOf(stack)).toEqual([]);
  });
});

describe('a mapping of a stream that is no source', () => {
  const synth = (stack: Stack) => messageOf(() => (stack.node.root as App).synth());
  const refusal = (source: string, read: string, mapping: string) =>
    'Validation failed with the following errors:\n' +
    `  [Stack/Dlq] the stream of mapping '${mapping}' must be a source of its StreamDlq, got: ${read}, where the sources are ${source}; ` +
    'add it with addSource()';

  test('is refused at synth', () => {
    const { dlq, stack } = defineDlq();
    const mapping = processWith(dlq, testProcessor(stack), new kinesis.Stream(stack, 'Other'));
    expect(synth(stack)).toBe(refusal('Stack/Stream', 'Stack/Other', mapping.node.path));
  });

  test('is refused at synth where both are imported', () => {
    const { dlq, stack } = defineDlq({}, (it) => kinesis.Stream.fromStreamArn(it, 'Stream', STREAM_ARN));
    const mapping = processWith(dlq, testProcessor(stack), kinesis.Stream.fromStreamArn(stack, 'Other', `${STREAM_ARN}-2`));
    expect(synth(stack)).toBe(refusal(STREAM_ARN, `${STREAM_ARN}-2`, mapping.node.path));
  });

  test('is refused at synth where it reads a consumer of another stream', () => {
    const { dlq, stack } = defineDlq();
    const consumer = new kinesis.StreamConsumer(stack, 'Consumer', {
      stream: new kinesis.Stream(stack, 'Other'),
      streamConsumerName: 'fast',
    });
    const mapping = testProcessor(stack).addEventSourceMapping('Mapping', {
      eventSourceArn: consumer.streamConsumerArn,
      startingPosition: lambda.StartingPosition.LATEST,
      onFailure: dlq,
    });
    expect(synth(stack)).toBe(refusal('Stack/Stream', 'Stack/Other', mapping.node.path));
  });

  test('is refused at synth where it reads the stream of a DynamoDB table', () => {
    const { dlq, stack } = defineDlq();
    const table = new dynamodb.Table(stack, 'Table', {
      partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
      stream: dynamodb.StreamViewType.NEW_IMAGE,
    });
    const mapping = testProcessor(stack).addEventSourceMapping('Mapping', {
      eventSourceArn: table.tableStreamArn,
      startingPosition: lambda.StartingPosition.LATEST,
      onFailure: dlq,
    });
    expect(synth(stack)).toBe(refusal('Stack/Stream', 'Stack/Table', mapping.node.path));
  });

  test('is refused beside a mapping of the right stream, which is not named', () => {
    const { dlq, stack, stream } = defineDlq();
    const processor = testProcessor(stack);
    processWith(dlq, processor, stream);
    const mapping = processWith(dlq, processor, new kinesis.Stream(stack, 'Other'));
    expect(synth(stack)).toBe(refusal('Stack/Stream', 'Stack/Other', mapping.node.path));
  });
});

describe('a mapping of a source that is added later', () => {
  test('passes at synth, whichever of the sources it reads', () => {
    const { dlq, stack, stream } = defineDlq();
    const other = new kinesis.Stream(stack, 'Other');
    processWith(dlq, testProcessor(stack), other);
    processWith(dlq, testProcessor(stack, 'Second'), stream);
    dlq.addSource(StreamSource.kinesis(other));
    expect(dlq.sources.map(({ streamArn }) => streamArn)).toEqual([stream.streamArn, other.streamArn]);
    expect(() => (stack.node.root as App).synth()).not.toThrow();
  });

  test('is refused at synth where the StreamDlq has no source at all', () => {
    const stack = testStack();
    const mapping = processWith(new StreamDlq(stack, 'Dlq'), testProcessor(stack), new kinesis.Stream(stack, 'Stream'));
    expect(messageOf(() => (stack.node.root as App).synth())).toContain(
      `[Stack/Dlq] the stream of mapping '${mapping.node.path}' must be a source of its StreamDlq, got: no source; ` +
        'pass StreamSource.kinesis(stream) or StreamSource.dynamo(table) as `source` or to addSource()',
    );
  });
});

describe('a mapping that begins at a point in time', () => {
  const AT_TIMESTAMP = { startingPosition: lambda.StartingPosition.AT_TIMESTAMP, startingPositionTimestamp: 1_795_000_000 };

  /** What stops the app where a mapping of one's own reads the table like that. */
  const errorsWith = (change: (resource: lambda.CfnEventSourceMapping) => void = () => undefined) => {
    const stack = testStack();
    const table = tableWithStream(stack);
    const onFailure = new StreamDlq(stack, 'Dlq', { source: StreamSource.dynamo(table) });
    const mapping = testProcessor(stack).addEventSourceMapping('Mapping', { eventSourceArn: table.tableStreamArn, onFailure, ...AT_TIMESTAMP });
    change(mapping.node.defaultChild as lambda.CfnEventSourceMapping);
    return mapping.node.validate();
  };

  test('is refused at synth where it reads the stream of a table', () => {
    expect(errorsWith()).toEqual([
      '`startingPosition` must be TRIM_HORIZON or LATEST for the stream of a table, got: AT_TIMESTAMP; use TRIM_HORIZON to begin with ' +
        'the oldest record, of up to 24 hours ago',
    ]);
  });

  test('passes where an escape hatch has it begin elsewhere', () => {
    expect(errorsWith((resource) => resource.addPropertyOverride('StartingPosition', 'LATEST'))).toEqual([]);
  });

  test('passes where it reads a Kinesis stream', () => {
    const { dlq: onFailure, stack, stream } = defineDlq();
    const mapping = testProcessor(stack).addEventSourceMapping('Mapping', { eventSourceArn: stream.streamArn, onFailure, ...AT_TIMESTAMP });
    expect(mapping.node.validate()).toEqual([]);
  });
});

describe('a mapping that may well be of the same stream', () => {
  test('passes where the stream is imported under two ids', () => {
    const { dlq, stack } = defineDlq({}, (it) => kinesis.Stream.fromStreamArn(it, 'Stream', STREAM_ARN));
    processWith(dlq, testProcessor(stack), kinesis.Stream.fromStreamArn(stack, 'Again', STREAM_ARN));
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('passes where it reads an imported consumer of the stream', () => {
    const { dlq, stack } = defineDlq({}, (it) => kinesis.Stream.fromStreamArn(it, 'Stream', STREAM_ARN));
    testProcessor(stack).addEventSourceMapping('Mapping', {
      retryAttempts: 3, maxRecordAge: Duration.hours(18),
      eventSourceArn: `${STREAM_ARN}/consumer/fast:1700000000`,
      startingPosition: lambda.StartingPosition.LATEST,
      onFailure: dlq,
    });
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('passes where its stream is known at deployment only', () => {
    const { dlq, stack } = defineDlq();
    testProcessor(stack).addEventSourceMapping('Mapping', {
      retryAttempts: 3, maxRecordAge: Duration.hours(18),
      eventSourceArn: Lazy.string({ produce: () => STREAM_ARN }),
      startingPosition: lambda.StartingPosition.LATEST,
      onFailure: dlq,
    });
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('passes where the stream of the StreamDlq is known at deployment only', () => {
    const stack = testStack();
    const streamArn = Lazy.string({ produce: () => STREAM_ARN });
    const source = StreamSource.kinesis(kinesis.Stream.fromStreamArn(stack, 'Stream', streamArn));
    processWith(new StreamDlq(stack, 'Dlq', { source }), testProcessor(stack), new kinesis.Stream(stack, 'Other'));
    expect(annotationsOf(stack)).toEqual([]);
  });
});
