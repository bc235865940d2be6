import { type AlarmSettings, type AlarmState, alarmState, evaluationRange } from '../../../local/cloudwatch/alarm-state';

/** `0` is within the threshold, `X` is breaching, `-` is missing; the oldest comes first. */
function stateOf(points: string, settings: Omit<AlarmSettings, 'isBreaching'>, current: AlarmState = 'OK'): AlarmState {
  const series = points.split(' ').map((point) => ({ 0: 0, X: 1, '-': undefined })[point]);
  return alarmState(series, { ...settings, isBreaching: (value) => value >= 1 }, current);
}

const RETAIN = 'retain';

/** The two tables of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html */
const EXAMPLES: [number, number, string, string, string, AlarmState, AlarmState][] = [
  // M, N, data points, missing, ignore, breaching, not breaching
  [3, 3, '0 - X - X', 'OK', 'OK', 'OK', 'OK'],
  [3, 3, '0 - - - -', 'OK', 'OK', 'OK', 'OK'],
  [3, 3, '- - - - -', 'INSUFFICIENT_DATA', RETAIN, 'ALARM', 'OK'],
  [3, 3, '0 X X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  [3, 3, '- - X - -', 'ALARM', RETAIN, 'ALARM', 'OK'],
  [2, 3, '0 - X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  [2, 3, '0 0 X 0 X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  [2, 3, '0 - X - -', 'OK', 'OK', 'ALARM', 'OK'],
  [2, 3, '- - - - 0', 'OK', 'OK', 'ALARM', 'OK'],
  [2, 3, '- - - X -', 'ALARM', RETAIN, 'ALARM', 'OK'],
];

test.each(EXAMPLES)('%i of %i with %s is as AWS documents it', (datapointsToAlarm, evaluationPeriods, points, missing, ignore, breaching, notBreaching) => {
  const state = (treatMissingData: AlarmSettings['treatMissingData'], current?: AlarmState) =>
    stateOf(points, { datapointsToAlarm, evaluationPeriods, treatMissingData }, current);
  expect([state('missing'), state('breaching'), state('notBreaching')]).toEqual([missing, breaching, notBreaching]);
  for (const current of ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const) {
    expect(state('ignore', current)).toBe(ignore === RETAIN ? current : ignore);
  }
});

test.each(['- - - - X', '- - - X -'])('3 of 3 with %s is not in ALARM before its time', (points) => {
  // What it is instead, an older version of the page shows.
  expect(stateOf(points, { datapointsToAlarm: 3, evaluationPeriods: 3, treatMissingData: 'missing' })).toBe('INSUFFICIENT_DATA');
});

test('AWS retrieves five data points for three evaluation periods', () => {
  expect(evaluationRange({ evaluationPeriods: 3 })).toBe(5);
});
