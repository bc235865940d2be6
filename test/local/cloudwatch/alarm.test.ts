import { CompositeAlarm, MetricAlarm, type MetricAlarmSpec } from '../../../local/cloudwatch/alarm';
import { MetricMath } from '../../../local/cloudwatch/metric-math';
import { Metrics } from '../../../local/cloudwatch/metrics';

const metric = (name: string) => ({ namespace: 'App', name, dimensions: { Queue: 'dlq' } });
const stat = (name: string, statistic: string) => ({ metric: metric(name), statistic });

let metrics: Metrics;

beforeEach(() => {
  metrics = new Metrics();
});

function alarm(changes: Partial<MetricAlarmSpec> = {}): MetricAlarm {
  return new MetricAlarm({
    name: 'alarm',
    arn: 'arn:alarm',
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
    threshold: 3,
    periodSeconds: 60,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    treatMissingData: 'notBreaching',
    metrics: new Map([['a', stat('A', 'Sum')], ['b', stat('B', 'Maximum')]]),
    math: new MetricMath('a'),
    ...changes,
  }, metrics);
}

/** What happens in a minute, which then ends. */
function minute(values: { readonly A?: readonly number[]; readonly B?: readonly number[] } = {}): void {
  for (const [name, list] of Object.entries(values)) for (const value of list) metrics.record(metric(name), value);
  metrics.pass(1);
}

function evaluated(it: MetricAlarm): [string, number | undefined] {
  it.evaluate();
  return [it.state, it.status.value];
}

test('an alarm has insufficient data until it is evaluated', () => {
  expect(alarm().state).toBe('INSUFFICIENT_DATA');
});

test.each<[string, number, number]>([['Sum', 6, 6], ['Maximum', 3, 3], ['Minimum', 1, 1], ['Average', 2, 2], ['SampleCount', 3, 3]])(
  'the %s of a period is compared', (statistic, threshold, value) => {
    const it = alarm({ threshold, metrics: new Map([['a', stat('A', statistic)]]) });
    minute({ A: [1, 2, 3] });
    expect(evaluated(it)).toEqual(['ALARM', value]);
  });

test.each([
  ['GreaterThanOrEqualToThreshold', ['OK', 'ALARM', 'ALARM']],
  ['GreaterThanThreshold', ['OK', 'OK', 'ALARM']],
  ['LessThanThreshold', ['ALARM', 'OK', 'OK']],
  ['LessThanOrEqualToThreshold', ['ALARM', 'ALARM', 'OK']],
])('%s', (comparisonOperator, states) => {
  const it = alarm({ comparisonOperator });
  expect([2, 3, 4].map((value) => {
    minute({ A: [value] });
    return evaluated(it)[0];
  })).toEqual(states);
});

test('data points of the current minute are not evaluated', () => {
  metrics.record(metric('A'), 3);
  expect(evaluated(alarm())).toEqual(['OK', undefined]);
});

test('a period of five minutes is evaluated every minute', () => {
  const it = alarm({ periodSeconds: 300 });
  minute({ A: [2] });
  expect(evaluated(it)).toEqual(['OK', 2]);
  minute({ A: [1] });
  expect(evaluated(it)).toEqual(['ALARM', 3]);
});

test('two of two periods must be breaching', () => {
  const it = alarm({ evaluationPeriods: 2, datapointsToAlarm: 2 });
  const states = [[3], [3], [0], [3]].map((A) => {
    minute({ A });
    return evaluated(it)[0];
  });
  expect(states).toEqual(['OK', 'ALARM', 'OK', 'OK']);
});

test('after the last data point, an alarm returns to OK when the point leaves the evaluation range', () => {
  const it = alarm();
  minute({ A: [3] });
  const states = [0, 1, 2, 3].map(() => {
    const [state] = evaluated(it);
    minute();
    return state;
  });
  expect(states).toEqual(['ALARM', 'ALARM', 'ALARM', 'OK']);
});

test('a sum of metrics is compared', () => {
  const it = alarm({ math: new MetricMath('a + b') });
  minute({ A: [1, 1], B: [1, 0] });
  expect(evaluated(it)).toEqual(['ALARM', 3]);
});

test('a metric with one dimension more is another metric', () => {
  metrics.record({ ...metric('A'), dimensions: { Queue: 'dlq', Status: 'COMPLETE' } }, 3);
  minute();
  expect(evaluated(alarm())).toEqual(['OK', undefined]);
});

test('a status tells the latest value and what it is compared with', () => {
  const it = alarm();
  minute({ A: [1] });
  it.evaluate();
  expect(it.status).toEqual({ name: 'alarm', state: 'OK', value: 1, condition: '>= 3' });
});

test.each<[Partial<MetricAlarmSpec>, string]>([
  [{ comparisonOperator: 'GreaterThanUpperThreshold' }, 'property ComparisonOperator must be one of'],
  [{ periodSeconds: 10 }, 'property Period must be a multiple of 60 here, got: 10'],
  [{ metrics: new Map([['a', stat('A', 'p99')]]) }, 'property Statistic must be one of'],
  [{ math: new MetricMath('c') }, 'property Metrics must define all metrics of c, got none with the ID c'],
])('%j is refused', (changes, message) => {
  expect(() => alarm(changes)).toThrow(message);
});

describe('a composite alarm', () => {
  const child = (name: string, state: MetricAlarm['state']) => Object.assign(alarm({ name, arn: `arn:${name}` }), { state });

  test.each([
    ['ALARM("arn:a")', 'OK'],
    ['(ALARM("arn:a") OR ALARM("arn:b"))', 'ALARM'],
    ['ALARM(a) OR ALARM(b)', 'ALARM'],
    ['(ALARM("arn:a") OR ALARM("arn:c"))', 'OK'],
  ])('%s', (rule, state) => {
    const it = new CompositeAlarm('paging', 'arn:paging', rule, () => [child('a', 'OK'), child('b', 'ALARM'), child('c', 'INSUFFICIENT_DATA')]);
    it.evaluate();
    expect(it.status).toEqual({ name: 'paging', state });
  });

  test.each(['ALARM(a) AND ALARM(b)', 'NOT ALARM(a)', 'OK(a)', 'TRUE'])('with the rule %s is refused', (rule) => {
    expect(() => new CompositeAlarm('paging', 'arn:paging', rule, () => [])).toThrow('property AlarmRule must be ALARM(…), joined by OR, here');
  });
});
