import { CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand, type PutLogEventsCommandInput } from '@aws-sdk/client-cloudwatch-logs';
import { mockClient } from 'aws-sdk-client-mock';
import { LogStream } from '../../../../lambda/shared/audit/log-stream';

const GROUP = '/orders/operators';
const NAME = /^\d{4}\/\d\d\/\d\d\/redrive\/[0-9a-f-]{36}$/;
const ONE = [{ timestamp: 1, message: 'one' }];

const logs = mockClient(CloudWatchLogsClient);
const client = new CloudWatchLogsClient({ region: 'us-east-1' });
const opened = () => new LogStream(async () => client, GROUP, 'redrive');
const puts = (): PutLogEventsCommandInput[] => logs.commandCalls(PutLogEventsCommand).map(({ args: [{ input }] }) => input);
const called = () => logs.calls().map(({ args: [{ constructor: { name } }] }) => name);
const refusal = (name: string) => Object.assign(new Error('no'), { name });

beforeEach(() => {
  logs.reset();
  logs.on(CreateLogStreamCommand).resolves({}).on(PutLogEventsCommand).resolves({});
});

describe('a log stream', () => {
  test('is created with the first events, with a unique name', async () => {
    const [stream, other] = [opened(), opened()];
    await stream.put(ONE);
    await stream.put(ONE);
    await other.put(ONE);
    expect(called()).toEqual(['CreateLogStreamCommand', 'PutLogEventsCommand', 'PutLogEventsCommand', 'CreateLogStreamCommand', 'PutLogEventsCommand']);
    const [{ logStreamName: first }, { logStreamName: second }, { logStreamName: ofOther }] = puts();
    expect(puts()[0]).toEqual({ logGroupName: GROUP, logStreamName: expect.stringMatching(NAME), logEvents: ONE });
    expect([second === first, ofOther === first]).toEqual([true, false]);
  });

  test('puts events within the limits of the service, in the order of timestamps', async () => {
    const large = Array.from({ length: 12 }, (_, index) => ({ message: 'x'.repeat(200_000), timestamp: 1_000 - index }));
    const many = Array.from({ length: 10_001 }, () => ({ message: 'y', timestamp: 2_000 }));
    await opened().put([...large, ...many]);
    for (const { logEvents = [] } of puts()) {
      expect(logEvents.length).toBeLessThanOrEqual(10_000);
      expect(logEvents.reduce((sum, { message }) => sum + message!.length + 26, 0)).toBeLessThanOrEqual(1_048_576);
    }
    const times = puts().flatMap(({ logEvents }) => logEvents!.map(({ timestamp }) => timestamp!));
    expect(times).toHaveLength(10_013);
    expect(times).toEqual([...times].sort((one, other) => one - other));
  });

  test('exists when the response to its creation was lost', async () => {
    logs.on(CreateLogStreamCommand).rejects(refusal('ResourceAlreadyExistsException'));
    await opened().put(ONE);
    expect(puts()).toHaveLength(1);
  });

  test('is recreated after it was deleted, without losing an event', async () => {
    const stream = opened();
    logs.on(PutLogEventsCommand).resolvesOnce({}).rejectsOnce(refusal('ResourceNotFoundException')).resolves({});
    await stream.put(ONE);
    await stream.put(ONE);
    expect(called().slice(2)).toEqual(['PutLogEventsCommand', 'CreateLogStreamCommand', 'PutLogEventsCommand']);
  });

  test('is retried once when its log group was deleted too', async () => {
    const stream = opened();
    await stream.put(ONE);
    const gone = refusal('ResourceNotFoundException');
    logs.on(PutLogEventsCommand).rejects(gone).on(CreateLogStreamCommand).rejects(gone);
    await expect(stream.put(ONE)).rejects.toBe(gone);
    expect(called().slice(2)).toEqual(['PutLogEventsCommand', 'CreateLogStreamCommand']);
    // Until it is there again.
    logs.on(PutLogEventsCommand).resolves({}).on(CreateLogStreamCommand).resolves({});
    await stream.put(ONE);
    expect(called().slice(4)).toEqual(['CreateLogStreamCommand', 'PutLogEventsCommand']);
  });

  test.each([
    ['its making', CreateLogStreamCommand],
    ['lines', PutLogEventsCommand],
  ])('that refuses %s fails', async (_, command) => {
    const denied = refusal('AccessDeniedException');
    logs.on(command as typeof PutLogEventsCommand).rejects(denied);
    await expect(opened().put(ONE)).rejects.toBe(denied);
  });

  test('fails when the service drops events by their timestamps without an error', async () => {
    logs.on(PutLogEventsCommand).resolves({ rejectedLogEventsInfo: { tooNewLogEventStartIndex: 0 } });
    await expect(opened().put(ONE)).rejects.toThrow('CloudWatch Logs rejected events by their timestamps: {"tooNewLogEventStartIndex":0}');
  });

  test('ends with the signal of its caller', async () => {
    const { signal } = new AbortController();
    await opened().put(ONE, signal);
    const options = logs.calls().map(({ args }) => (args as readonly unknown[])[1]);
    expect(options).toEqual([{ abortSignal: signal }, { abortSignal: signal }]);
  });
});
