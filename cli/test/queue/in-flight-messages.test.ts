import { type ChangeMessageVisibilityBatchCommandInput, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { type InFlightOptions, InFlightMessages } from '../../queue/in-flight-messages';
import { FakeSqs, sqsError } from '../support/fake-sqs';

const URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/letters';

let sqs: FakeSqs;
let lost: [string, string][];
beforeEach(() => {
  jest.useFakeTimers();
  sqs = new FakeSqs();
  sqs.createQueue(URL);
  lost = [];
});
afterEach(() => jest.useRealTimers());

function holdOf(options: Partial<InFlightOptions> = {}): InFlightMessages {
  return new InFlightMessages(sqs.client, { queueUrl: URL, visibilityTimeout: 30, onVisible: (...it) => lost.push(it), ...options });
}

/** Runs something to its end, however many answers of the fake it waits for. */
async function settled<T>(promise: Promise<T>): Promise<T> {
  let isDone = false;
  const done = promise.finally(() => (isDone = true));
  done.catch(() => undefined);
  while (!isDone) await jest.advanceTimersByTimeAsync(1);
  return done;
}

async function receive(count: number, seconds = 30): Promise<Message[]> {
  const messages: Message[] = [];
  while (messages.length < count) {
    const command = new ReceiveMessageCommand({ QueueUrl: URL, MaxNumberOfMessages: 10, VisibilityTimeout: seconds });
    const { Messages = [] } = await settled(sqs.client.send(command));
    messages.push(...Messages);
  }
  return messages;
}

async function held(hold: InFlightMessages, count: number): Promise<Message[]> {
  for (let index = 0; index < count; index++) sqs.put(URL);
  const messages = await receive(count, hold.visibilityTimeout);
  for (const message of messages) hold.add(message, hold.visibilityTimeout);
  return messages;
}

const changes = () => sqs.callsOf<ChangeMessageVisibilityBatchCommandInput>('ChangeMessageVisibilityBatch');

describe('holding messages', () => {
  test('hides them for longer than their timeout, ten at a time, every third of it', async () => {
    const hold = holdOf();
    await held(hold, 23);
    await jest.advanceTimersByTimeAsync(10_500);
    expect(changes().map(({ Entries }) => Entries!.length)).toEqual([10, 10, 3]);
    expect(changes()[0].Entries![0].VisibilityTimeout).toBe(30);
    await jest.advanceTimersByTimeAsync(300_000);
    expect(sqs.visible(URL)).toEqual([]);
    expect(lost).toEqual([]);
    await settled(hold.release());
  });

  test('does not keep the process alive', async () => {
    jest.useRealTimers();
    const hold = holdOf();
    const timers = jest.spyOn(global, 'setTimeout');
    hold.add({ MessageId: 'it', ReceiptHandle: 'handle' }, 30);
    expect((timers.mock.results[0].value as NodeJS.Timeout).hasRef()).toBe(false);
    await hold.release();
  });

  test('lasts through a throttle', async () => {
    const hold = holdOf();
    await held(hold, 2);
    sqs.failNext('ChangeMessageVisibilityBatch', sqsError('RequestThrottled', 'slow down'));
    await jest.advanceTimersByTimeAsync(60_000);
    expect(sqs.visible(URL)).toEqual([]);
    expect(lost).toEqual([]);
    await settled(hold.release());
  });

  test('says so when SQS does not answer for longer than the timeout', async () => {
    const hold = holdOf();
    const [{ MessageId }] = await held(hold, 1);
    sqs.failAlways('ChangeMessageVisibilityBatch', sqsError('ServiceUnavailable', 'out of order', 'server'));
    await jest.advanceTimersByTimeAsync(20_500);
    expect(lost).toEqual([]);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(lost).toEqual([[MessageId, 'out of order']]);
    expect(hold.has(MessageId!)).toBe(false);
  });

  test('says so when SQS refuses one of them, and goes on with the others', async () => {
    const hold = holdOf();
    const [first, second] = await held(hold, 2);
    sqs.showAgain(URL, first.MessageId!);
    await jest.advanceTimersByTimeAsync(10_500);
    expect(lost).toEqual([[first.MessageId, 'The message referred to is not in flight.']]);
    expect(hold.has(second.MessageId!)).toBe(true);
    await settled(hold.release());
  });

  test('keeps what is refused by a mistake of SQS, and asks again', async () => {
    const hold = holdOf();
    const [{ MessageId }] = await held(hold, 1);
    const failed = { Failed: [{ Id: '0', SenderFault: false, Code: 'InternalError' }], Successful: [] };
    const send = jest.spyOn(sqs.client, 'send').mockImplementationOnce(() => Promise.resolve(failed) as never);
    await jest.advanceTimersByTimeAsync(10_500);
    expect(hold.has(MessageId!)).toBe(true);
    await jest.advanceTimersByTimeAsync(10_500);
    expect(send).toHaveBeenCalledTimes(2);
    expect(sqs.visible(URL)).toEqual([]);
    await settled(hold.release());
  });

  test('hides thousands for longer at a time', async () => {
    const hold = holdOf();
    for (let index = 0; index < 20_000; index++) hold.add({ MessageId: `${index}`, ReceiptHandle: `${index}` }, 30);
    expect(hold.visibilityTimeout).toBe(60);
    for (let index = 0; index < 20_000; index++) hold.stopTracking(`${index}`);
    expect(hold.visibilityTimeout).toBe(30);
    await settled(hold.release());
  });

  test('takes one that was lost and came again', async () => {
    const hold = holdOf();
    const [first] = await held(hold, 1);
    sqs.showAgain(URL, first.MessageId!);
    const [again] = await receive(1);
    hold.add(again, 30);
    await jest.advanceTimersByTimeAsync(40_000);
    expect(sqs.visible(URL)).toEqual([]);
    expect(lost).toEqual([]);
    await settled(hold.release());
  });
});

describe('giving messages back', () => {
  test('shows all of them again, at once', async () => {
    const hold = holdOf();
    await held(hold, 23);
    expect(await settled(hold.release())).toBeUndefined();
    expect(sqs.visible(URL)).toHaveLength(23);
    expect(sqs.messages(URL).every(({ receives }) => receives === 1)).toBe(true);
  });

  test('asks for nothing where nothing is held', async () => {
    await settled(holdOf().release());
    expect(sqs.calls).toEqual([]);
  });

  test('ends the holding', async () => {
    const hold = holdOf();
    await held(hold, 1);
    await settled(hold.release());
    await jest.advanceTimersByTimeAsync(100_000);
    expect(changes()).toHaveLength(1);
  });

  test('waits for a heartbeat that is under way, which would hide them again', async () => {
    const hold = holdOf();
    await held(hold, 1);
    let go: () => void;
    sqs.on('ChangeMessageVisibilityBatch', () => (changes().length === 1 ? new Promise<void>((resolve) => (go = resolve)) : undefined));
    await jest.advanceTimersByTimeAsync(10_500);
    const released = hold.release();
    await jest.advanceTimersByTimeAsync(100);
    expect(changes()).toHaveLength(1);
    go!();
    await settled(released);
    expect(sqs.visible(URL)).toHaveLength(1);
  });

  test('tries again what SQS refuses for the moment', async () => {
    const hold = holdOf();
    await held(hold, 3);
    sqs.failNext('ChangeMessageVisibilityBatch', sqsError('RequestThrottled', 'slow down'), 2);
    expect(await settled(hold.release())).toBeUndefined();
    expect(sqs.visible(URL)).toHaveLength(3);
  });

  test('says how many come back by themselves, and when', async () => {
    const hold = holdOf();
    await held(hold, 12);
    await jest.advanceTimersByTimeAsync(5_000);
    sqs.failAlways('ChangeMessageVisibilityBatch', sqsError('AccessDeniedException', 'not allowed'));
    expect(await settled(hold.release())).toEqual({ messages: 12, seconds: 25, reason: 'not allowed' });
  });

  test('takes what is not in flight any more for given back', async () => {
    const hold = holdOf();
    const [first] = await held(hold, 2);
    sqs.showAgain(URL, first.MessageId!);
    expect(await settled(hold.release())).toBeUndefined();
  });

  test('stops when it is told to', async () => {
    const hold = holdOf();
    await held(hold, 2);
    expect(await settled(hold.release(AbortSignal.abort()))).toEqual({ messages: 2, seconds: 30, reason: 'stopped' });
  });
});

describe('deleting a message', () => {
  test('removes it from the queue, and from what is held', async () => {
    const hold = holdOf();
    const [first] = await held(hold, 2);
    await settled(hold.delete(first));
    expect(sqs.messages(URL)).toHaveLength(1);
    expect(hold.has(first.MessageId!)).toBe(false);
    expect(hold.hasDeleted(first.MessageId!)).toBe(true);
    await settled(hold.release());
  });

  test('leaves it held where SQS refuses', async () => {
    const hold = holdOf();
    const [first] = await held(hold, 1);
    sqs.failNext('DeleteMessageBatch', sqsError('AccessDeniedException', 'not allowed'));
    await expect(settled(hold.delete(first))).rejects.toThrow('not allowed');
    expect(hold.has(first.MessageId!)).toBe(true);
    expect(hold.hasDeleted(first.MessageId!)).toBe(false);
    await settled(hold.release());
  });

  test('takes one that is held no longer, by the handle it came with', async () => {
    const hold = holdOf();
    const [first] = await held(hold, 1);
    hold.stopTracking(first.MessageId!);
    await settled(hold.delete(first));
    expect(sqs.messages(URL)).toEqual([]);
  });

  test('takes the handle that it came with last', async () => {
    const hold = holdOf();
    const [first] = await held(hold, 1);
    sqs.showAgain(URL, first.MessageId!);
    hold.add((await receive(1))[0], 30);
    await settled(hold.delete(first));
    expect(sqs.messages(URL)).toEqual([]);
  });

  test('is not called a loss when a heartbeat comes too late for it', async () => {
    const hold = holdOf();
    const [first] = await held(hold, 1);
    let deleted: Promise<boolean> | undefined;
    // The heartbeat is on its way when the message goes.
    sqs.on('ChangeMessageVisibilityBatch', async () => {
      deleted ??= hold.delete(first);
      await deleted;
    });
    await jest.advanceTimersByTimeAsync(10_500);
    expect(lost).toEqual([]);
    expect(sqs.messages(URL)).toEqual([]);
    await settled(hold.release());
  });
});
