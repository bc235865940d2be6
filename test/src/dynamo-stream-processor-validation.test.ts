import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoStreamProcessor, DynamoStreamProcessorProps } from '../../src';
import { processorProps, testStack } from '../support/app';
import { messageOf } from '../support/errors';
import { partitionKey, tableWithStream } from '../support/tables';

const tableProps: dynamodb.TablePropsV2 = { partitionKey };

/** What `new DynamoStreamProcessor` says to these props. */
const refusal = (props: DynamoStreamProcessorProps, stack = testStack()) =>
  messageOf(() => new DynamoStreamProcessor(stack, 'Audit', props));

describe('table and tableProps', () => {
  const rest = 'pass an existing table as `table`, or the properties of a new one as `tableProps`';

  test('one of them must be given: a table has no key by itself', () => {
    expect(refusal({ processorProps })).toBe(
      `[Stack/Audit] exactly one of \`table\` and \`tableProps\` must be given, got: neither; ${rest}`,
    );
  });

  test('not both may be given', () => {
    const stack = testStack();
    expect(refusal({ table: tableWithStream(stack), tableProps, processorProps }, stack)).toBe(
      `[Stack/Audit] exactly one of \`table\` and \`tableProps\` must be given, got: both; ${rest}`,
    );
  });

  test('a table without a stream is refused by its own name', () => {
    const stack = testStack();
    expect(refusal({ table: new dynamodb.Table(stack, 'Table', { partitionKey }), processorProps }, stack)).toBe(
      '[Stack/Table] the table must have a stream, got: none; set `stream: StreamViewType.NEW_AND_OLD_IMAGES` where the table is defined',
    );
  });
});

describe('startingPosition', () => {
  test('AT_TIMESTAMP is refused', () => {
    expect(refusal({ tableProps, processorProps, startingPosition: lambda.StartingPosition.AT_TIMESTAMP })).toBe(
      '[Stack/Audit] `startingPosition` must be TRIM_HORIZON or LATEST for the stream of a table, got: AT_TIMESTAMP; use TRIM_HORIZON ' +
        'to begin with the oldest record, of up to 24 hours ago',
    );
  });
});
