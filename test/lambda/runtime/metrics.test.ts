import { logDeadLetter } from '../../../lambda/runtime/log';
import { countRedrive } from '../../../lambda/runtime/metrics';
import { toDeadLetter } from '../../../lambda/shared/dead-letter/dead-letter';
import { failureRecord } from '../../support/records';

const SECRET = 'card 4111-1111-1111-1111';
const NOW = Date.parse('2026-03-01T12:00:10.000Z');
const failure = { ...failureRecord(), timestamp: '2026-03-01T12:00:00.000Z' };
const whole = toDeadLetter(failure, { records: [{ data: SECRET }, {}, {}], hasStart: true, hasEnd: true });

let lines: string[];
beforeEach(() => {
  lines = [];
  process.env.CUSTOM_METRICS = 'true';
  process.env.QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/Orders-Queue';
  jest.spyOn(Date, 'now').mockReturnValue(NOW);
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
});
afterEach(() => {
  delete process.env.CUSTOM_METRICS;
  delete process.env.QUEUE_URL;
  jest.restoreAllMocks();
});

test('a dead letter is one line in the embedded metric format, with nothing of its records', () => {
  logDeadLetter(whole, { overflowBytes: 0 });
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain(SECRET);
  expect(lines[0].endsWith('\n')).toBe(true);
  const Count = (...names: string[]) => names.map((Name) => ({ Name, Unit: 'Count' }));
  expect(JSON.parse(lines[0])).toEqual({
    _aws: {
      Timestamp: NOW,
      CloudWatchMetrics: [
        {
          Namespace: 'CdkStreamDlq',
          Dimensions: [['DeadLetterQueue']],
          Metrics: [
            ...Count('DeadLettersSent', 'IncompleteDeadLetters', 'RecordsRecovered', 'RecordsMissing'),
            { Name: 'CaptureLatency', Unit: 'Milliseconds' },
            { Name: 'OverflowBytes', Unit: 'Bytes' },
          ],
        },
        { Namespace: 'CdkStreamDlq', Dimensions: [['DeadLetterQueue', 'HydrationStatus']], Metrics: Count('DeadLettersSent') },
      ],
    },
    DeadLetterQueue: 'Orders-Queue',
    HydrationStatus: 'COMPLETE',
    DeadLettersSent: 1,
    IncompleteDeadLetters: 0,
    RecordsRecovered: 3,
    RecordsMissing: 0,
    CaptureLatency: 10_000,
    OverflowBytes: 0,
  });
});

test.each([
  ['EXPIRED', { records: [], hasStart: false, hasEnd: false }, { IncompleteDeadLetters: 1, RecordsRecovered: 0, RecordsMissing: 3 }],
  ['PARTIAL', { records: [{}], hasStart: false, hasEnd: true }, { IncompleteDeadLetters: 1, RecordsRecovered: 1, RecordsMissing: 2 }],
  // More than the batch had, and not all of its own.
  ['PARTIAL', { records: [{}, {}, {}, {}], hasStart: false, hasEnd: true }, { IncompleteDeadLetters: 1, RecordsRecovered: 4, RecordsMissing: 0 }],
  ['SUPERSET', { records: [{}, {}, {}, {}], hasStart: true, hasEnd: true }, { IncompleteDeadLetters: 0, RecordsRecovered: 4, RecordsMissing: 0 }],
])('%s', (HydrationStatus, reading, values) => {
  logDeadLetter(toDeadLetter(failure, reading), { overflowBytes: 2_000_000 });
  expect(JSON.parse(lines[0])).toMatchObject({ HydrationStatus, DeadLettersSent: 1, OverflowBytes: 2_000_000, ...values });
});

test.each([
  ['no time', undefined],
  ['a time that is none', 'yesterday'],
])('a failure record with %s has no latency, and every metric that is named has a value', (_, timestamp) => {
  logDeadLetter(toDeadLetter({ ...failure, timestamp: timestamp as string }, { records: [], hasStart: false, hasEnd: false }), { overflowBytes: 0 });
  const { _aws: { CloudWatchMetrics: [{ Metrics }] }, ...values } = JSON.parse(lines[0]);
  const names = Metrics.map(({ Name }: { Name: string }) => Name);
  expect(names).not.toContain('CaptureLatency');
  for (const name of names) expect(values[name]).toEqual(expect.any(Number));
});

test('a failure record of a clock that is ahead has a latency of 0', () => {
  logDeadLetter({ ...whole, timestamp: '2026-03-01T12:00:11.000Z' }, { overflowBytes: 0 });
  expect(JSON.parse(lines[0])).toMatchObject({ CaptureLatency: 0 });
});

test.each([
  [true, { DeadLettersRedriven: 1, RedrivesFailed: 0 }],
  [false, { DeadLettersRedriven: 0, RedrivesFailed: 1 }],
])('a redrive that succeeded: %s', (succeeded, values) => {
  countRedrive({ succeeded });
  const line = JSON.parse(lines[0]);
  expect(line).toMatchObject({ DeadLetterQueue: 'Orders-Queue', ...values });
  expect(line._aws.CloudWatchMetrics.map(({ Dimensions }: { Dimensions: string[][] }) => Dimensions)).toEqual([[['DeadLetterQueue']]]);
});

test.each([undefined, '', 'false'])('nothing is written with CUSTOM_METRICS %p', (value) => {
  if (value === undefined) delete process.env.CUSTOM_METRICS;
  else process.env.CUSTOM_METRICS = value;
  logDeadLetter(whole, { overflowBytes: 0 });
  countRedrive({ succeeded: true });
  expect(lines).toEqual([]);
});

test('metrics are written at any log level', () => {
  process.env.LOG_LEVEL = 'ERROR';
  try {
    logDeadLetter(whole, { overflowBytes: 0 });
    expect(lines).toHaveLength(1);
  } finally {
    delete process.env.LOG_LEVEL;
  }
});
