import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { FailureCapture, KinesisStreamProcessor } from 'cdk-stream-dlq';
import { logDeadLetter } from '../../lambda/runtime/log';
import { toDeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import { processorProps } from '../support/app';
import { failureRecord } from '../support/records';

function queriesOf(stack: Stack): Record<string, { QueryString: string; LogGroupNames: unknown[] }> {
  const queries = Object.values(Template.fromStack(stack).findResources('AWS::Logs::QueryDefinition'));
  return Object.fromEntries(queries.map(({ Properties }) => [Properties.Name, Properties]));
}

test('there are none unless they are asked for', () => {
  const stack = new Stack();
  new KinesisStreamProcessor(stack, 'Orders', { processorProps });
  expect(queriesOf(stack)).toEqual({});
});

test('they are over the log of each capture function, and two StreamDlqs have names of their own', () => {
  const stack = new Stack();
  for (const id of ['Orders', 'Payments']) {
    new KinesisStreamProcessor(stack, id, { processorProps, logQueries: true, ...(id === 'Payments' && { keepCapture: FailureCapture.s3() }) });
  }
  const queries = queriesOf(stack);
  const names = Object.keys(queries).map((name) => name.replace(/-[0-9A-F]{8}\//, '/'));
  const expected = ['Orders', 'Payments'].flatMap((id) => ['dead-letters', 'errors', 'incomplete', 'latency'].map((name) => `${id}-Dlq/${name}`));
  expect(names.sort()).toEqual(expected.map((name) => `cdk-stream-dlq/${name}`));
  for (const [name, { LogGroupNames }] of Object.entries(queries)) {
    expect(LogGroupNames).toHaveLength(name.includes('Payments') ? 2 : 1);
    expect(LogGroupNames[0]).toEqual({ Ref: expect.stringContaining('LogGroup') });
  }
});

test('every field that they name is in the line of a dead letter', () => {
  const stack = new Stack();
  new KinesisStreamProcessor(stack, 'Orders', { processorProps, logQueries: true });
  const print = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  const error = { name: 'AccessDeniedException', message: 'not authorized' };
  logDeadLetter(toDeadLetter(failureRecord(), { records: [], hasStart: false, hasEnd: false, unreadable: true, error }), { overflowBytes: 0 });
  const line = JSON.parse(print.mock.calls[0][0] as string);
  print.mockRestore();
  expect(line).toMatchObject({ notice: 'dead letter sent', status: 'UNREADABLE', error: { name: 'AccessDeniedException' } });
  for (const { QueryString } of Object.values(queriesOf(stack))) {
    const text = QueryString.replace(/"[^"]*"|\/[^/]*\/|@\w+|\bas \w+/g, '');
    const fields = [...text.matchAll(/\b[a-z]\w*(\.\w+)?\b/g)].map(([word]) => word.split('.')[0]);
    const keywords = ['fields', 'filter', 'stats', 'sort', 'count', 'sum', 'pct', 'max', 'by', 'bin', 'desc', 'in', 'or', 'like', 'deadLetters', 'limit'];
    expect(fields.filter((field) => !keywords.includes(field) && !(field in line))).toEqual([]);
  }
});
