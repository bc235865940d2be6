import fc from 'fast-check';
import { Account } from '../../../local/account';
import { InvokeResult } from '../../../local/functions/lambda-function';
import { EventSourceMapping, FailureRecord, MappingSpec } from '../../../local/mapping/event-source-mapping';
import { propertyRuns } from '../../support/property-runs';
import { FakeAuthorizer, NOWHERE } from '../functions/fixture';
import { answer, ERROR, FakeStream, functionArn, mappingSpec, numbersIn, OK, roleArn, VirtualClock } from './fixture';

const A = 'shardId-000000000000';
const B = 'shardId-000000000001';

interface Sent {
  readonly destination: string;
  readonly first: number;
  readonly last: number;
}

type Handler = (numbers: number[], call: number) => InvokeResult | Promise<InvokeResult>;

let mapping: EventSourceMapping;
afterEach(async () => mapping.stop());

function create(stream: FakeStream, handler: Handler, spec: Partial<MappingSpec> = {}) {
  const account = new Account();
  const calls: number[][] = [];
  const sent: Sent[] = [];
  const closed: string[] = [];
  /** Resolved when a destination may answer. */
  let answering: Promise<void> = Promise.resolve();
  account.functions.set(functionArn, {
    functionArn,
    roleArn,
    async invoke(event) {
      const numbers = numbersIn(event);
      return handler(numbers, calls.push(numbers));
    },
    invokeAsync() {
      throw new Error('a mapping does not invoke asynchronously');
    },
  });
  mapping = new EventSourceMapping(mappingSpec({ onFailureArn: 'old', ...spec }), {
    account,
    authorizer: new FakeAuthorizer(),
    clock: new VirtualClock(),
    endpoints: { kinesis: NOWHERE, sqs: NOWHERE, sns: NOWHERE, s3: NOWHERE, dynamodb: NOWHERE },
    stream,
    consolidateFailures: 'none',
    destination(destination) {
      let isClosed = false;
      return {
        async send({ KinesisBatchInfo: info }: FailureRecord) {
          await answering;
          if (isClosed) throw new Error(`${destination} is closed`);
          sent.push({ destination, first: Number(info!.startSequenceNumber), last: Number(info!.endSequenceNumber) });
        },
        close() {
          isClosed = true;
          closed.push(destination);
        },
      };
    },
  });
  const hold = () => {
    let release!: () => void;
    answering = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  };
  return { calls, sent, closed, hold, update: async (change: Partial<MappingSpec>) => mapping.update({ ...mapping.spec, ...change }) };
}

describe('an update of a mapping', () => {
  it('keeps its position, and what it has buffered', async () => {
    const stream = new FakeStream(A, B);
    stream.put(A, 3);
    const { calls, update } = create(stream, () => OK);
    await mapping.start();
    await mapping.idle();
    await update({ batchSize: 2 });
    stream.put(A, 3);
    stream.put(B, 1);
    await mapping.idle();
    expect(calls.sort(([a], [b]) => a - b)).toEqual([[1, 2, 3], [4, 5], [6], [7]]);
    expect(stream.opened).toHaveLength(2);
  });

  it('gives a batch in retries the new settings from its next attempt on, and the new destination', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 2);
    const { calls, sent, closed, update } = create(stream, (numbers, call) => {
      // While the third attempt runs.
      if (call === 3) void update({ maximumRetryAttempts: 0, bisectBatchOnFunctionError: true, onFailureArn: 'new' });
      return numbers.includes(2) ? ERROR : OK;
    });
    await mapping.start();
    await mapping.idle();
    expect(calls).toEqual([[1, 2], [1, 2], [1, 2], [1], [2]]);
    expect(sent).toEqual([{ destination: 'new', first: 2, last: 2 }]);
    expect(closed).toEqual(['old']);
  });

  it('lets a failure record arrive that is on its way to the old destination', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 1);
    const { sent, closed, hold, update } = create(stream, () => ERROR, { maximumRetryAttempts: 0 });
    const release = hold();
    const givenUp = new Promise((resolve) => mapping.once('giveUp', resolve));
    await mapping.start();
    await givenUp;
    const updated = update({ onFailureArn: 'new' });
    expect(closed).toEqual([]);
    release();
    await updated;
    await mapping.idle();
    expect([sent, closed]).toEqual([[{ destination: 'old', first: 1, last: 1 }], ['old']]);
  });

  it('that removes the destination drops what fails afterwards, and one that adds a destination sends it', async () => {
    const stream = new FakeStream(A);
    const { sent, update } = create(stream, () => ERROR, { maximumRetryAttempts: 0 });
    await mapping.start();
    for (const onFailureArn of [undefined, 'new']) {
      await update({ onFailureArn });
      stream.put(A, 1);
      await mapping.idle();
    }
    expect(sent).toEqual([{ destination: 'new', first: 2, last: 2 }]);
  });

  it('filters the records that it reads afterwards', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 2);
    const { calls, update } = create(stream, () => OK);
    await mapping.start();
    await mapping.idle();
    await update({ filters: [JSON.stringify({ sequenceNumber: ['1', '4'] })] });
    stream.put(A, 2);
    await mapping.idle();
    expect(calls).toEqual([[1, 2], [4]]);
  });

  it('listens to item failures from the next answer on', async () => {
    const stream = new FakeStream(A);
    const { calls, update } = create(stream, (_, call) => (call === 3 ? OK : answer({ batchItemFailures: [{ itemIdentifier: '2' }] })));
    await mapping.start();
    stream.put(A, 2);
    await mapping.idle();
    await update({ reportBatchItemFailures: true });
    stream.put(A, 1);
    await mapping.idle();
    // The answer names a record of another batch: the whole batch has failed.
    expect(calls).toEqual([[1, 2], [3], [3]]);
  });

  it('hands buffered records to another number of workers, in the order of each key', async () => {
    const stream = new FakeStream(A);
    const order: Record<string, number[]> = {};
    for (let round = 0; round < 20; round++) for (const key of ['a', 'b', 'c']) stream.put(A, 1, { key });
    const keys = new Map(stream.shards.get(A)!.records.map(({ sequenceNumber, orderingKey }) => [Number(sequenceNumber), orderingKey]));
    const { update } = create(stream, async (numbers) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      for (const number of numbers) (order[keys.get(number)!] ??= []).push(number);
      return OK;
    }, { batchSize: 1 });
    await mapping.start();
    for (const parallelizationFactor of [3, 2, 1]) await update({ parallelizationFactor });
    await mapping.idle();
    for (const key of ['a', 'b', 'c']) expect(order[key]).toEqual([...keys].filter(([, it]) => it === key).map(([number]) => number));
  });

  it('of a mapping that does not run takes effect when it starts', async () => {
    const stream = new FakeStream(A);
    stream.put(A, 3);
    const { calls, sent, update } = create(stream, () => ERROR, { maximumRetryAttempts: 0 });
    await update({ batchSize: 2, onFailureArn: 'new' });
    expect(calls).toEqual([]);
    await mapping.start();
    await mapping.idle();
    expect(sent).toEqual([{ destination: 'new', first: 1, last: 2 }, { destination: 'new', first: 3, last: 3 }]);
  });

  it('that Lambda refuses changes nothing', async () => {
    const stream = new FakeStream(A);
    const { update } = create(stream, () => OK);
    await mapping.start();
    await expect(update({ batchSize: 0, onFailureArn: 'new' })).rejects.toThrow('batchSize must be 1 to 10000, got: 0');
    expect(mapping.spec).toMatchObject({ batchSize: 100, onFailureArn: 'old' });
  });
});

/** A change, made while a call of the function runs. */
interface Moment {
  readonly call: number;
  readonly change: Partial<MappingSpec>;
}

const change = fc.record({
  batchSize: fc.integer({ min: 1, max: 5 }),
  maximumRetryAttempts: fc.integer({ min: 0, max: 3 }),
  bisectBatchOnFunctionError: fc.boolean(),
  maximumBatchingWindowSeconds: fc.integer({ min: 0, max: 2 }),
  parallelizationFactor: fc.integer({ min: 1, max: 4 }),
  onFailureArn: fc.constantFrom('one', 'two', 'three'),
}, { requiredKeys: [] });

it('loses and skips no record, whatever changes at whichever moment', async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 40 }),
    fc.array(fc.record({ call: fc.integer({ min: 1, max: 40 }), change }), { maxLength: 6 }),
    // How often a call with the record fails.
    fc.infiniteStream(fc.constantFrom(0, 0, 0, 1, 3, Infinity)),
    fc.context(),
    async (keys, moments: Moment[], failures, context) => {
      const stream = new FakeStream(A);
      const written = keys.flatMap((key) => stream.put(A, 1, { key })).map(({ sequenceNumber }) => Number(sequenceNumber));
      const failuresLeft = new Map(written.map((number) => [number, failures.next().value as number]));
      const processed: number[] = [];
      const updates: Promise<void>[] = [];
      let last: Promise<void> = Promise.resolve();
      const { calls, sent, update } = create(stream, (numbers, call) => {
        for (const moment of moments.filter((it) => it.call === call)) {
          // As Lambda, one update after the other.
          updates.push(last = last.then(async () => update(moment.change)));
        }
        const failing = numbers.filter((number) => failuresLeft.get(number)! > 0);
        for (const number of failing) failuresLeft.set(number, failuresLeft.get(number)! - 1);
        if (failing.length > 0) return ERROR;
        processed.push(...numbers);
        return OK;
      }, { batchSize: 3, maximumRetryAttempts: 2 });
      // A failure record goes to the destination at the end of its batch.
      const expected: (string | undefined)[] = [];
      mapping.on('giveUp', () => expected.push(mapping.spec.onFailureArn));
      try {
        await mapping.start();
        const all = async () => {
          for (let before = -1; before !== updates.length;) {
            before = updates.length;
            await Promise.all(updates);
            await mapping.idle();
          }
        };
        await all();
        context.log(JSON.stringify({ calls, sent }));

        const givenUp = sent.flatMap(({ first, last: end }) => written.filter((number) => number >= first && number <= end));
        expect([...new Set([...processed, ...givenUp])].sort((a, b) => a - b)).toEqual(written);
        expect(mapping.counters.failedDeliveries).toBe(0);
        const restarts = moments.some(({ change: { parallelizationFactor } }) => parallelizationFactor !== undefined);
        if (!restarts) {
          // One worker: every record once, in order, however settings change.
          expect(processed).toEqual([...new Set(processed)].sort((a, b) => a - b));
          expect([...processed, ...givenUp].sort((a, b) => a - b)).toEqual(written);
        }
        expect(sent.map(({ destination }) => destination)).toEqual(expected);
      } finally {
        await mapping.stop();
      }
    },
  ), propertyRuns(10_000));
});
