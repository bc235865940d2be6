import { embeddedMetrics } from '../../../local/cloudwatch/embedded-metrics';

const line = (change: object = {}) => JSON.stringify({
  _aws: {
    Timestamp: 1,
    CloudWatchMetrics: [
      { Namespace: 'App', Dimensions: [['Queue'], ['Queue', 'Status'], []], Metrics: [{ Name: 'Sent', Unit: 'Count' }] },
      { Namespace: 'App', Dimensions: [['Queue']], Metrics: [{ Name: 'Sizes' }] },
    ],
  },
  Queue: 'dlq', Status: 'COMPLETE', Sent: 2, Sizes: [3, 4],
  ...change,
});

const metric = (name: string, dimensions: Record<string, string>) => ({ namespace: 'App', name, dimensions });

test('a line has a value for each metric and each set of dimensions', () => {
  expect(embeddedMetrics(line())).toEqual([
    { metric: metric('Sent', { Queue: 'dlq' }), value: 2 },
    { metric: metric('Sent', { Queue: 'dlq', Status: 'COMPLETE' }), value: 2 },
    { metric: metric('Sent', {}), value: 2 },
    { metric: metric('Sizes', { Queue: 'dlq' }), value: 3 },
    { metric: metric('Sizes', { Queue: 'dlq' }), value: 4 },
  ]);
});

test('a value that is no number, and a dimension without a value, give no metric', () => {
  expect(embeddedMetrics(line({ Sizes: 'large', Status: undefined })).map(({ metric: it }) => it)).toEqual([
    metric('Sent', { Queue: 'dlq' }), metric('Sent', {}),
  ]);
});

test.each([
  ['text before it', `INFO ${line()}`],
  ['no JSON', '{"_aws"'],
  ['another JSON line', '{"level":"INFO"}'],
  ['no directives', '{"_aws":{"Timestamp":1}}'],
])('a line with %s gives no metric', (_, text) => {
  expect(embeddedMetrics(text)).toEqual([]);
});
