import type { Message, ReceiveMessageCommandInput } from '@aws-sdk/client-sqs';
import { InFlightMessages } from '../../queue/in-flight-messages';
import { QueuePoller, type PollOptions } from '../../queue/queue-poller';
import { FakeSqs, sqsError } from '../support/fake-sqs';

const URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/letters';
const FIFO_URL = `${URL}.fifo`;

let sqs: FakeSqs;
let hold: InFlightMessages;
beforeEach(() => {
  sqs = new FakeSqs();
  sqs.createQueue(URL);
  sqs.createQueue(FIFO_URL, { FifoQueue: 'true' });
  hold = new InFlightMessages(sqs.client, { queueUrl: URL, visibilityTimeout: 30 });
});
afterEach(() => hold.release());

function sweepOf(options: Partial<PollOptions> = {}): QueuePoller {
  return new QueuePoller(sqs.client, hold, { queueUrl: URL, ...options });
}

async function idsOf(sweep: AsyncIterable<Message>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { MessageId } of sweep) ids.push(MessageId!);
  return ids;
}

function put(count: number, url = URL): string[] {
  return Array.from({ length: count }, () => sqs.put(url));
}

const receives = () => sqs.callsOf<ReceiveMessageCommandInput>('ReceiveMessage');

describe('a sweep', () => {
  test('gives every message once, and asks twice more before it believes that there are no others', async () => {
    const ids = put(23);
    const sweep = sweepOf();
    expect(await idsOf(sweep)).toEqual(ids);
    expect(sweep.isExhausted).toBe(true);
    expect(receives()).toHaveLength(5);
    expect(sqs.messages(URL).map((it) => it.receives)).toEqual(ids.map(() => 1));
  });

  test('asks for all attributes, polls long, and hides what it gets', async () => {
    put(1);
    await idsOf(sweepOf());
    expect(receives()[0]).toEqual({
      QueueUrl: URL, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'], VisibilityTimeout: 30, WaitTimeSeconds: 1,
    });
    expect(sqs.visible(URL)).toEqual([]);
    expect(hold.size).toBe(1);
  });

  test('ends at once on an empty queue', async () => {
    expect(await idsOf(sweepOf())).toEqual([]);
    expect(receives()).toHaveLength(2);
  });

  test('goes on after one empty answer', async () => {
    put(1);
    const arriving = put(1);
    const late = sqs.messages(URL).find(({ messageId }) => messageId === arriving[0])!;
    // SQS did not ask the server that has it.
    late.hiddenUntil = Infinity;
    sqs.on('ReceiveMessage', () => void (receives().length === 3 && (late.hiddenUntil = 0)));
    expect(await idsOf(sweepOf())).toHaveLength(2);
  });

  test('takes no more than its limit, nor receives more', async () => {
    const ids = put(30);
    const sweep = sweepOf({ limit: 12, ahead: 40 });
    expect(await idsOf(sweep)).toEqual(ids.slice(0, 12));
    expect(sweep.isExhausted).toBe(false);
    expect(sqs.messages(URL).filter((it) => it.receives > 0)).toHaveLength(12);
  });

  test('receives the next ten when these are used up, not before', async () => {
    put(25);
    let given = 0;
    for await (const _message of sweepOf()) {
      given++;
      expect(receives()).toHaveLength(Math.ceil(given / 10));
    }
    expect(given).toBe(25);
  });

  test('receives several times at once where more may be in hand', async () => {
    const ids = put(40);
    let underWay = 0;
    let most = 0;
    sqs.on('ReceiveMessage', async () => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, 5));
      underWay--;
    });
    expect((await idsOf(sweepOf({ ahead: 40 }))).sort()).toEqual(ids.sort());
    expect(most).toBe(4);
  });

  test('leaves what is sent after it began, and holds it back meanwhile', async () => {
    const ids = put(3);
    const sweep = sweepOf();
    const [later] = [sqs.put(URL, { sentAt: Date.now() + 2_000 })];
    expect(await idsOf(sweep)).toEqual(ids);
    expect(sweep.newcomers).toBe(1);
    expect(hold.has(later)).toBe(true);
  });

  test('ends although others go on sending', async () => {
    const ids = put(15);
    sqs.on('ReceiveMessage', () => void sqs.put(URL, { sentAt: Date.now() + 5_000 }));
    const sweep = sweepOf();
    expect((await idsOf(sweep)).sort()).toEqual(ids.sort());
    expect(sweep.isExhausted).toBe(true);
  });

  test('does not count what the tool itself has sent meanwhile as messages of others', async () => {
    const ids = put(3);
    const own = new Set<string>();
    sqs.on('ReceiveMessage', () => {
      for (let count = 0; count < 10 && own.size < 1_200; count++) own.add(sqs.put(URL, { sentAt: Date.now() + 5_000 }));
      const isOwn = ({ messageId }: { messageId: string }) => own.has(messageId);
      sqs.arrange(URL, (messages) => [...messages.filter(isOwn), ...messages.filter((message) => !isOwn(message))]);
    });
    const sweep = sweepOf({ isOwn: (messageId) => own.has(messageId) });
    expect((await idsOf(sweep)).sort()).toEqual(ids.sort());
    expect(sweep.end).toBe('exhausted');
  });

  test('does not take an end for the end where others send faster than it polls', async () => {
    const ids = put(3);
    sqs.on('ReceiveMessage', () => {
      // What is newer comes first.
      for (let index = 0; index < 10; index++) {
        sqs.put(URL, { sentAt: Date.now() + 5_000 });
        sqs.arrange(URL, (messages) => [messages.at(-1)!, ...messages.slice(0, -1)]);
      }
    });
    const sweep = sweepOf();
    expect(await idsOf(sweep)).toEqual([]);
    expect([sweep.end, sweep.isExhausted]).toEqual(['flooded', false]);
    expect(sqs.visible(URL).map(({ messageId }) => messageId)).toEqual(expect.arrayContaining(ids));
  });

  test('leaves what was sent after the time it is given', async () => {
    const [before, after] = [sqs.put(URL, { sentAt: 1_000 }), sqs.put(URL, { sentAt: 1_001 })];
    const sweep = sweepOf({ sentUntil: 1_000 });
    expect(await idsOf(sweep)).toEqual([before]);
    expect(sweep.sentUntil).toBe(1_000);
    expect(hold.has(after)).toBe(true);
  });

  test('does not believe empty answers where as much is in flight as SQS allows', async () => {
    jest.spyOn(hold, 'size', 'get').mockReturnValue(100_000);
    const sweep = sweepOf();
    expect(await idsOf(sweep)).toEqual([]);
    expect(sweep.end).toBe('inFlightLimit');
  });

  test('gives a message once that SQS delivers twice, and goes by its newer handle', async () => {
    const [id, other] = put(2);
    const sweep = sweepOf();
    const ids: string[] = [];
    for await (const message of sweep) {
      if (ids.push(message.MessageId!) === 1) sqs.showAgain(URL, id);
    }
    expect(ids).toEqual([id, other]);
    expect(sqs.messages(URL)[0].receives).toBe(2);
    await hold.release();
    expect(sqs.visible(URL)).toHaveLength(2);
  });

  test('deletes again what SQS delivers after it was deleted', async () => {
    put(1);
    const [stored] = sqs.messages(URL);
    for await (const message of sweepOf()) {
      await hold.delete(message);
      sqs.bringBack(URL, stored);
    }
    expect(sqs.messages(URL)).toEqual([]);
  });

  test('receives nothing more once it is stopped, and gives nothing', async () => {
    put(30);
    const stop = new AbortController();
    const ids: string[] = [];
    for await (const { MessageId } of sweepOf({ stopped: stop.signal })) {
      if (ids.push(MessageId!) === 4) stop.abort();
    }
    expect(ids).toHaveLength(4);
    expect(receives()).toHaveLength(1);
    expect(hold.size).toBe(10);
  });

  test('waits for what is under way when it is left early, so that it can be given back', async () => {
    put(40);
    for await (const _message of sweepOf({ ahead: 40 })) break;
    expect(hold.size).toBe(40);
  });

  test('lets go of what is under way when it is aborted, and is silent about it', async () => {
    put(5);
    const abort = new AbortController();
    sqs.on('ReceiveMessage', () => {
      abort.abort();
      throw Object.assign(new Error('Request aborted'), { name: 'AbortError' });
    });
    expect(await idsOf(sweepOf({ aborted: abort.signal }))).toEqual([]);
  });

  test('fails with what SQS says, after what is under way has come', async () => {
    put(40);
    sqs.failNext('ReceiveMessage', sqsError('AccessDeniedException', 'not allowed'));
    await expect(idsOf(sweepOf({ ahead: 20 }))).rejects.toThrow('not allowed');
    expect(hold.size).toBe(10);
  });

  test('fails also when nobody is waiting for the next message at that moment', async () => {
    put(40);
    const sweep = sweepOf({ ahead: 40 });
    sqs.on('ReceiveMessage', () => {
      if (receives().length === 4) throw sqsError('InternalError', 'later');
    });
    const read = async () => {
      for await (const _message of sweep) await new Promise((resolve) => setTimeout(resolve, 2));
    };
    await expect(read()).rejects.toThrow('later');
  });

  test('ends where SQS lets no more messages be in flight', async () => {
    put(25);
    sqs.on('ReceiveMessage', () => {
      if (receives().length > 1) throw sqsError('OverLimit', 'too many');
    });
    const sweep = sweepOf();
    expect(await idsOf(sweep)).toHaveLength(10);
    expect([sweep.end, sweep.isExhausted]).toEqual(['inFlightLimit', false]);
  });

  test('sees the first of each group on a FIFO queue, and the next ones as those are deleted', async () => {
    for (let index = 0; index < 12; index++) sqs.put(FIFO_URL, { groupId: 'one', messageId: `one-${index}` });
    sqs.put(FIFO_URL, { groupId: 'two', messageId: 'two-0' });
    hold = new InFlightMessages(sqs.client, { queueUrl: FIFO_URL, visibilityTimeout: 30 });
    expect(await idsOf(sweepOf({ queueUrl: FIFO_URL }))).toHaveLength(11);
    await hold.release();

    hold = new InFlightMessages(sqs.client, { queueUrl: FIFO_URL, visibilityTimeout: 30 });
    for await (const message of sweepOf({ queueUrl: FIFO_URL })) await hold.delete(message);
    expect(sqs.messages(FIFO_URL)).toEqual([]);
  });
});
