import type { Message } from '@aws-sdk/client-sqs';
import type { DeadLetter } from '../../lambda/dead-letter';
import { type Fault, answerLost, frozen, killedAfter, killedBefore, resetBefore, resetMidBody, s3, serverError, slowBody, sqs, truncatedJson } from './fault';
import {
  accessDenied, emptyPage, expiredIterator, keyDisabled, keyGone, keyThrottled, refusedStart, shortPage, streamGone, streamRecreated,
  throttled, wrongShard,
} from './kinesis-faults';
import { failureNotification, type FailedBatch, type Notification } from './notification';
import { byList, type Planned } from './plan';
import { receive, reckon, type Reckoning } from './reckoning';
import { Stage, type StageOptions } from './stage';
import type { PastRecord } from './stream-history';
import type { TrimmedStart } from './truer-kinesis';

const SMALL = 40;
const LARGE = 9;

let stage: Stage;
let shard: readonly PastRecord[];
let trimmedStart: TrimmedStart = 'skipped';
let number = 0;

async function setUp(options: StageOptions = {}): Promise<void> {
  // Waits for retries take a third of a second and two thirds.
  stage = await Stage.start({ speed: 200, trimmedStart: () => trimmedStart, ...options });
  await stage.put([
    ...Array.from({ length: SMALL }, (_, index) => ({ key: `schlüssel ${index}`, data: Buffer.from([index, 0, 0xff, 0xfe]) })),
    ...Array.from({ length: LARGE }, (_, index) => ({ key: 'large', data: Buffer.alloc(100_000, index) })),
  ]);
  [shard] = stage.history.shardIds.map((id) => stage.history.shard(id));
}

/** The failure record of a range of records, from one to another, both included. */
function failure(from: number, to: number, more: Partial<FailedBatch> = {}): Notification {
  const failed = shard.slice(from, to + 1);
  return failureNotification(++number, { streamArn: stage.streamArn, functionArn: stage.processorArn, failed, ...more });
}

interface Outcome {
  readonly account: Reckoning;
  readonly letters: readonly DeadLetter[];
  readonly undeliverables: readonly Message[];
  /** Invocations of the hydrate function. */
  readonly invocations: number;
}

/** Publishes while requests go wrong as listed, waits for the end, and looks into both queues. */
async function outcomeOf(
  notifications: readonly Notification[],
  faults: readonly Planned[],
  publish = async () => stage.notify(notifications.map(({ message }) => message)),
): Promise<Outcome> {
  stage.injector.follow(byList(...faults));
  await publish();
  await stage.settle();
  const [deadLetters, undeliverables] = [await stage.deadLetterMessages(), await stage.undeliverables()];
  const client = stage.pipeline.cloud.clients.s3;
  const account = await reckon({ notifications, history: stage.history, deadLetters, undeliverables, s3: client });
  expect([...stage.injector.met.keys()]).toEqual(expect.arrayContaining(faults.map(({ action, fault }) => `${action}: ${fault.name}`)));
  expect(account).toMatchObject({ lost: [], wrong: [] });
  const letters = await Promise.all(deadLetters.map(async (message) => (await receive(message, client)).letter));
  return { account, letters, undeliverables, invocations: stage.injector.invocations.size };
}

const named = (cases: readonly (readonly [action: string, fault: Fault])[]) => cases.map(([action, fault]) => [action, fault.name, fault] as const);

describe('the hydrate function', () => {
  beforeAll(async () => setUp());
  afterAll(async () => stage?.stop());

  it.each(
    named([
      ...[throttled, keyThrottled, serverError, resetBefore, resetMidBody, truncatedJson].map((fault) => ['GetShardIterator', fault] as const),
      ...[throttled, keyThrottled, serverError, resetBefore, resetMidBody, truncatedJson].map((fault) => ['GetRecords', fault] as const),
      ...[emptyPage, shortPage(1), expiredIterator, slowBody(1_000)].map((fault) => ['GetRecords', fault] as const),
      ...[sqs.throttled, serverError, resetBefore, slowBody(1_000)].map((fault) => ['SendMessage', fault] as const),
    ]),
  )('gets over %s: %s within one invocation', async (action, _, fault) => {
    const { account, letters, invocations } = await outcomeOf([failure(5, 8)], [{ action, nth: 1, fault }]);
    expect(letters).toHaveLength(1);
    expect(account.statuses.COMPLETE).toBe(1);
    expect(invocations).toBe(1);
  });

  it.each(named([answerLost, resetMidBody, truncatedJson].map((fault) => ['SendMessage', fault] as const)))(
    'sends a dead letter again under the same id after %s: %s',
    async (action, _, fault) => {
      const { account, invocations } = await outcomeOf([failure(5, 8)], [{ action, nth: 1, fault }]);
      expect(account).toMatchObject({ deadLetters: 1, statuses: { COMPLETE: 1 }, duplicates: { ids: 1, messages: 1 } });
      expect(invocations).toBe(1);
    },
  );

  it.each(named([refusedStart, wrongShard].map((fault) => ['GetShardIterator', fault] as const)))(
    'finds the whole range by its arrival time after %s: %s',
    async (action, _, fault) => {
      const { letters } = await outcomeOf([failure(5, 8)], [{ action, nth: 1, fault }]);
      expect(letters[0].hydration).toMatchObject({ status: 'COMPLETE' });
      expect(letters[0].hydration).not.toHaveProperty('error');
    },
  );

  it.each([
    ['before the first record', [failureAt(1)]],
    ['between two pages', [{ action: 'GetRecords', nth: 1, fault: shortPage(1) }, failureAt(2)]],
  ])('finds the whole range where an iterator expires and its start is refused then, %s', async (_, before) => {
    let starts = 0;
    const refusedAgain: Fault = { ...refusedStart, appliesTo: () => starts++ === 1 };
    const { letters } = await outcomeOf([failure(5, 8)], [...before, { action: 'GetShardIterator', fault: refusedAgain }]);
    expect(letters[0].hydration).toMatchObject({ status: 'COMPLETE', recoveredRecords: 4 });
  });

  it.each(
    named([
      ['GetRecords', accessDenied],
      ['GetRecords', keyDisabled],
      ['GetRecords', keyGone],
      ['GetShardIterator', accessDenied],
      ['GetShardIterator', streamGone],
      ['GetShardIterator', streamRecreated],
    ]),
  )('gives the verdict UNREADABLE at once after %s: %s', async (action, _, fault) => {
    const { letters, invocations } = await outcomeOf([failure(5, 8)], [{ action, nth: 1, fault }]);
    expect(letters).toHaveLength(1);
    expect(letters[0].hydration).toMatchObject({ status: 'UNREADABLE', recoveredRecords: 0, error: { name: expect.any(String), message: expect.any(String) } });
    expect(invocations).toBe(1);
  });

  it('keeps what it had read when the stream refuses the next page', async () => {
    const { letters } = await outcomeOf(
      [failure(5, 8)],
      [{ action: 'GetRecords', nth: 1, fault: shortPage(1) }, { action: 'GetRecords', nth: 2, fault: keyDisabled }],
    );
    expect(letters[0].hydration).toMatchObject({ status: 'UNREADABLE', recoveredRecords: 1, error: { name: 'KMSDisabledException' } });
  });

  it.each(named([['GetRecords', killedBefore], ['SendMessage', killedBefore], ['SendMessage', sqs.accessDenied]]))(
    'does it all again after %s: %s',
    async (action, _, fault) => {
      const { account, letters, invocations } = await outcomeOf([failure(5, 8)], [{ action, nth: 1, fault }]);
      expect(letters).toHaveLength(1);
      expect(account.statuses.COMPLETE).toBe(1);
      expect(invocations).toBe(2);
    },
  );

  it('sends the same id twice where it is killed after the queue took the message', async () => {
    const { account, invocations } = await outcomeOf([failure(5, 8)], [{ action: 'SendMessage', nth: 1, fault: killedAfter }]);
    expect(account).toMatchObject({ deadLetters: 1, duplicates: { ids: 1, messages: 1 } });
    expect(invocations).toBe(2);
  });

  it.each(named([['GetRecords', killedBefore], ['SendMessage', sqs.accessDenied]]))(
    'leaves the notification to the undeliverable queue where three attempts end in %s: %s',
    async (action, _, fault) => {
      const { account, invocations } = await outcomeOf([failure(5, 8)], [{ action, fault }]);
      expect(account).toMatchObject({ deadLetters: 0, undelivered: 1, undeliverables: { 'async destination': 1 } });
      expect(invocations).toBe(3);
    },
  );

  describe('over the limit of the queue', () => {
    const large = () => failure(SMALL, SMALL + LARGE - 1);

    it.each(named([s3.slowDown, serverError, resetBefore, answerLost].map((fault) => ['PutObject', fault] as const)))(
      'gets over %s: %s within one invocation',
      async (action, _, fault) => {
        const { account, letters, invocations } = await outcomeOf([large()], [{ action, nth: 1, fault }]);
        expect(letters).toHaveLength(1);
        expect(account).toMatchObject({ statuses: { COMPLETE: 1 }, overflowed: 1 });
        expect(invocations).toBe(1);
      },
    );

    it.each(named([['PutObject', s3.accessDenied], ['PutObject', killedAfter]]))('does it all again after %s: %s', async (action, _, fault) => {
      const { account, letters, invocations } = await outcomeOf([large()], [{ action, nth: 1, fault }]);
      expect(letters).toHaveLength(1);
      expect(account).toMatchObject({ statuses: { COMPLETE: 1 }, overflowed: 1 });
      expect(invocations).toBe(2);
    });

    it('points to what it says where the first attempt was refused a start, and its message by the queue', async () => {
      const { account } = await outcomeOf(
        [large()],
        [{ action: 'GetShardIterator', nth: 1, fault: refusedStart }, { action: 'SendMessage', nth: 1, fault: sqs.accessDenied }],
      );
      expect(account).toMatchObject({ statuses: { COMPLETE: 1 }, overflowed: 1 });
    });

    it('points to all that it found where the first attempt found less, and its message was refused by the queue', async () => {
      const { account } = await outcomeOf(
        [large()],
        [
          { action: 'GetRecords', nth: 1, fault: shortPage(LARGE - 1) },
          { action: 'GetRecords', nth: 2, fault: keyDisabled },
          { action: 'SendMessage', nth: 1, fault: sqs.accessDenied },
        ],
      );
      expect(account).toMatchObject({ statuses: { COMPLETE: 1 }, overflowed: 1 });
    });

    it('leaves the notification to the undeliverable queue where the bucket refuses three times', async () => {
      const { account } = await outcomeOf([large()], [{ action: 'PutObject', fault: s3.accessDenied }]);
      expect(account).toMatchObject({ deadLetters: 0, undelivered: 1, undeliverables: { 'async destination': 1 } });
    });
  });

  describe.each<TrimmedStart>(['refused', 'skipped', 'empty for ever'])('where a trimmed start is %s', (how) => {
    beforeAll(() => {
      trimmedStart = how;
      stage.history.trim(shard[0].shardId, 10);
    });
    afterAll(() => stage.history.trim(shard[0].shardId, 0));

    it.each([
      ['PARTIAL', 'what is left of a range', 5, 14, 5],
      ['EXPIRED', 'nothing of a range that is gone', 2, 6, 0],
      ['COMPLETE', 'all of a range that is not touched', 10, 14, 5],
    ])('gives the verdict %s, with %s', async (status, _, from, to, recoveredRecords) => {
      const { letters } = await outcomeOf([failure(from, to)], []);
      expect(letters[0].hydration).toMatchObject({ status, recoveredRecords });
    });
  });

  it.each([
    ['COMPLETE', 'exactly the batch', () => failure(5, 8)],
    ['SUPERSET', 'the records that did not fail as well', () => failure(5, 8, { failed: [shard[5], shard[8]] })],
    ['COMPLETE', 'a batch read through a consumer', () => failure(5, 8, { streamArn: `${stage.streamArn}/consumer/fast:1` })],
    ['COMPLETE', 'records that are too old', () => failure(5, 8, { condition: 'RecordAgeExceeded' })],
  ])('gives the verdict %s for %s', async (status, _, notification) => {
    const { letters } = await outcomeOf([notification()], []);
    expect(letters.map(({ hydration }) => hydration.status)).toEqual([status]);
  });

  it('gives a notification that comes twice the same id', async () => {
    const twice = failure(5, 8);
    const { account } = await outcomeOf([twice], [], async () => stage.notify([twice.message, twice.message]));
    expect(account).toMatchObject({ deadLetters: 1, duplicates: { ids: 1, messages: 1 }, statusChanges: 0 });
  });

  it.each(named([serverError, resetBefore, sqs.throttled].map((fault) => ['SendMessage', fault] as const)))(
    'keeps what is no failure record, over %s: %s',
    async (action, _, fault) => {
      const garbage = { name: 'garbage', message: 'no JSON 🧡 \uffff' };
      const { account, invocations } = await outcomeOf([garbage], [{ action, nth: 1, fault }]);
      expect(account).toMatchObject({ deadLetters: 0, undeliverables: { function: 1 } });
      expect(invocations).toBe(1);
    },
  );

  it('keeps a bad notification of several, and the good ones go on', async () => {
    const notifications = [failure(1, 2), { name: 'garbage', message: '{}' }, failure(3, 4)];
    const Records = notifications.map(({ message: Message }) => ({ EventSource: 'aws:sns', Sns: { Message, MessageId: 'm', TopicArn: 't' } }));
    const { account, invocations } = await outcomeOf(notifications, [], async () => stage.invokeAsync({ Records }));
    expect(account).toMatchObject({ deadLetters: 2, statuses: { COMPLETE: 2 }, undeliverables: { function: 1 } });
    expect(invocations).toBe(1);
  });

  it('need not be there: SNS keeps what it cannot hand over', async () => {
    const notification = failure(5, 8);
    const { account } = await outcomeOf([notification], [], async () => stage.notifyInVain([notification.message]));
    expect(account).toMatchObject({ deadLetters: 0, undelivered: 1, undeliverables: { 'sns redrive': 1 } });
  });
});

describe('a hydrate function whose time is over', () => {
  // Writing takes the last twenty seconds of it for itself.
  beforeAll(async () => setUp({ timeoutSeconds: 23 }));
  afterAll(async () => stage?.stop());

  it('does it all again', async () => {
    const { account, invocations } = await outcomeOf([failure(5, 8)], [{ action: 'GetRecords', nth: 1, fault: frozen }]);
    expect(account).toMatchObject({ deadLetters: 1, statuses: { COMPLETE: 1 } });
    expect(invocations).toBe(2);
  });
});

function failureAt(nth: number): Planned {
  return { action: 'GetRecords', nth, fault: expiredIterator };
}
