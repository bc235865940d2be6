import type { Message } from '@aws-sdk/client-sqs';
import type { DeliveryMiddleware } from '../../local/events/event-bus';
import { CapturePipeline, type CapturePipelineOptions } from './capture-pipeline';
import { captureCheck } from './captured-dead-letter-check';
import { type CapturedBatch, type CapturedFailure, capturedFailure, foreignObject } from './captured-failure';
import { type DeliveryReport, checkDeliveryWith } from './delivery-report';
import { answerLost, type Fault, frozen, killedAfter, killedBefore, resetBefore, resetMidBody, s3, serverError, slowBody, sqs, truncatedJson } from './fault';
import { listedFaults, type PlannedFault } from './fault-plan';
import { named } from './hydrate-suite';
import { kinesisSource } from './kinesis-source';

const FIRST_SEQUENCE_NUMBER = 49646986683135544286507457936321625675700192471156785154n;
/** The capture function asks for an object that is not there so many times in an invocation. */
const PATIENCE = 6;

const atOnce: DeliveryMiddleware = async (_, next) => next();

let stage: CapturePipeline;
let delivery = atOnce;
let number = 0;

async function setUp(options: CapturePipelineOptions = {}): Promise<void> {
  // Waits for retries take a third of a second and two thirds.
  stage = await CapturePipeline.start(kinesisSource, { speed: 200, delivery: async (...args) => delivery(...args), ...options });
}

interface Batch extends Partial<CapturedBatch> {
  /** Records that failed. Default: 3. */
  readonly count?: number;
  /** Of data in each. */
  readonly bytes?: number;
}

/** The object of a batch. */
function failure({ count = 3, bytes = 10, ...more }: Batch = {}): CapturedFailure {
  const failed = failedOf(...Array(count).keys());
  return capturedFailure(++number, { ...stage.failureSource, failed, event: eventOf(count, bytes), ...more });
}

function failedOf(...indices: number[]): CapturedBatch['failed'] {
  const shardId = 'shardId-000000000000';
  return indices.map((index) => ({ shardId, sequenceNumber: sequenceNumberOf(index), orderingKey: 'schlüssel 🧡', arrivedAt: Date.now() }));
}

function eventOf(count: number, bytes = 10) {
  const record = (index: number) => ({ kinesis: { sequenceNumber: sequenceNumberOf(index), data: Buffer.alloc(bytes, index).toString('base64') } });
  return { Records: Array.from({ length: count }, (_, index) => record(index)) };
}

function sequenceNumberOf(index: number): string {
  return String(FIRST_SEQUENCE_NUMBER + BigInt(index));
}

const large = (more: Batch = {}) => failure({ bytes: 400_000, ...more });

interface Outcome {
  readonly account: DeliveryReport;
  readonly undeliverables: readonly Message[];
  /** Invocations of the capture function that asked for something. */
  readonly invocations: number;
}

/** Writes objects while requests go wrong as listed, waits for the end, and looks into both queues. */
async function outcomeOf(
  failures: readonly CapturedFailure[],
  faults: readonly PlannedFault[],
  write = async () => stage.write(failures),
): Promise<Outcome> {
  stage.injector.follow(listedFaults(...faults));
  await write();
  await stage.settle();
  const [deadLetters, undeliverables] = [await stage.deadLetterMessages(), await stage.undeliverables()];
  const { s3: client } = stage.pipeline.cloud.clients;
  const account = await checkDeliveryWith(captureCheck, { notifications: failures, deadLetters, undeliverables, s3: client });
  expect([...stage.injector.met.keys()]).toEqual(expect.arrayContaining(faults.map(({ action, fault }) => `${action}: ${fault.name}`)));
  expect(account).toMatchObject({ lost: [], wrong: [] });
  return { account, undeliverables, invocations: stage.injector.invocations.size };
}

/** For the first so many requests. */
function first(times: number, action: string, fault: Fault): PlannedFault[] {
  return Array.from({ length: times }, (_, index) => ({ action, nth: index + 1, fault }));
}

describe('the capture function', () => {
  beforeAll(async () => setUp());
  afterAll(async () => stage?.stop());
  afterEach(() => {
    delivery = atOnce;
  });

  it.each(
    named([
      ...[s3.noSuchKey, s3.accessDenied, s3.slowDown, serverError, resetBefore, resetMidBody, slowBody(1_000)].map((fault) => ['GetObject', fault] as const),
      ...[sqs.throttled, serverError, resetBefore, slowBody(1_000)].map((fault) => ['SendMessage', fault] as const),
    ]),
  )('gets over %s: %s within one invocation', async (action, _, fault) => {
    const { account, invocations } = await outcomeOf([failure()], [{ action, nth: 1, fault }]);
    expect(account).toMatchObject({ deadLetters: 1, statuses: { COMPLETE: 1 }, duplicates: { messages: 0 } });
    expect(invocations).toBe(1);
  });

  it.each(named([answerLost, resetMidBody, truncatedJson].map((fault) => ['SendMessage', fault] as const)))(
    'sends a dead letter again under the same id after %s: %s',
    async (action, _, fault) => {
      const { account, invocations } = await outcomeOf([failure()], [{ action, nth: 1, fault }]);
      expect(account).toMatchObject({ deadLetters: 1, statuses: { COMPLETE: 1 }, duplicates: { ids: 1, messages: 1 } });
      expect(invocations).toBe(1);
    },
  );

  it.each(named([s3.noSuchKey, s3.accessDenied].map((fault) => ['GetObject', fault] as const)))(
    'waits for an object that is slow to appear: %s: %s',
    async (action, _, fault) => {
      const { account, invocations } = await outcomeOf([failure()], first(PATIENCE - 1, action, fault));
      expect(account).toMatchObject({ deadLetters: 1, statuses: { COMPLETE: 1 } });
      expect(invocations).toBe(1);
    },
  );

  it('comes back for an object that is slower than that', async () => {
    const { account, invocations } = await outcomeOf([failure()], first(PATIENCE, 'GetObject', s3.noSuchKey));
    expect(account).toMatchObject({ deadLetters: 1, statuses: { COMPLETE: 1 } });
    expect(invocations).toBe(2);
  });

  it('leaves the event of an object that never appears to the undeliverable queue', async () => {
    const { key, ...gone } = failure();
    const { account, undeliverables } = await outcomeOf([{ ...gone, key, body: undefined }], []);
    expect(account).toMatchObject({ deadLetters: 0, undelivered: 1, undeliverables: { 'async destination': 1 } });
    expect(JSON.parse(undeliverables[0].Body!).responsePayload.errorMessage).toContain(key);
  });

  it.each(
    named([
      ['GetObject', killedBefore],
      ['GetObject', killedAfter],
      ['SendMessage', killedBefore],
      ['SendMessage', sqs.accessDenied],
    ]),
  )('does it all again after %s: %s', async (action, _, fault) => {
    const { account, invocations } = await outcomeOf([failure()], [{ action, nth: 1, fault }]);
    expect(account).toMatchObject({ deadLetters: 1, statuses: { COMPLETE: 1 }, duplicates: { messages: 0 } });
    expect(invocations).toBe(2);
  });

  it('sends a dead letter twice under the same id where it is killed after the first time', async () => {
    const { account, invocations } = await outcomeOf([failure()], [{ action: 'SendMessage', nth: 1, fault: killedAfter }]);
    expect(account).toMatchObject({ deadLetters: 1, statuses: { COMPLETE: 1 }, duplicates: { ids: 1, messages: 1 }, statusChanges: 0 });
    expect(invocations).toBe(2);
  });

  it.each(named([['SendMessage', sqs.accessDenied], ['SendMessage', killedBefore], ['GetObject', killedBefore]]))(
    'leaves the event to the undeliverable queue after three times %s: %s',
    async (action, _, fault) => {
      const { account, invocations } = await outcomeOf([failure()], first(3, action, fault));
      expect(account).toMatchObject({ deadLetters: 0, undelivered: 1, undeliverables: { 'async destination': 1 } });
      expect(invocations).toBe(3);
    },
  );

  describe('of an event', () => {
    it('that comes twice makes two messages under one id', async () => {
      delivery = async (_, next) => {
        await next();
        await next();
      };
      const { account } = await outcomeOf([failure()], []);
      expect(account).toMatchObject({ deadLetters: 1, duplicates: { ids: 1, messages: 1 }, statusChanges: 0 });
    });

    it('that EventBridge brings at its fourth attempt makes one', async () => {
      let attempts = 0;
      delivery = async (_, next) => {
        if (++attempts < 4) throw new Error('not now');
        await next();
      };
      const { account } = await outcomeOf([failure()], []);
      expect(account).toMatchObject({ deadLetters: 1, statuses: { COMPLETE: 1 }, duplicates: { messages: 0 } });
      expect(attempts).toBe(4);
    });

    it('that EventBridge cannot bring is kept by the queue of the rule', async () => {
      const unheard = failure();
      const { account, undeliverables } = await outcomeOf([unheard], [], async () => stage.writeWithoutFunction([unheard]));
      expect(account).toMatchObject({ deadLetters: 0, undelivered: 1, undeliverables: { rule: 1 } });
      expect(undeliverables[0].MessageAttributes!.ERROR_CODE.StringValue).toBe('NO_RESOURCE');
    });
  });

  it.each([
    ['COMPLETE', 'all records', {}],
    ['COMPLETE', 'all records, as an object', { payload: eventOf(3) }],
    ['COMPLETE', 'all records of a window, with its state', { event: { ...eventOf(3), state: { total: 7 }, isFinalInvokeForWindow: true } }],
    ['COMPLETE', 'records that are too old', { condition: 'RecordAgeExceeded' }],
    ['PARTIAL', 'fewer records', { event: eventOf(2) }],
    ['SUPERSET', 'more records', { failed: failedOf(0, 1, 3), event: eventOf(4) }],
    ['PARTIAL', 'records of another batch as well', { event: eventOf(4), error: 'UnexpectedRecords' }],
    ['PARTIAL', 'as many records, of another batch', { failed: failedOf(7, 8, 9), event: eventOf(3), error: 'UnexpectedRecords' }],
    ['UNREADABLE', 'no records', { event: eventOf(0) }],
    ['UNREADABLE', 'text that is not JSON', { event: undefined, payload: '{"Records": [' }],
    ['UNREADABLE', 'nothing', { event: undefined, payload: null }],
  ] as const)('gives the verdict %s for an object that holds %s', async (status, _, batch) => {
    const { account } = await outcomeOf([failure({ ...(batch as Batch), status })], []);
    expect(account).toMatchObject({ deadLetters: 1, statuses: { [status]: 1 }, overflowed: 0 });
  });

  describe('of a dead letter over the limit of the queue', () => {
    it.each([
      ['as text', {}],
      ['as an object', { payload: eventOf(3, 400_000) }],
      ['and fewer records than failed', { count: 4, event: eventOf(3, 400_000), status: 'PARTIAL' }],
    ] as const)('points to the object of Lambda, payload %s', async (_, batch) => {
      const { account } = await outcomeOf([large(batch as Batch)], []);
      expect(account).toMatchObject({ deadLetters: 1, overflowed: 1, staleSizes: 0 });
    });

    it.each(named([['GetObject', resetMidBody], ['GetObject', killedAfter], ['SendMessage', killedAfter], ['SendMessage', answerLost]]))(
      'points there in the end after %s: %s',
      async (action, _, fault) => {
        const { account } = await outcomeOf([large()], [{ action, nth: 1, fault }]);
        expect(account).toMatchObject({ deadLetters: 1, statuses: { COMPLETE: 1 }, staleSizes: 0 });
        expect(account.overflowed).toBeGreaterThan(0);
      },
    );
  });

  it.each(named([serverError, resetBefore, sqs.throttled].map((fault) => ['SendMessage', fault] as const)))(
    'keeps the event of what is no failure record, over %s: %s',
    async (action, _, fault) => {
      const { account, invocations } = await outcomeOf([foreignObject(++number, 'no JSON 🧡')], [{ action, nth: 1, fault }]);
      expect(account).toMatchObject({ deadLetters: 0, undeliverables: { function: 1 } });
      expect(invocations).toBe(1);
    },
  );

  it('keeps the event of what is no text', async () => {
    const { account } = await outcomeOf([foreignObject(++number, new Uint8Array([0x7b, 0xff, 0xfe]))], []);
    expect(account).toMatchObject({ deadLetters: 0, undeliverables: { function: 1 } });
  });

  it('leaves alone what is of another stream', async () => {
    const { eventSourceArn } = stage.failureSource;
    const anothers = failure({ eventSourceArn: `${eventSourceArn}-of-another` });
    const { account } = await outcomeOf([], [], async () => stage.write([anothers]));
    expect(account).toMatchObject({ deadLetters: 0, undeliverables: { 'function': 0, 'async destination': 0, 'rule': 0 } });
    expect(stage.injector.invocations.size).toBe(1);
  });
});

describe('a capture function whose time is over', () => {
  // Writing takes the last twenty seconds of it for itself; reading again has the rest, on a machine that may be slow.
  beforeAll(async () => setUp({ timeoutSeconds: 26 }));
  afterAll(async () => stage?.stop());

  it('does it all again', async () => {
    const { account, invocations } = await outcomeOf([failure()], [{ action: 'GetObject', nth: 1, fault: frozen }]);
    expect(account).toMatchObject({ deadLetters: 1, statuses: { COMPLETE: 1 } });
    expect(invocations).toBe(2);
  });
});

describe('a capture function with the least memory', () => {
  beforeAll(async () => setUp({ memorySize: 128 }));
  afterAll(async () => stage?.stop());

  it.each([
    ['one record', 1, 4_700_000],
    ['many records', 35_000, 50],
  ])('reads the largest event there is, of %s', async (_, count, bytes) => {
    // 6 MB of event, which is text in a text.
    const { account, invocations } = await outcomeOf([failure({ count, bytes, event: eventOf(count, bytes) })], []);
    expect(account).toMatchObject({ deadLetters: 1, statuses: { COMPLETE: 1 }, overflowed: 1 });
    expect(invocations).toBe(1);
  });
});
