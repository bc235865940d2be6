import fc from 'fast-check';
import type { DeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter';
import { parseDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter-message';
import { batchOf } from '../../../../lambda/shared/dead-letter/failure-record';
import type { HydrationStatus } from '../../../../src/contract';
import { FUNCTION_ARN, sequenceNumber } from '../../../../test/support/records';
import { redrive as definition } from '../../../commands/redrive/command';
import type { RedriveOptions } from '../../../commands/redrive/run';
import * as redrive from '../../../commands/redrive/run';
import { killedAfter } from '../../support/killed-after';
import { deadLetterOf, eventRecords, Operation, QUEUE, type RunHow } from '../../support/operation';
import { redriveOptions } from '../../support/redrive-options';

let it: Operation;
beforeEach(() => {
  it = new Operation();
});
afterEach(() => it.close());

const optionsOf = (operation: Operation, more: Partial<RedriveOptions> = {}): RedriveOptions =>
  redriveOptions(operation, { stopAfterFailures: 0, pick: true, check: false, skip: [], ...more });
const run = (more: Partial<RedriveOptions> = {}, how: RunHow = {}) => it.run(redrive, optionsOf(it, more), how);
/** Records of test batches have their place in the stream as `order`. */
const ORDERS = (...orders: readonly number[]) => `contains(\`[${orders.join()}]\`, data.order)`;
const bodies = () => it.deadLettersIn().map(({ body }) => body);

describe('redrive --pick', () => {
  test('sends the matching records, and keeps the others as a smaller dead letter before the whole is deleted', async () => {
    const whole = deadLetterOf({ to: 4 });
    await it.put(whole);
    const { exitCode, document } = await run({ where: ORDERS(1, 3) }, { json: true });
    expect(exitCode).toBe(0);
    expect(it.lambda.events.map(({ event }) => event)).toEqual([{ Records: [1, 3].map((place) => whole.payload.Records[place]) }]);
    expect(it.sqs.calls.map(({ name }) => name).filter((name) => /Send|Delete/.test(name))).toEqual(['SendMessage', 'DeleteMessageBatch']);
    expect(bodies()).toEqual([expect.objectContaining({
      payload: { Records: [0, 2, 4].map((place) => whole.payload.Records[place]) },
      hydration: expect.objectContaining({ status: 'COMPLETE', expectedRecords: 3, recoveredRecords: 3 }),
      redrive: {
        of: whole.hydration.deadLetterId, at: expect.any(String), batch: batchOf(whole),
        reason: { name: 'NotPicked', message: 'they do not match --where' },
      },
    })]);
    expect(batchOf(bodies()[0])).toMatchObject({ startSequenceNumber: sequenceNumber(0), endSequenceNumber: sequenceNumber(4), batchSize: 3 });
    const plan = { toDo: 1, recordsToDo: 2, lines: [{ records: 5, chosenRecords: 2 }] };
    expect(document).toMatchObject({ recordsSent: 2, plan, counts: { picked: 1 } });
    expect(it.audit.at(-1)).toMatchObject({ result: 'partly sent', records: 2, to: FUNCTION_ARN });
  });

  test('sends a dead letter whole where all of its records match', async () => {
    await it.put(deadLetterOf());
    expect(await run({ where: ORDERS(0, 1, 2) }, { json: true })).toMatchObject({ exitCode: 0, document: { counts: { sent: 1, picked: 0 } } });
    expect(it.lambda.events.map(({ event }) => event)).toEqual([deadLetterOf().payload]);
    expect(it.sqs.messages(QUEUE)).toEqual([]);
  });

  test('says in its question and its dry run how many records it picks', async () => {
    await it.put(deadLetterOf());
    await it.put(deadLetterOf({ from: 10, to: 12 }));
    it.answers = [false];
    const { err } = await run({ where: ORDERS(0, 10, 11), yes: false });
    expect(err).toContain('COMPLETE: 2 dead letters, 3 of 6 records, to be sent');
    expect(it.questions).toEqual([expect.stringMatching(/^Send 3 records of 2 dead letters .*to the processor\?$/)]);
    const { out } = await run({ where: ORDERS(0, 10, 11), dryRun: true });
    expect(out).toMatch(/COMPLETE, 1 of 3 records {2}to orders/);
    expect(out).toMatch(/COMPLETE, 2 of 3 records {2}to orders/);
  });

  test('keeps what the processor did not take beside what was not picked, in the original order', async () => {
    const whole = deadLetterOf({ to: 5 });
    await it.put(whole);
    it.processor.poison.add(3);
    it.processor.reports = true;
    expect(await run({ where: ORDERS(1, 3, 4) })).toMatchObject({ exitCode: 1 });
    expect(it.processor.processed).toEqual([1]);
    expect(bodies()).toMatchObject([{
      payload: { Records: [0, 2, 3, 4, 5].map((place) => whole.payload.Records[place]) },
      hydration: { status: 'COMPLETE', expectedRecords: 5 },
      redrive: { attempts: 1, lastError: { name: 'BatchItemFailures' }, reason: { name: 'BatchItemFailures' } },
    }]);
  });

  test('keeps the whole dead letter, with the attempt, where the processor took none of the picked records', async () => {
    await it.put(deadLetterOf());
    it.processor.poison.add(1);
    await run({ where: ORDERS(1) });
    expect(bodies()).toEqual([{ ...deadLetterOf(), redrive: { attempts: 1, lastError: expect.objectContaining({ name: 'PoisonError' }) } }]);
  });

  test('does not know of a SUPERSET which of its records failed, though all that were picked did', async () => {
    await it.put(deadLetterOf({ status: 'SUPERSET' }));
    it.processor.poison.add(2);
    it.processor.reports = true;
    await run({ where: ORDERS(0, 2), include: ['SUPERSET'] });
    expect(bodies()).toMatchObject([{ payload: { Records: { length: 3 } }, hydration: { status: 'SUPERSET', recoveredRecords: 3 } }]);
  });

  test('keeps the window of an event in both parts', async () => {
    const whole = deadLetterOf();
    await it.put({ ...whole, payload: { ...whole.payload, state: { sum: 3 }, window: { start: 'x' } } as DeadLetter['payload'] });
    await run({ where: ORDERS(1) });
    expect(it.lambda.events[0].event).toEqual({ Records: [whole.payload.Records[1]], state: { sum: 3 }, window: { start: 'x' } });
    expect(bodies()).toMatchObject([{ payload: { Records: { length: 2 }, state: { sum: 3 }, window: { start: 'x' } } }]);
  });

  test('needs to be told what to pick', () => {
    expect(() => definition.check!([], optionsOf(it))).toThrow('--pick needs --where: it picks the records that match. Add --where EXPRESSION.');
    expect(() => definition.check!([], optionsOf(it, { where: 'key' }))).not.toThrow();
  });
});

test('whatever is picked and whatever fails, what was taken and what remains is the whole, byte for byte and in order', async () => {
  const statuses = fc.constantFrom<HydrationStatus>('COMPLETE', 'SUPERSET', 'PARTIAL', 'UNREADABLE');
  const places = fc.uniqueArray(fc.nat({ max: 11 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(statuses, fc.nat({ max: 11 }), places, places, fc.boolean(), async (status, to, picked, poison, reports) => {
      const operation = new Operation();
      try {
        const records = eventRecords({ to });
        const { hydration, ...complete } = deadLetterOf({ to, records });
        const expectedRecords = { COMPLETE: to + 1, SUPERSET: to, PARTIAL: to + 3, UNREADABLE: to + 3, EXPIRED: 0 }[status];
        const whole = { ...complete, hydration: { ...hydration, status, expectedRecords } };
        await operation.put(whole);
        for (const index of poison) operation.processor.poison.add(index);
        operation.processor.reports = reports;
        await operation.run(redrive, optionsOf(operation, { where: ORDERS(...picked), include: ['SUPERSET', 'PARTIAL', 'UNREADABLE'] }));
        const left = operation.deadLettersIn().flatMap((deadLetter) => deadLetter.records);
        const { processed } = operation.processor;
        expect([...processed, ...left].sort((a, b) => a - b)).toEqual(Array.from({ length: to + 1 }, (_, index) => index));
        expect(left).toEqual([...left].sort((a, b) => a - b));
        expect(processed.every((index) => picked.includes(index))).toBe(true);
        for (const { body, attributes } of operation.sqs.messages(QUEUE)) {
          const read = parseDeadLetter(body, 'the message', attributes);
          expect(read.event.Records.map((record) => JSON.stringify(record))).toEqual(left.map((index) => JSON.stringify(records[index])));
          // Only where all of them were sent it is known that all that remain failed.
          if (records.some((_, index) => !picked.includes(index))) expect(read.status).toBe(status);
        }
      } finally {
        operation.close();
      }
    }),
  );
});

test('a redrive --pick that is killed loses nothing, whenever that is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 60 }), fc.constantFrom(1, 4), async (calls, concurrency) => {
      const operation = new Operation();
      try {
        for (let place = 0; place < 6; place++) await operation.put(deadLetterOf({ from: place * 10, to: place * 10 + 2 }));
        const all = Array.from({ length: 6 }, (_, place) => [0, 1, 2].map((index) => place * 10 + index)).flat();
        const where = ORDERS(...all.filter((index) => index % 2 === 0));
        const { clients, killed } = killedAfter(calls, operation);
        operation.more = clients;
        await Promise.race([killed, operation.run(redrive, optionsOf(operation, { where, concurrency }))]);
        const left = new Set(operation.deadLettersIn().flatMap(({ records }) => records));
        expect(all.filter((index) => !operation.processor.processed.includes(index) && !left.has(index))).toEqual([]);
        operation.more = {};
        operation.sqs.advance(121_000);
        await operation.run(redrive, optionsOf(operation, { where, concurrency }));
        expect(new Set(operation.processor.processed)).toEqual(new Set(all.filter((index) => index % 2 === 0)));
        expect(new Set(operation.deadLettersIn().flatMap(({ records }) => records))).toEqual(new Set(all.filter((index) => index % 2 === 1)));
      } finally {
        operation.close();
      }
    }),
    { numRuns: 40 },
  );
});
