import { App, CfnParameter, Duration, Fn } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { IConstruct } from 'constructs';
import { DynamoStreamProcessor, FailureCapture, KinesisStreamProcessor, type KinesisStreamProcessorProps } from '../../src';
import { processorProps, testProcessor, testStack } from '../support/app';
import { defineDlq, processWith } from '../support/stream-dlq';

const capture = FailureCapture.s3();
const tumblingWindow = Duration.minutes(1);
const filters = [lambda.FilterCriteria.filter({ data: { kind: lambda.FilterRule.isEqual('order') } })];
const FACTOR = '`parallelizationFactor` must be 1 with `tumblingWindow`, got: 2; remove one of the two: Lambda refuses both together';
const FILTERS =
  '`filters` must be empty with `tumblingWindow`, got: 1; filter in the processor, or remove `tumblingWindow`: Lambda refuses both ' +
    'together';

const synth = (scope: IConstruct) => App.of(scope)!.synth();
const define = (props: Partial<KinesisStreamProcessorProps>) => {
  const stack = testStack();
  return new KinesisStreamProcessor(stack, 'Orders', { processorProps, capture, ...props });
};

// As AWS was recorded to answer: github.com/radkawar/stackd at 9dc356f, testdata/aws/lambda/dynamodb_source.json: tumbling_admission.
describe('a tumbling window', () => {
  test.each<[string, Partial<KinesisStreamProcessorProps>, string[]]>([
    ['a parallelization factor above 1', { parallelizationFactor: 2 }, [FACTOR]],
    ['filters', { filters }, [FILTERS]],
    ['both', { parallelizationFactor: 2, filters }, [FACTOR, FILTERS]],
  ])('is refused with %s', (_, props, messages) => {
    const orders = define({ tumblingWindow, ...props });
    for (const message of messages) expect(() => synth(orders)).toThrow(message);
  });

  test.each<[string, Partial<KinesisStreamProcessorProps>]>([
    ['a factor of 1', { tumblingWindow, parallelizationFactor: 1 }],
    ['an empty list of filters, which Lambda takes', { tumblingWindow, filters: [] }],
    ['neither', { tumblingWindow }],
  ])('passes with %s', (_, props) => {
    expect(() => synth(define(props))).not.toThrow();
  });

  test('of 0 is none', () => {
    expect(() => synth(define({ tumblingWindow: Duration.seconds(0), parallelizationFactor: 2, filters }))).not.toThrow();
  });

  test('is refused on the stream of a table, too', () => {
    const stack = testStack();
    new DynamoStreamProcessor(stack, 'Audit', {
      tableProps: { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING } }, processorProps, capture, tumblingWindow, parallelizationFactor: 2,
    });
    expect(() => synth(stack)).toThrow(FACTOR);
  });

  test('is refused on an existing mapping, and where an override sets it', () => {
    const { dlq, stack, stream } = defineDlq({ capture });
    const processor = testProcessor(stack);
    processWith(dlq, processor, stream, { parallelizationFactor: 2 });
    const [mapping] = processor.node.findAll().filter((it) => it instanceof lambda.CfnEventSourceMapping);
    mapping.addPropertyOverride('TumblingWindowInSeconds', 60);
    expect(() => synth(stack)).toThrow(FACTOR);
  });

  test('passes with values that are known at deployment only', () => {
    const orders = define({ tumblingWindow });
    const resource = orders.mapping.node.defaultChild as lambda.CfnEventSourceMapping;
    resource.parallelizationFactor = new CfnParameter(orders, 'Factor', { type: 'Number' }).valueAsNumber;
    resource.addPropertyOverride('FilterCriteria', { Filters: Fn.ref('AWS::NoValue') });
    expect(() => synth(orders)).not.toThrow();
  });
});
