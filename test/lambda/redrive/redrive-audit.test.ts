import { setTimeout as sleep } from 'node:timers/promises';
import type { InputLogEvent } from '@aws-sdk/client-cloudwatch-logs';
import { AuditNote, RedriveAudit } from '../../../lambda/redrive/redrive-audit';
import { AuditResult } from '../../../lambda/shared/audit/audit-entry';

const QUEUE = 'https://sqs.us-east-1.amazonaws.com/123456789012/letters';
const CALLER = 'arn:aws:lambda:us-east-1:123456789012:function:Redrive';
const NEVER = new AbortController().signal;

const NOTES: AuditNote[] = [
  { time: new Date(1_000), entry: { result: AuditResult.SENT, messageId: 'm-1', deadLetterId: 'd-1', records: 3, to: 'arn:function' } },
  { time: new Date(2_000), entry: { result: AuditResult.PARKED, messageId: 'm-2', to: 'https://parking', reason: 'NotADeadLetterError' } },
];
const COMMON = { caller: CALLER, command: 'RedriveFunction', queue: QUEUE };
const LINES = [
  { time: '1970-01-01T00:00:01.000Z', ...COMMON, ...NOTES[0].entry },
  { time: '1970-01-01T00:00:02.000Z', ...COMMON, ...NOTES[1].entry },
];

let logged: object[];
beforeEach(() => {
  logged = [];
  jest.spyOn(console, 'log').mockImplementation((line: string) => void logged.push(JSON.parse(line) as object));
});
afterEach(() => jest.restoreAllMocks());

describe('the audit of the redrive function', () => {
  test('has one line per entry, in one call', async () => {
    const puts: (readonly InputLogEvent[])[] = [];
    await new RedriveAudit({ put: async (events) => void puts.push(events) }, QUEUE).write(CALLER, NOTES, NEVER);
    expect(puts).toHaveLength(1);
    expect(puts[0].map(({ timestamp }) => timestamp)).toEqual([1_000, 2_000]);
    expect(puts[0].map(({ message }) => JSON.parse(message!) as object)).toEqual(LINES);
    expect(logged).toEqual([]);
  });

  test('makes no call without entries', async () => {
    const put = jest.fn();
    await new RedriveAudit({ put }, QUEUE).write(CALLER, [], NEVER);
    expect(put).not.toHaveBeenCalled();
  });

  test('is in the log of the function when the log group returns an error, without failing the function', async () => {
    const denied = Object.assign(new Error('not authorized to perform: logs:PutLogEvents'), { name: 'AccessDeniedException' });
    const audit = new RedriveAudit({ put: () => Promise.reject(denied) }, QUEUE);
    await audit.write(CALLER, NOTES, NEVER);
    expect(logged).toEqual(LINES.map((line) => ({ level: 'ERROR', notice: 'audit line not written', error: String(denied), line })));
  });

  test('tries the log group again the next time, because a permission can be fixed', async () => {
    const put = jest.fn().mockRejectedValueOnce(new Error('no')).mockResolvedValue(undefined);
    const audit = new RedriveAudit({ put }, QUEUE);
    await audit.write(CALLER, NOTES, NEVER);
    await audit.write(CALLER, NOTES, NEVER);
    expect([put.mock.calls.length, logged.length]).toEqual([2, NOTES.length]);
  });

  describe('with a log group that does not respond', () => {
    const hanging = new RedriveAudit({ put: (_, signal) => sleep(60_000, undefined, { signal, ref: false }) }, QUEUE);

    test('ends with the time of the invocation', async () => {
      await hanging.write(CALLER, NOTES, AbortSignal.timeout(10));
      expect(logged).toHaveLength(NOTES.length);
    });

    test('ends after five seconds, even when more time remains', async () => {
      const timeout = jest.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort());
      await hanging.write(CALLER, NOTES, NEVER);
      expect(timeout.mock.calls).toEqual([[5_000]]);
      expect(logged).toHaveLength(NOTES.length);
    });
  });
});
