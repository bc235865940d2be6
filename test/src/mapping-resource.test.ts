import { Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { StreamDlq, StreamSource } from 'cdk-stream-dlq';
import { annotationsOf, resourcesOf, testStack } from '../support/app';
import { topicOf } from '../support/stream-dlq';

const SETTINGS = { startingPosition: lambda.StartingPosition.LATEST, parallelizationFactor: 10 };

interface Defined {
  readonly stack: Stack;
  readonly stream: kinesis.Stream;
  readonly fn: lambda.Function;
}

function define(): Defined {
  const stack = testStack();
  const code = lambda.Code.fromInline('exports.handler = async () => {};');
  return {
    stack,
    stream: new kinesis.Stream(stack, 'Stream'),
    fn: new lambda.Function(stack, 'Fn', { runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler', code }),
  };
}

function mappingOf({ stack, stream, fn }: Defined, props: Partial<lambda.CfnEventSourceMappingProps> = {}): lambda.CfnEventSourceMapping {
  return new lambda.CfnEventSourceMapping(stack, 'Mapping', { functionName: fn.functionName, eventSourceArn: stream.streamArn, ...SETTINGS, ...props });
}

/** What a mapping sends failures to and waits for, and the ids of what synth says of it. */
function seen({ stack }: Defined): { destination: unknown; waitsFor: unknown; advice: unknown } {
  const { Properties, DependsOn } = Object.values(resourcesOf(stack)).find(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping')!;
  const advice = annotationsOf(stack).map((it) => /\[ack: cdk-stream-dlq:(\w+)\]$/.exec(it)?.[1]);
  return { destination: Properties!.DestinationConfig, waitsFor: [DependsOn].flat().filter((it) => String(it).startsWith('Dlq') || String(it).includes('PublishTo')), advice };
}

describe('a StreamDlq of a mapping that is an L1', () => {
  test('has it send, wait and be advised as the mapping of an event source', () => {
    const [resource, source] = [define(), define()];
    const of = ({ stack, stream }: Defined) => new StreamDlq(stack, 'Dlq', { source: StreamSource.kinesis(stream) });
    of(resource).attachTo(mappingOf(resource), resource.fn);
    source.fn.addEventSource(new KinesisEventSource(source.stream, { ...SETTINGS, onFailure: of(source) }));
    expect(seen(resource)).toEqual(seen(source));
    expect(seen(resource)).toMatchObject({ destination: { OnFailure: { Destination: expect.anything() } }, advice: expect.arrayContaining(['supersetPayload']) });
    expect(seen(resource).waitsFor).not.toEqual([]);
  });

  test('takes the place of the destination that it had', () => {
    const it = define();
    const mapping = mappingOf(it, { destinationConfig: { onFailure: { destination: 'arn:aws:sqs:us-east-1:123456789012:old' } } });
    const dlq = new StreamDlq(it.stack, 'Dlq', { source: StreamSource.kinesis(it.stream) });
    dlq.attachTo(mapping, it.fn);
    expect(seen(it).destination).toEqual({ OnFailure: { Destination: it.stack.resolve(topicOf(dlq).topicArn) } });
  });

  test('is refused where it reads another stream', () => {
    const it = define();
    const other = new kinesis.Stream(it.stack, 'Other');
    new StreamDlq(it.stack, 'Dlq', { source: StreamSource.kinesis(other) }).attachTo(mappingOf(it), it.fn);
    expect(() => resourcesOf(it.stack)).toThrow(
      "the stream of mapping 'Stack/Mapping' must be a source of its StreamDlq, got: Stack/Stream, where the sources are Stack/Other; add it with addSource()",
    );
  });

  test('is refused with what Lambda refuses beside a tumbling window', () => {
    const it = define();
    new StreamDlq(it.stack, 'Dlq', { source: StreamSource.kinesis(it.stream) }).attachTo(mappingOf(it, { tumblingWindowInSeconds: 30 }), it.fn);
    expect(() => resourcesOf(it.stack)).toThrow(/tumblingWindow/);
  });

  test('is refused on the stream of a table where it begins at a point in time', () => {
    const it = define();
    const table = new dynamodb.Table(it.stack, 'Table', {
      partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING }, stream: dynamodb.StreamViewType.NEW_IMAGE,
    });
    const mapping = mappingOf(it, { eventSourceArn: table.tableStreamArn, startingPosition: 'AT_TIMESTAMP', parallelizationFactor: 1 });
    new StreamDlq(it.stack, 'Dlq', { source: StreamSource.dynamo(table) }).attachTo(mapping, it.fn);
    expect(() => resourcesOf(it.stack)).toThrow(/`startingPosition` must be TRIM_HORIZON or LATEST/);
  });
});
