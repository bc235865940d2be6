import {
  ChangeMessageVisibilityCommand, CreateQueueCommand, GetQueueAttributesCommand, SendMessageBatchCommand, SendMessageCommand, SQSClient,
} from '@aws-sdk/client-sqs';
import type { InvocableFunction } from '../../../local/account';
import { Account } from '../../../local/account';
import { Clock } from '../../../local/clock';
import { Clients } from '../../../local/deploy/clients';
import { type Emulators, startEmulators } from '../../../local/emulators/emulators';
import { FunctionThrottledError } from '../../../local/functions/errors';
import type { FunctionSpec, InvokeResult } from '../../../local/functions/function-spec';
import { Gateway } from '../../../local/gateway/gateway';
import { Authorizer } from '../../../local/iam/authorizer';
import { type QueueBatchEvent, QueueMapping, type QueueMappingSpec } from '../../../local/mapping/queue-mapping';
import { validateQueueMappingSpec } from '../../../local/mapping/queue-mapping-spec';
import { answer, ERROR, failed, OK } from './fixture';

interface SqsEvent {
  readonly Records: readonly { readonly messageId: string; readonly body: string; readonly [name: string]: unknown }[];
}

const account = new Account();
const functionArn = account.arn('lambda', 'function:redrive');
const roleArn = account.arn('iam', 'role/redrive', { global: true });

let emulators: Emulators;
let gateway: Gateway;
let sqs: SQSClient;
let clients: Clients;
let queueNumber = 0;
let queueUrl: string;
let queueArn: string;
let mapping: QueueMapping;
let batches: QueueBatchEvent[];
let events: SqsEvent[];

beforeAll(async () => {
  emulators = await startEmulators({ accountId: account.accountId, region: account.region });
  gateway = await Gateway.start({ account, authorizer: new Authorizer(account), upstream: emulators.endpoints });
  clients = new Clients(emulators.endpoints, account.region);
  sqs = clients.sqs;
});
afterAll(async () => {
  clients?.destroy();
  await gateway?.stop();
  await emulators?.stop();
});

beforeEach(async () => {
  account.addRole({ arn: roleArn, trust: { Statement: [] }, policies: new Map() });
  allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']);
  await createQueue();
});
afterEach(async () => mapping?.stop());

function allow(Action: string[]): void {
  account.roles.get(roleArn)!.policies.set('Policy', { Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
}

async function createQueue(Attributes: Record<string, string> = {}, suffix = ''): Promise<void> {
  const name = `queue-${++queueNumber}${suffix}`;
  queueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { VisibilityTimeout: '60', ...Attributes } }))).QueueUrl!;
  queueArn = account.arn('sqs', name);
}

function create(
  invoke: (event: SqsEvent) => InvokeResult | Promise<InvokeResult>,
  overrides: Partial<QueueMappingSpec> = {},
  clock = new Clock(50),
): QueueMapping {
  events = [];
  batches = [];
  const fn: InvocableFunction = {
    functionArn,
    roleArn,
    invoke: async (event) => {
      // As it comes out of JSON.
      const copy = JSON.parse(JSON.stringify(event)) as SqsEvent;
      events.push(copy);
      return invoke(copy);
    },
    invokeAsync: () => undefined,
  };
  account.functions.set(functionArn, fn);
  mapping = new QueueMapping({
    uuid: 'a0b1c2d3', functionArn, queueArn, batchSize: 10, maximumBatchingWindowSeconds: 0, reportBatchItemFailures: true, enabled: true,
    ...overrides,
  }, { account, clock, endpoints: gateway.endpoints });
  mapping.on('batch', (batch) => batches.push(batch));
  return mapping;
}

async function send(...bodies: string[]): Promise<string[]> {
  const ids: string[] = [];
  for (let start = 0; start < bodies.length; start += 10) {
    const Entries = bodies.slice(start, start + 10).map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    const { Successful } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    ids.push(...Successful!.map(({ MessageId }) => MessageId!));
  }
  return ids;
}

/** How many messages can be seen, and how many are hidden by a receive. */
async function left(): Promise<[number, number]> {
  const { Attributes: got } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }));
  return [Number(got!.ApproximateNumberOfMessages), Number(got!.ApproximateNumberOfMessagesNotVisible)];
}

/** A batching window that takes as long as it is told. */
class WindowClock extends Clock {
  millis = 0;

  override age(): number {
    return this.millis;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

const bodies = () => events.flatMap(({ Records }) => Records.map(({ body }) => body)).sort();

describe('events', () => {
  it('are those of SQS, down to the attributes', async () => {
    await sqs.send(new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: '{"a":"für Zoë"}',
      MessageAttributes: {
        status: { DataType: 'String', StringValue: 'COMPLETE' },
        expectedRecords: { DataType: 'Number', StringValue: '3' },
        raw: { DataType: 'Binary', BinaryValue: Uint8Array.from([0, 255]) },
      },
    }));
    await create(() => OK).start();
    await mapping.idle();
    expect(events).toEqual([{
      Records: [{
        messageId: expect.stringMatching(/^[\da-f-]{36}$/),
        receiptHandle: expect.any(String),
        body: '{"a":"für Zoë"}',
        attributes: expect.objectContaining({
          ApproximateReceiveCount: '1', SentTimestamp: expect.stringMatching(/^\d{13}$/),
          ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/), SenderId: expect.any(String),
        }),
        messageAttributes: {
          status: { dataType: 'String', stringValue: 'COMPLETE', stringListValues: [], binaryListValues: [] },
          expectedRecords: { dataType: 'Number', stringValue: '3', stringListValues: [], binaryListValues: [] },
          raw: { dataType: 'Binary', binaryValue: 'AP8=', stringListValues: [], binaryListValues: [] },
        },
        md5OfBody: expect.stringMatching(/^[\da-f]{32}$/),
        md5OfMessageAttributes: expect.stringMatching(/^[\da-f]{32}$/),
        eventSource: 'aws:sqs',
        eventSourceARN: queueArn,
        awsRegion: 'us-east-1',
      }],
    }]);
    expect(await left()).toEqual([0, 0]);
  });

  it('hold no more messages than the batch size', async () => {
    await send('a', 'b', 'c');
    await create(() => OK, { batchSize: 1 }).start();
    await mapping.idle();
    expect(events.map(({ Records }) => Records.length)).toEqual([1, 1, 1]);
    expect(mapping.counters).toEqual({ messagesReceived: 3, messagesFiltered: 0, messagesDeleted: 3, invocations: 3 });
  });

  it('are gathered for as long as the window says', async () => {
    const clock = new WindowClock(50);
    await create(() => OK, { batchSize: 25, maximumBatchingWindowSeconds: 300 }, clock).start();
    await send(...Array.from({ length: 12 }, (_, index) => `message-${index}`));
    await until(() => mapping.counters.messagesReceived === 12);
    expect(events).toEqual([]);
    clock.millis = 300_000;
    await mapping.idle();
    expect(events.map(({ Records }) => Records.length)).toEqual([12]);
  });

  it('end early when the batch is full', async () => {
    await send(...Array.from({ length: 25 }, (_, index) => `message-${index}`));
    await create(() => OK, { batchSize: 25, maximumBatchingWindowSeconds: 300 }, new Clock()).start();
    await new Promise((resolve) => mapping.once('batch', resolve));
    expect(events[0].Records).toHaveLength(25);
    expect(mapping.counters.messagesDeleted).toBe(25);
  });

  it('are more than one where the messages do not fit into 6 MB', async () => {
    for (let index = 0; index < 7; index++) await send('x'.repeat(1_000_000));
    await create(() => OK, { maximumConcurrency: 2 }).start();
    await mapping.idle();
    const largest = Math.max(...events.map((event) => JSON.stringify(event).length));
    expect(events.flatMap(({ Records }) => Records)).toHaveLength(7);
    expect(largest).toBeLessThanOrEqual(6_291_456);
    expect(events.length).toBeGreaterThan(1);
  });
});

describe('answers', () => {
  it('that report items leave those, and delete the others', async () => {
    const [a, b] = await send('a', 'b');
    await create(({ Records }) => failed(...Records.filter(({ body }) => body === 'b').map(({ messageId }) => messageId))).start();
    await mapping.idle();
    expect(await left()).toEqual([0, 1]);
    expect(batches.flatMap(({ failedMessageIds }) => failedMessageIds)).toEqual([b]);
    expect(batches.flatMap(({ messageIds }) => messageIds).sort()).toEqual([a, b].sort());
  });

  it.each<[string, InvokeResult]>([
    ['an error', ERROR],
    ['an identifier that is not of the batch', failed('gone')],
    ['an empty identifier', failed('')],
    ['no identifier', failed(null)],
    ['another name for it', answer({ batchItemFailures: [{ id: 'a' }] })],
  ])('with %s leave the whole batch', async (_, result) => {
    const ids = await send('a', 'b');
    await create(() => result).start();
    await mapping.idle();
    expect(await left()).toEqual([0, 2]);
    expect(mapping.counters.messagesDeleted).toBe(0);
    expect(batches.every(({ outcome }) => outcome === 'error')).toBe(true);
    expect(batches.flatMap(({ failedMessageIds }) => failedMessageIds).sort()).toEqual(ids.sort());
  });

  it.each<[string, InvokeResult]>([
    ['null', OK], ['an empty list', failed()], ['a list that is null', answer({ batchItemFailures: null })], ['an empty object', answer({})],
  ])('of %s delete the whole batch', async (_, result) => {
    await send('a', 'b');
    await create(() => result).start();
    await mapping.idle();
    expect(await left()).toEqual([0, 0]);
    expect(batches.every(({ outcome }) => outcome === 'ok')).toBe(true);
  });

  it('that report items count for nothing when the mapping does not listen', async () => {
    await send('a');
    await create(({ Records }) => failed(Records[0].messageId), { reportBatchItemFailures: false }).start();
    await mapping.idle();
    expect(await left()).toEqual([0, 0]);
  });
});

describe('a throttled function', () => {
  const throttle = () => {
    throw new FunctionThrottledError('redrive', 0);
  };

  it('with a reserved concurrency of 0 leaves the messages, and idle does not wait for it', async () => {
    await send(...Array.from({ length: 60 }, (_, index) => String(index)));
    create(throttle);
    setReservedConcurrency(0);
    await mapping.start();
    await mapping.idle();
    // Five batches are hidden; the others remain visible, because the mapping receives no more than it has calls for.
    expect(await left()).toEqual([10, 50]);
    expect(batches.map(({ outcome }) => outcome)).toEqual(Array(5).fill('throttled'));
    expect(mapping.counters.invocations).toBe(0);
  });

  it('is called again while the messages are hidden', async () => {
    await send('a');
    let calls = 0;
    await create(() => (++calls < 4 ? throttle() : OK)).start();
    await mapping.idle();
    expect(await left()).toEqual([0, 0]);
    expect(batches.map(({ outcome }) => outcome)).toEqual(['throttled', 'ok']);
    expect(events[3]).toEqual(events[0]);
  });

  it('is not called again with messages that are visible again', async () => {
    await createQueue({ VisibilityTimeout: '1' });
    await send('a');
    let calls = 0;
    await create(() => {
      calls++;
      return throttle();
    }, {}, new Clock(5)).start();
    await until(() => batches.length === 2);
    const counts = events.map(({ Records }) => (Records[0].attributes as Record<string, string>).ApproximateReceiveCount);
    expect(counts.at(-1)).toBe('2');
    expect(counts.filter((count) => count === '1').length).toBeGreaterThan(1);
    expect(calls).toBe(events.length);
  });

  it('does not keep a mapping from stopping', async () => {
    await send('a');
    create(throttle, {}, new Clock());
    setReservedConcurrency(0);
    await mapping.start();
    await mapping.idle();
    await mapping.stop();
    expect(await left()).toEqual([0, 1]);
  });
});

function setReservedConcurrency(reservedConcurrency: number): void {
  const fn = account.functions.get(functionArn)!;
  account.functions.set(functionArn, { ...fn, spec: { reservedConcurrency } as FunctionSpec });
}

describe('filters', () => {
  const filter = (...patterns: object[]) => ({ filters: patterns.map((pattern) => JSON.stringify(pattern)) });

  it('delete what none of them accepts, without a call of the function', async () => {
    await send('{"kind":"order"}', '{"kind":"audit"}', 'text', '{"kind":"refund"}');
    await create(() => OK, filter({ body: { kind: ['order'] } }, { body: { kind: [{ prefix: 're' }] } })).start();
    await mapping.idle();
    expect(bodies()).toEqual(['{"kind":"order"}', '{"kind":"refund"}']);
    expect(await left()).toEqual([0, 0]);
    expect(mapping.counters).toMatchObject({ messagesReceived: 4, messagesFiltered: 2, messagesDeleted: 2 });
  });

  it('that accept nothing call no function, however many messages there are', async () => {
    await send(...Array.from({ length: 35 }, (_, index) => `{"number":${index}}`));
    await create(() => OK, filter({ body: { number: [{ numeric: ['<', 0] }] } })).start();
    await mapping.idle();
    expect(events).toEqual([]);
    expect(await left()).toEqual([0, 0]);
    expect(mapping.counters).toMatchObject({ messagesFiltered: 35, invocations: 0 });
  });

  it('leave what the function fails on', async () => {
    await send('{"kind":"order"}', '{"kind":"audit"}');
    await create(() => ERROR, filter({ body: { kind: ['order'] } })).start();
    await mapping.idle();
    expect(await left()).toEqual([0, 1]);
  });

  it('and the events in the end are counted, if the mapping has EventCount', async () => {
    await send('{"n":1}', '{"n":2}', '{"n":3}', 'text');
    await create(({ Records }) => failed(...Records.filter(({ body }) => body === '{"n":2}').map(({ messageId }) => messageId)), {
      ...filter({ body: { n: [{ exists: true }] } }), uuid: 'counting', countsEvents: true,
    }).start();
    await mapping.idle();
    const sum = (name: string) => account.metrics.of({ namespace: 'AWS/Lambda', name, dimensions: { EventSourceMappingUUID: 'counting' } })
      .reduce((total, { value }) => total + value, 0);
    const names = ['PolledEventCount', 'FilteredOutEventCount', 'InvokedEventCount', 'FailedInvokeEventCount', 'DeletedEventCount'];
    expect(names.map(sum)).toEqual([4, 1, 3, 1, 2]);
  });
});

it('what has failed comes again when it is visible again, with its count of receives', async () => {
  await send('a');
  await create((event) => (events.length === 1 ? failed(event.Records[0].messageId) : OK)).start();
  await mapping.idle();
  expect(await left()).toEqual([0, 1]);
  const ReceiptHandle = events[0].Records[0].receiptHandle as string;
  await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: queueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
  await mapping.idle();
  expect(await left()).toEqual([0, 0]);
  expect(events.map(({ Records }) => (Records[0].attributes as Record<string, string>).ApproximateReceiveCount)).toEqual(['1', '2']);
});

it.each([
  ['the maximum concurrency', { maximumConcurrency: 2 }, 2],
  ['five, where no maximum is given', {}, 5],
])('as many are under way at a time as %s, and no more', async (_, overrides, allowed) => {
  let now = 0;
  let most = 0;
  let release!: () => void;
  const released = new Promise<void>((resolve) => (release = resolve));
  await send(...'abcdefghij');
  await create(async () => {
    most = Math.max(most, ++now);
    // Nobody returns before as many as are allowed have begun, and one more would have.
    if (now === allowed) setTimeout(release, 100);
    await released;
    now--;
    return OK;
  }, { batchSize: 1, ...overrides }).start();
  await mapping.idle();
  expect(most).toBe(allowed);
  expect(bodies()).toEqual([...'abcdefghij']);
});

describe('start and stop', () => {
  it('what is under way comes to its end, and nothing new begins', async () => {
    await send('a', 'b');
    let finish!: () => void;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    // All are busy that may be: no receive call is under way that could still take what comes next.
    create(async () => {
      await finished;
      return OK;
    }, { batchSize: 1, maximumConcurrency: 2 });
    await mapping.start();
    await until(() => events.length === 2);
    const stopped = mapping.stop();
    await send('c');
    finish();
    await stopped;
    expect(await left()).toEqual([1, 0]);
    expect(bodies()).toEqual(['a', 'b']);

    await mapping.start();
    await mapping.idle();
    expect(bodies()).toEqual(['a', 'b', 'c']);
    expect(await left()).toEqual([0, 0]);
  });

  it('fails when it already runs', async () => {
    await create(() => OK).start();
    await expect(mapping.start()).rejects.toThrow('mapping a0b1c2d3 already runs');
  });

  it('idle does not wait for a mapping that is not running', async () => {
    await send('a');
    await create(() => OK).idle();
    expect(events).toEqual([]);
  });

  it('fails when the function does not exist', async () => {
    create(() => OK);
    account.functions.clear();
    await expect(mapping.start()).rejects.toThrow(`mapping a0b1c2d3: function ${functionArn} does not exist`);
  });
});

describe('failure', () => {
  it.each<[string, string[]]>([['receive', ['sqs:DeleteMessage']], ['delete', ['sqs:ReceiveMessage']]])(
    'a role that may not %s messages is what idle says, and the mapping goes on once it may', async (_, actions) => {
      allow(['sqs:GetQueueAttributes', ...actions]);
      await send('a');
      create(() => OK);
      const denied = new Promise<Error>((resolve) => mapping.once('denied', ({ error }) => resolve(error)));
      await mapping.start();
      expect((await denied).message).toContain('is not authorized to perform: sqs:');
      await send('b');
      await expect(mapping.idle()).rejects.toThrow('is not authorized to perform: sqs:');
      allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']);
      await send('c');
      await mapping.idle();
      expect(events.flatMap(({ Records }) => Records.map(({ body }) => body))).toContain('c');
    },
  );

  it('of its role is a warning when no listener is registered', async () => {
    allow([]);
    const warned = new Promise<string>((resolve) => {
      jest.spyOn(process, 'emitWarning').mockImplementationOnce((warning) => resolve(String(warning)));
    });
    await create(() => OK).start();
    expect(await warned).toMatch(/^mapping a0b1c2d3 cannot receive or delete messages: User: /);
  });

  it('of what runs the function stops the mapping', async () => {
    await send('a');
    create(() => {
      throw new Error('closed');
    });
    mapping.on('failed', () => undefined);
    await mapping.start();
    await expect(mapping.idle()).rejects.toThrow('closed');
  });
});

describe('a FIFO queue', () => {
  beforeEach(async () => createQueue({ FifoQueue: 'true', ContentBasedDeduplication: 'true' }, '.fifo'));

  async function sendTo(group: string, ...texts: string[]): Promise<void> {
    for (const MessageBody of texts) await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody, MessageGroupId: group }));
  }

  const batchBodies = () => events.map(({ Records }) => Records.map(({ body }) => body));

  it('has the messages of a group in order, one batch after the other', async () => {
    await sendTo('group', ...'abcdefghijkl');
    let now = 0;
    let most = 0;
    await create(async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      return OK;
    }).start();
    await mapping.idle();
    expect(batchBodies()).toEqual([[...'abcdefghij'], ['k', 'l']]);
    expect(most).toBe(1);
    expect(events[0].Records[0].attributes).toMatchObject({ MessageGroupId: 'group', SequenceNumber: expect.any(String) });
  });

  it('has other groups in the same batch, and no group waits for another', async () => {
    await sendTo('a', 'a1', 'a2');
    await sendTo('b', 'b1');
    await create(() => OK, { batchSize: 2 }).start();
    await mapping.idle();
    expect(batchBodies()).toEqual([['a1', 'a2'], ['b1']]);
  });

  it('blocks a group while a failed message of it is hidden; what is not reported is deleted', async () => {
    await sendTo('a', 'a1', 'a2', 'a3');
    await create(({ Records }) => failed(...Records.filter(({ body }) => body === 'a2').map(({ messageId }) => messageId))).start();
    await mapping.idle();
    await sendTo('a', 'a4');
    await sendTo('b', 'b1');
    await mapping.idle();
    expect(batchBodies()).toEqual([['a1', 'a2', 'a3'], ['b1']]);
    expect(await left()).toEqual([1, 1]);
  });

  it('keeps the rest of a batch that needs several events when one of them fails', async () => {
    await sendTo('a', ...[0, 1, 2, 3, 4, 5, 6].map((index) => String(index).repeat(1_000_000)));
    await create(() => ERROR).start();
    await mapping.idle();
    expect(events).toHaveLength(1);
    expect(await left()).toEqual([0, 7]);
  });

  it('gives failed messages again in their order', async () => {
    await createQueue({ FifoQueue: 'true', ContentBasedDeduplication: 'true', VisibilityTimeout: '1' }, '.fifo');
    await sendTo('a', 'a1', 'a2', 'a3');
    await create(() => (events.length === 1 ? ERROR : OK)).start();
    await until(() => batches.length === 2);
    expect(batchBodies()).toEqual([['a1', 'a2', 'a3'], ['a1', 'a2', 'a3']]);
  });
});

describe('a specification', () => {
  const spec: QueueMappingSpec = {
    uuid: 'a0b1c2d3', functionArn, queueArn: account.arn('sqs', 'queue'), batchSize: 10, maximumBatchingWindowSeconds: 0,
    reportBatchItemFailures: true, enabled: true,
  };
  const fifo = { queueArn: account.arn('sqs', 'queue.fifo') };

  it.each<[Partial<QueueMappingSpec>]>([
    [{ batchSize: 1 }], [{ batchSize: 10_000, maximumBatchingWindowSeconds: 300 }], [{ maximumConcurrency: 2 }], [{ maximumConcurrency: 1_000 }],
    [fifo], [{ provisionedPollers: {} }], [{ provisionedPollers: { minimumPollers: 2, maximumPollers: 10_000 } }],
    [{ filters: ['{"body":{"a":["b"]}}'] }],
  ])('passes with %j', (overrides) => {
    expect(() => validateQueueMappingSpec({ ...spec, ...overrides })).not.toThrow();
  });

  it.each<[Partial<QueueMappingSpec>, string]>([
    [{ batchSize: 0 }, 'batchSize must be 1 to 10000, got: 0'],
    [{ batchSize: 10_001 }, 'batchSize must be 1 to 10000, got: 10001'],
    [{ batchSize: 11 }, 'maximumBatchingWindowSeconds must be at least 1 with a batchSize over 10, got: 0 with 11'],
    [{ maximumBatchingWindowSeconds: 301 }, 'maximumBatchingWindowSeconds must be 0 to 300, got: 301'],
    [{ maximumConcurrency: 1 }, 'maximumConcurrency must be 2 to 1000, got: 1'],
    [{ maximumConcurrency: 1_001 }, 'maximumConcurrency must be 2 to 1000, got: 1001'],
    [{ provisionedPollers: { minimumPollers: 1 } }, 'minimumPollers must be 2 to 200, got: 1'],
    [{ provisionedPollers: { maximumPollers: 10_001 } }, 'maximumPollers must be 2 to 10000, got: 10001'],
    [{ provisionedPollers: { minimumPollers: 5, maximumPollers: 4 } }, 'minimumPollers must be at most maximumPollers, got: 5 and 4'],
    [{ provisionedPollers: {}, maximumConcurrency: 2 }, 'maximumConcurrency must be unset with provisionedPollers, got: 2'],
    [{ filters: Array(11).fill('{"body":{"a":["b"]}}') as string[] }, 'a mapping must have at most 10 filters, got: 11'],
    [{ filters: ['{"body":"text"}'] }, 'an event pattern must be an object with at least one key at body, got: "text"'],
    [{ ...fifo, batchSize: 11 }, 'batchSize must be 1 to 10 for a FIFO queue, got: 11'],
    [{ ...fifo, maximumBatchingWindowSeconds: 1 }, 'maximumBatchingWindowSeconds must be 0 to 0 for a FIFO queue, got: 1'],
  ])('fails with %j', (overrides, message) => {
    expect(() => validateQueueMappingSpec({ ...spec, ...overrides })).toThrow(`mapping a0b1c2d3: ${message}`);
  });
});
