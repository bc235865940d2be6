import { type GraphWidget, linesOf, type MetricRow } from '../../../local/cloudwatch/dashboard';
import { dashboardPicture } from '../../../local/cloudwatch/dashboard-picture';
import { Metrics } from '../../../local/cloudwatch/metrics';

const MINUTE = 60_000;
const widget = (...metrics: readonly MetricRow[]): GraphWidget =>
  ({ type: 'metric', x: 0, y: 0, width: 4, height: 6, properties: { title: 'Queue', period: 60, metrics } });

/** Two minutes: 1 and 3 in the first, nothing in the second. */
function twoMinutes(): Metrics {
  const metrics = new Metrics();
  for (const value of [1, 3]) metrics.record({ namespace: 'App', name: 'A', dimensions: { Queue: 'dlq', Kind: 'x' } }, value);
  metrics.record({ namespace: 'App', name: 'B', dimensions: {} }, 10);
  metrics.pass(2);
  return metrics;
}

test('a line is a metric with its dimensions, or a sum of metrics that are hidden', () => {
  const metrics = twoMinutes();
  const lines = linesOf(widget(
    ['App', 'A', 'Queue', 'dlq', 'Kind', 'x', { stat: 'Sum', id: 'a', yAxis: 'right', label: 'all' }],
    ['App', 'B', { id: 'b', visible: false }],
    [{ expression: 'a + b', label: 'sum' }],
    ['App', 'A', 'Queue', 'other', { stat: 'Sum' }],
  ), metrics, { end: metrics.lastMinute, length: MINUTE, count: 2 });
  expect(lines).toEqual([
    { label: 'all', axis: 'right', series: [4, undefined] },
    { label: 'sum', axis: 'left', series: [14, undefined] },
    { label: 'A', axis: 'left', series: [undefined, undefined] },
  ]);
});

test('a picture has the size of the grid, and the title and the legend of each widget', () => {
  const body = { widgets: [widget(['App', 'B', { label: 'left' }]), { ...widget(['App', 'B', { label: 'right', yAxis: 'right' }]), x: 4, y: 6 }] };
  const svg = dashboardPicture(body, twoMinutes(), 2);
  expect(svg).toMatch(/^<svg [^>]*width="720" height="660"/);
  for (const text of ['Queue', 'left', 'right']) expect(svg).toContain(`>${text}</text>`);
  expect(svg).toContain('translate(360 330)');
});
