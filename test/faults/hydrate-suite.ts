import {
  answerLost, type Fault, frozen, killedAfter, killedBefore, resetBefore, resetMidBody, s3, serverError, shortPage, slowBody, sqs, truncatedJson,
} from './fault';
import type { PlannedFault } from './fault-plan';
import type { HydratePipelineOptions } from './hydrate-pipeline';
import { HydrateScenario } from './hydrate-scenario';
import type { Source, TrimmedStart } from './source';

/** Records of a shard: these come first, and the large ones after them, which are over the limit of a message together. */
export const SMALL = 40;
export const LARGE = 9;
export const LARGE_BYTES = 100_000;

type Case = readonly [action: 'GetShardIterator' | 'GetRecords', fault: Fault];

/** A kind of stream, and what can go wrong with it and no other. */
export interface HydrateSuite<Datum> {
  readonly source: Source<Datum>;
  readonly small: (index: number) => Datum;
  readonly large: (index: number) => Datum;
  readonly throttles: readonly Fault[];
  readonly emptyPage: Fault;
  readonly expiredIterator: Fault;
  readonly refusedStarts: readonly Fault[];
  /** A refusal of a page, for good. */
  readonly pageRefused: Fault;
  readonly refusals: readonly Case[];
  readonly trimmedStarts: readonly TrimmedStart[];
}

/** Cases by the name of what goes wrong. */
export function named(cases: readonly (readonly [action: string, fault: Fault])[]) {
  return cases.map(([action, fault]) => [action, fault.name, fault] as const);
}

/** What the hydrate function makes of faults, whatever kind of stream it reads. Gives the trial that its cases run on. */
export function describeHydrate<Datum>(suite: HydrateSuite<Datum>, more: (trial: () => HydrateScenario<Datum>) => void): void {
  const { source, throttles, emptyPage, expiredIterator, refusedStarts, pageRefused, refusals, trimmedStarts } = suite;
  const failureAt = (nth: number): PlannedFault => ({ action: 'GetRecords', nth, fault: expiredIterator });
  const passing = [...throttles, serverError, resetBefore, resetMidBody, truncatedJson];

  let trial: HydrateScenario<Datum>;

  async function setUp(options?: HydratePipelineOptions): Promise<void> {
    trial = await HydrateScenario.start(
      source,
      [...Array.from({ length: SMALL }, (_, index) => suite.small(index)), ...Array.from({ length: LARGE }, (_, index) => suite.large(index))],
      options,
    );
  }

  describe('the hydrate function', () => {
    beforeAll(async () => setUp());
    afterAll(async () => trial?.stop());

    it.each(
      named([
        ...passing.map((fault) => ['GetShardIterator', fault] as const),
        ...passing.map((fault) => ['GetRecords', fault] as const),
        ...[emptyPage, shortPage(1), expiredIterator, slowBody(1_000)].map((fault) => ['GetRecords', fault] as const),
        ...[sqs.throttled, serverError, resetBefore, slowBody(1_000)].map((fault) => ['SendMessage', fault] as const),
      ]),
    )('gets over %s: %s within one invocation', async (action, _, fault) => {
      const { report: account, deadLetters: letters, invocations } = await trial.run([trial.failure(5, 8)], [{ action, nth: 1, fault }]);
      expect(letters).toHaveLength(1);
      expect(account.statuses.COMPLETE).toBe(1);
      expect(invocations).toBe(1);
    });

    it.each(named([answerLost, resetMidBody, truncatedJson].map((fault) => ['SendMessage', fault] as const)))(
      'sends a dead letter again under the same id after %s: %s',
      async (action, _, fault) => {
        const { report: account, invocations } = await trial.run([trial.failure(5, 8)], [{ action, nth: 1, fault }]);
        expect(account).toMatchObject({ deadLetters: 1, statuses: { COMPLETE: 1 }, duplicates: { ids: 1, messages: 1 } });
        expect(invocations).toBe(1);
      },
    );

    it.each(named(refusedStarts.map((fault) => ['GetShardIterator', fault] as const)))(
      'finds the whole range from a place before it after %s: %s',
      async (action, _, fault) => {
        const { deadLetters: letters } = await trial.run([trial.failure(5, 8)], [{ action, nth: 1, fault }]);
        expect(letters[0].hydration).toMatchObject({ status: 'COMPLETE' });
        expect(letters[0].hydration).not.toHaveProperty('error');
      },
    );

    it.each([
      ['before the first record', [failureAt(1)]],
      ['between two pages', [{ action: 'GetRecords', nth: 1, fault: shortPage(1) }, failureAt(2)]],
    ])('finds the whole range where an iterator expires and its start is refused then, %s', async (_, before) => {
      let starts = 0;
      const refusedAgain: Fault = { ...refusedStarts[0], appliesTo: () => starts++ === 1 };
      const { deadLetters: letters } = await trial.run([trial.failure(5, 8)], [...before, { action: 'GetShardIterator', fault: refusedAgain }]);
      expect(letters[0].hydration).toMatchObject({ status: 'COMPLETE', recoveredRecords: 4 });
    });

    it.each(named(refusals))('gives the verdict UNREADABLE at once after %s: %s', async (action, _, fault) => {
      const { deadLetters: letters, invocations } = await trial.run([trial.failure(5, 8)], [{ action, nth: 1, fault }]);
      expect(letters).toHaveLength(1);
      expect(letters[0].hydration).toMatchObject({ status: 'UNREADABLE', recoveredRecords: 0, error: { name: expect.any(String), message: expect.any(String) } });
      expect(invocations).toBe(1);
    });

    it('keeps what it had read when the stream refuses the next page', async () => {
      const { deadLetters: letters } = await trial.run(
        [trial.failure(5, 8)],
        [{ action: 'GetRecords', nth: 1, fault: shortPage(1) }, { action: 'GetRecords', nth: 2, fault: pageRefused }],
      );
      expect(letters[0].hydration).toMatchObject({ status: 'UNREADABLE', recoveredRecords: 1, error: { name: expect.any(String) } });
    });

    it.each(named([['GetRecords', killedBefore], ['SendMessage', killedBefore], ['SendMessage', sqs.accessDenied]]))(
      'does it all again after %s: %s',
      async (action, _, fault) => {
        const { report: account, deadLetters: letters, invocations } = await trial.run([trial.failure(5, 8)], [{ action, nth: 1, fault }]);
        expect(letters).toHaveLength(1);
        expect(account.statuses.COMPLETE).toBe(1);
        expect(invocations).toBe(2);
      },
    );

    it('sends the same id twice where it is killed after the queue took the message', async () => {
      const { report: account, invocations } = await trial.run([trial.failure(5, 8)], [{ action: 'SendMessage', nth: 1, fault: killedAfter }]);
      expect(account).toMatchObject({ deadLetters: 1, duplicates: { ids: 1, messages: 1 } });
      expect(invocations).toBe(2);
    });

    it.each(named([['SendMessage', sqs.accessDenied]]))(
      'sends the notification to the undeliverable queue where six attempts end in %s: %s',
      async (action, _, fault) => {
        const six = [1, 2, 3, 4, 5, 6].map((nth) => ({ action, nth, fault }));
        const { report: account, invocations } = await trial.run([trial.failure(5, 8)], six);
        expect(account).toMatchObject({ deadLetters: 0, undelivered: 1, undeliverables: { function: 1 } });
        expect(invocations).toBe(6);
      },
    );

    describe('over the limit of the queue', () => {
      const large = () => trial.failure(SMALL, SMALL + LARGE - 1);

      it.each(named([s3.slowDown, serverError, resetBefore, answerLost].map((fault) => ['PutObject', fault] as const)))(
        'gets over %s: %s within one invocation',
        async (action, _, fault) => {
          const { report: account, deadLetters: letters, invocations } = await trial.run([large()], [{ action, nth: 1, fault }]);
          expect(letters).toHaveLength(1);
          expect(account).toMatchObject({ statuses: { COMPLETE: 1 }, overflowed: 1 });
          expect(invocations).toBe(1);
        },
      );

      it.each(named([['PutObject', s3.accessDenied], ['PutObject', killedAfter]]))('does it all again after %s: %s', async (action, _, fault) => {
        const { report: account, deadLetters: letters, invocations } = await trial.run([large()], [{ action, nth: 1, fault }]);
        expect(letters).toHaveLength(1);
        expect(account).toMatchObject({ statuses: { COMPLETE: 1 }, overflowed: 1 });
        expect(invocations).toBe(2);
      });

      it('points to what it says where the first attempt was refused a start, and its message by the queue', async () => {
        const { report: account } = await trial.run(
          [large()],
          [{ action: 'GetShardIterator', nth: 1, fault: refusedStarts[0] }, { action: 'SendMessage', nth: 1, fault: sqs.accessDenied }],
        );
        expect(account).toMatchObject({ statuses: { COMPLETE: 1 }, overflowed: 1 });
      });

      it('points to all that it found where the first attempt found less, and its message was refused by the queue', async () => {
        const { report: account } = await trial.run(
          [large()],
          [
            { action: 'GetRecords', nth: 1, fault: shortPage(LARGE - 1) },
            { action: 'GetRecords', nth: 2, fault: pageRefused },
            { action: 'SendMessage', nth: 1, fault: sqs.accessDenied },
          ],
        );
        expect(account).toMatchObject({ statuses: { COMPLETE: 1 }, overflowed: 1 });
      });

      it('sends the notification to the undeliverable queue where the bucket refuses six times', async () => {
        const { report: account } = await trial.run([large()], [{ action: 'PutObject', fault: s3.accessDenied }]);
        expect(account).toMatchObject({ deadLetters: 0, undelivered: 1, undeliverables: { function: 1 } });
      });
    });

    describe.each(trimmedStarts)('where a trimmed start is %s', (how) => {
      beforeAll(() => trial.trim(10, how));
      afterAll(() => trial?.trim(0));

      it.each([
        ['PARTIAL', 'what is left of a range', 5, 14, 5],
        ['EXPIRED', 'nothing of a range that is gone', 2, 6, 0],
        ['COMPLETE', 'all of a range that is not touched', 10, 14, 5],
      ])('gives the verdict %s, with %s', async (status, _, from, to, recoveredRecords) => {
        const { deadLetters: letters } = await trial.run([trial.failure(from, to)], []);
        expect(letters[0].hydration).toMatchObject({ status, recoveredRecords });
      });
    });

    it.each([
      ['COMPLETE', 'exactly the batch', () => trial.failure(5, 8)],
      ['SUPERSET', 'the records that did not fail as well', () => trial.failure(5, 8, { failed: [trial.shard[5], trial.shard[8]] })],
      ['COMPLETE', 'records that are too old', () => trial.failure(5, 8, { condition: 'RecordAgeExceeded' })],
    ])('gives the verdict %s for %s', async (status, _, notification) => {
      const { deadLetters: letters } = await trial.run([notification()], []);
      expect(letters.map(({ hydration }) => hydration.status)).toEqual([status]);
    });

    it('gives a notification that comes twice the same id', async () => {
      const twice = trial.failure(5, 8);
      const { report: account } = await trial.run([twice], [], async () => trial.pipeline.notify([twice.message, twice.message]));
      expect(account).toMatchObject({ deadLetters: 1, duplicates: { ids: 1, messages: 1 }, statusChanges: 0 });
    });

    it.each(named([serverError, resetBefore, sqs.throttled].map((fault) => ['SendMessage', fault] as const)))(
      'keeps what is no failure record, over %s: %s',
      async (action, _, fault) => {
        const garbage = { name: 'garbage', message: 'no JSON 🧡' };
        const { report: account, invocations } = await trial.run([garbage], [{ action, nth: 1, fault }]);
        expect(account).toMatchObject({ deadLetters: 0, undeliverables: { function: 1 } });
        expect(invocations).toBe(1);
      },
    );

    it('keeps a bad notification of several, and the good ones go on', async () => {
      const notifications = [trial.failure(1, 2), { name: 'garbage', message: '{}' }, trial.failure(3, 4)];
      const { report: account } = await trial.run(notifications, []);
      expect(account).toMatchObject({ deadLetters: 2, statuses: { COMPLETE: 2 }, undeliverables: { function: 1 } });
    });

    it('returns only the notification of several that fails', async () => {
      const notifications = [trial.failure(1, 2), trial.failure(3, 4), trial.failure(5, 6)];
      const { report: account } = await trial.run(notifications, [{ action: 'SendMessage', nth: 2, fault: sqs.accessDenied }]);
      expect(account).toMatchObject({ deadLetters: 3, statuses: { COMPLETE: 3 }, duplicates: { ids: 0 } });
    });

    more(() => trial);
  });

  describe('a hydrate function whose time is over', () => {
    // Writing takes the last twenty seconds of it for itself; reading again has the rest, on a machine that may be slow.
    beforeAll(async () => setUp({ timeoutSeconds: 26 }));
    afterAll(async () => trial?.stop());

    it('does it all again', async () => {
      const { report: account, invocations } = await trial.run([trial.failure(5, 8)], [{ action: 'GetRecords', nth: 1, fault: frozen }]);
      expect(account).toMatchObject({ deadLetters: 1, statuses: { COMPLETE: 1 } });
      expect(invocations).toBe(2);
    });
  });
}
