import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand, type PutLogEventsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { AuditResult } from '../../../lambda/shared/audit/audit-entry';
import { Audit, defaultAuditLog } from '../../audit/audit';
import { CloudWatchLines } from '../../audit/cloudwatch-lines';
import type { Context } from '../../context';
import { DurableLines } from '../../file/durable-lines';

const QUEUE = 'https://sqs.us-east-1.amazonaws.com/123456789012/Orders';
const CALLER = 'arn:aws:sts::123456789012:assumed-role/Operator/mia';
const GROUP = '/orders/operators';

const logs = mockClient(CloudWatchLogsClient);

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdk-stream-dlq-'));
  file = join(folder, 'state', 'audit.jsonl');
  logs.reset();
  logs.on(CreateLogStreamCommand).resolves({}).on(PutLogEventsCommand).resolves({});
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lines = () => readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as object);

describe('lines on the disk', () => {
  test('are in a file that only its owner reads, in a folder that is made', async () => {
    const log = await DurableLines.open(file);
    await log.append('one');
    await log.close();
    expect(readFileSync(file, 'utf8')).toBe('one\n');
    expect([statSync(file).mode & 0o777, statSync(join(folder, 'state')).mode & 0o777]).toEqual([0o600, 0o700]);
  });

  test('keep their order, whoever is at work meanwhile', async () => {
    const log = await DurableLines.open(file);
    const numbers = Array.from({ length: 500 }, (_, number) => number);
    await Promise.all(numbers.map((number) => log.append(String(number))));
    await log.append('last');
    await log.close();
    expect(readFileSync(file, 'utf8')).toBe(`${[...numbers, 'last'].join('\n')}\n`);
  });

  test('come after what was there, and after a line that was cut off', async () => {
    const first = await DurableLines.open(file);
    await first.append('one');
    await first.close();
    appendFileSync(file, 'cut o');
    const second = await DurableLines.open(file);
    await second.append('two');
    await second.close();
    expect(readFileSync(file, 'utf8')).toBe('one\ncut o\ntwo\n');
  });

  test('are refused, all of them, after one that was not written', async () => {
    const log = await DurableLines.open(file);
    const { handle } = log as unknown as { handle: { sync: () => Promise<void> } };
    jest.spyOn(handle, 'sync').mockRejectedValueOnce(Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
    await expect(Promise.all([log.append('one'), log.append('two')])).rejects.toThrow('no space left');
    await expect(log.append('three')).rejects.toThrow('no space left');
    await log.close();
    expect(readFileSync(file, 'utf8')).not.toContain('three');
  });

  test('count as written only when the disk has them', async () => {
    const log = await DurableLines.open(file);
    const { handle } = log as unknown as { handle: { sync: () => Promise<void> } };
    let isSynced = false;
    const sync = handle.sync.bind(handle);
    jest.spyOn(handle, 'sync').mockImplementation(async () => {
      await sync();
      isSynced = true;
    });
    await log.append('one');
    expect(isSynced).toBe(true);
    await log.close();
  });
});

describe('the audit log', () => {
  const sts = mockClient(STSClient);
  const warnings: string[] = [];
  const context = {
    clients: {
      sts: async () => new STSClient({ region: 'us-east-1', credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' } }),
      logs: async () => new CloudWatchLogsClient({ region: 'us-east-1' }),
    },
    output: { warn: (text: string) => void warnings.push(text) },
  } as unknown as Context;
  beforeEach(() => {
    sts.reset();
    warnings.length = 0;
    sts.on(GetCallerIdentityCommand).resolves({ Arn: CALLER });
  });

  const open = (auditLogGroup?: string) => Audit.open(context, { command: 'redrive', dlq: { queueUrl: QUEUE, auditLogGroup }, file });
  const entry = { result: AuditResult.SENT, messageId: 'm-1', deadLetterId: 'd-1', records: 3, to: 'arn:function' } as const;
  const line = { time: expect.any(String), caller: CALLER, command: 'redrive', queue: QUEUE, ...entry };

  test('has a line for each message: when, who, what, where to', async () => {
    const audit = await open();
    await audit.write(entry);
    await audit.write({ ...entry, result: AuditResult.FAILED, reason: 'TypeError' });
    await audit.close();
    expect(lines()).toEqual([line, { ...line, result: 'failed', reason: 'TypeError' }]);
    expect(sts.calls()).toHaveLength(1);
    expect(logs.calls()).toHaveLength(0);
  });

  test('has the access key where STS does not say who it is, and says so', async () => {
    sts.on(GetCallerIdentityCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDenied' }));
    const audit = await open();
    await audit.write(entry);
    await audit.close();
    expect(lines()).toEqual([{ ...line, caller: 'access key AKIAEXAMPLE' }]);
    expect(warnings).toEqual(['sts:GetCallerIdentity did not say who you are (AccessDenied): the audit log gets the access key id instead']);
  });

  test('is not opened without credentials, and leaves no file open', async () => {
    const none = { ...context, clients: { sts: () => Promise.reject(new Error('no credentials')) } } as unknown as Context;
    await expect(Audit.open(none, { command: 'redrive', dlq: { queueUrl: QUEUE }, file })).rejects.toThrow('no credentials');
  });

  test('is in the log group of the stack as well, in a stream of the run', async () => {
    const audit = await open(GROUP);
    await audit.write(entry);
    await audit.write(entry);
    await audit.close();
    const [{ args: [{ input: stream }] }] = logs.commandCalls(CreateLogStreamCommand);
    expect(stream).toEqual({ logGroupName: GROUP, logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/redrive\/[0-9a-f-]{36}$/) });
    const puts = logs.commandCalls(PutLogEventsCommand).map(({ args: [{ input }] }) => input);
    expect(puts).toEqual([{ ...stream, logEvents: [expect.any(Object), expect.any(Object)] }]);
    expect(puts[0].logEvents!.map(({ message }) => JSON.parse(message!) as object)).toEqual([line, line]);
    expect(puts[0].logEvents![0].timestamp).toBe(Date.parse((lines()[0] as { time: string }).time));
  });

  test('goes on where the log group refuses, with one warning', async () => {
    logs.on(CreateLogStreamCommand).rejects(Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' }));
    const audit = await open(GROUP);
    await audit.write(entry);
    await audit.write(entry);
    await audit.close();
    expect(lines()).toHaveLength(2);
    expect(warnings).toEqual([`the log group ${GROUP} does not take the audit lines (AccessDeniedException: not authorized); every line is in ${file}`]);
  });

  test('is where programs keep what they did', () => {
    expect(defaultAuditLog({ XDG_STATE_HOME: '/state' })).toBe('/state/stream-dlq/audit.jsonl');
    expect(defaultAuditLog({ XDG_STATE_HOME: 'relative' })).toBe(join(homedir(), '.local/state/stream-dlq/audit.jsonl'));
    expect(defaultAuditLog({})).toBe(join(homedir(), '.local/state/stream-dlq/audit.jsonl'));
    expect(existsSync(file)).toBe(false);
  });
});

describe('lines in CloudWatch Logs', () => {
  const client = new CloudWatchLogsClient({ region: 'us-east-1' });
  const puts = (): PutLogEventsCommandInput[] => logs.commandCalls(PutLogEventsCommand).map(({ args: [{ input }] }) => input);

  test('go while the run goes on', async () => {
    jest.useFakeTimers();
    const cloudwatch = new CloudWatchLines(async () => client, GROUP, 'redrive', () => undefined);
    cloudwatch.add('one', new Date());
    await jest.advanceTimersByTimeAsync(2_000);
    jest.useRealTimers();
    expect(puts()).toHaveLength(1);
    cloudwatch.add('two', new Date());
    await cloudwatch.close();
    expect(puts()).toHaveLength(2);
    expect(logs.commandCalls(CreateLogStreamCommand)).toHaveLength(1);
  });

  test('are not sent at all where there are none', async () => {
    await new CloudWatchLines(async () => client, GROUP, 'redrive', () => undefined).close();
    expect(logs.calls()).toHaveLength(0);
  });
});
