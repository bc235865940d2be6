import { MetricMath, type Series } from '../../../local/cloudwatch/metric-math';

const SERIES: Readonly<Record<string, Series>> = { a: [1, 2, undefined, undefined], b: [10, undefined, 30, undefined] };
const evaluate = (expression: string) => new MetricMath(expression).evaluate((id) => SERIES[id]);

test.each<[string, Series]>([
  ['a', [1, 2, undefined, undefined]],
  ['a + b', [11, 2, 30, undefined]],
  ['FILL(a, 0) + FILL(b, 0)', [11, 2, 30, 0]],
  ['a+FILL(b, -1.5)', [11, 0.5, 30, -1.5]],
])('%s treats a missing value as CloudWatch does', (expression, expected) => {
  expect(evaluate(expression)).toEqual(expected);
});

test.each(['a - b', 'SUM([a, b])', 'FILL(a, REPEAT)', 'A', ''])('%j is refused', (expression) => {
  expect(() => new MetricMath(expression)).toThrow('metric math must be a sum of metrics and of FILL(metric, number) here');
});
