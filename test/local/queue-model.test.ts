import { QueueModel, type StoredMessage } from '../../local/fakes/queue-model';

let now = 0;
beforeEach(() => (now = 1_000_000));

const queueOf = (options: ConstructorParameters<typeof QueueModel>[0] = {}) => new QueueModel({ now: () => now, ...options });
const take = (queue: QueueModel, max = 10) => queue.receive({ max, visibilitySeconds: 30 });
const bodies = (messages: readonly StoredMessage[]) => messages.map(({ body }) => body);

describe('a queue in memory', () => {
  test('hides what it gives out until its time is over, and counts receives', () => {
    const queue = queueOf();
    for (const body of ['a', 'b', 'c']) queue.send({ body });
    expect(bodies(take(queue, 2))).toEqual(['a', 'b']);
    expect([bodies(take(queue)), bodies(take(queue)), bodies(queue.visible)]).toEqual([['c'], [], []]);
    now += 30_000;
    expect(take(queue, 1)).toEqual([expect.objectContaining({ body: 'a', receives: 2, firstReceivedAt: 1_000_000 })]);
  });

  test('knows a message by the receipt handle of its latest receive alone', () => {
    const queue = queueOf();
    queue.send({ body: 'a' });
    const [{ receiptHandle: first }] = take(queue);
    expect(queue.changeVisibility(first!, 0)).toBe('changed');
    expect(queue.changeVisibility(first!, 0)).toBe('not in flight');
    const [{ receiptHandle: second }] = take(queue);
    expect([queue.changeVisibility(first!, 0), queue.delete(first!)]).toEqual(['unknown', undefined]);
    expect([queue.delete(second!)?.body, queue.delete(second!), queue.changeVisibility(second!, 0)]).toEqual(['a', undefined, 'not in flight']);
    expect(queue.messages).toEqual([]);
  });

  test('moves what was received too often', () => {
    const target = queueOf();
    const queue = queueOf({ redrivePolicy: () => ({ maxReceiveCount: 1, target }) });
    queue.send({ body: 'a' });
    expect(bodies(take(queue))).toEqual(['a']);
    now += 30_000;
    expect([take(queue), queue.messages, bodies(take(target))]).toEqual([[], [], ['a']]);
  });

  test('keeps a group while one of its messages is in flight', () => {
    const queue = queueOf();
    for (const [body, groupId] of [['a1', 'a'], ['a2', 'a'], ['b1', 'b']]) queue.send({ body, groupId });
    const [{ receiptHandle }] = take(queue, 1);
    expect([bodies(take(queue)), bodies(take(queue))]).toEqual([['b1'], []]);
    queue.delete(receiptHandle!);
    expect(bodies(take(queue))).toEqual(['a2']);
  });

  test('takes one message for each deduplication id in five minutes', () => {
    const queue = queueOf();
    const send = () => queue.send({ groupId: 'a', deduplicationId: '1' });
    expect(send()).toBe(send());
    now += 300_000;
    send();
    expect(queue.messages).toHaveLength(2);
  });

  test('gives each of many messages once, also past those that are gone, and that come back', () => {
    const queue = queueOf();
    for (let number = 0; number < 25_000; number++) queue.send({ body: String(number) });
    const [held] = take(queue, 1);
    for (let taken = take(queue); taken.length > 0; taken = take(queue)) for (const { receiptHandle } of taken) queue.delete(receiptHandle!);
    expect(queue.messages).toEqual([held]);
    const gone = queue.delete(held.receiptHandle!)!;
    queue.send({ body: 'next' });
    expect(bodies(take(queue))).toEqual(['next']);
    queue.add(Object.assign(gone, { hiddenUntil: 0 }));
    expect([bodies(take(queue)), take(queue)]).toEqual([['0'], []]);
  });
});
