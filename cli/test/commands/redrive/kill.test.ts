import fc from 'fast-check';
import type { RedriveOptions } from '../../../commands/redrive/run';
import * as redrive from '../../../commands/redrive/run';
import { killedAfter } from '../../support/killed-after';
import { deadLetterOf, Operation, QUEUE } from '../../support/operation';

const optionsOf = ({ auditLog }: Operation, concurrency: number): RedriveOptions => ({
  filter: [], include: [], onlyFailedRecords: false, toStream: false, parked: false, dryRun: false, concurrency, stopAfterFailures: 0, yes: true,
  visibilityTimeout: 120, countReceives: false, auditLog,
});

describe('a redrive that is killed', () => {
  test('loses nothing, whenever that is, and a rerun goes on from there', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 90 }), fc.constantFrom(1, 4, 16), fc.uniqueArray(fc.integer({ min: 0, max: 179 }), { maxLength: 6 }), fc.boolean(),
        async (calls, concurrency, poison, reports) => {
          const operation = new Operation();
          const { sqs, processor } = operation;
          try {
            for (let place = 0; place < 12; place++) await operation.put(deadLetterOf({ from: place * 10, to: place * 10 + 2 }));
            const all = Array.from({ length: 12 }, (_, place) => [0, 1, 2].map((index) => place * 10 + index)).flat();
            for (const index of poison) processor.poison.add(index);
            processor.reports = reports;

            const { clients, killed } = killedAfter(calls, operation);
            operation.more = clients;
            await Promise.race([killed, operation.run(redrive, optionsOf(operation, concurrency))]);
            const left = new Set(operation.deadLettersIn().flatMap(({ records }) => records));
            expect(all.filter((index) => !processor.processed.includes(index) && !left.has(index))).toEqual([]);

            // SQS gives back what the killed run had, and the processor is fixed.
            operation.more = {};
            sqs.advance(121_000);
            processor.poison.clear();
            expect(await operation.run(redrive, optionsOf(operation, concurrency))).toMatchObject({ exitCode: 0 });
            expect([...new Set(processor.processed)].sort((a, b) => a - b)).toEqual(all);
            expect(sqs.messages(QUEUE)).toEqual([]);
          } finally {
            operation.close();
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('of a part loses nothing either, and leaves the rest as it is, byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 60 }), fc.constantFrom(1, 4, 16), async (calls, concurrency) => {
        const operation = new Operation();
        const { sqs, processor } = operation;
        const where = 'data.order >= `60`';
        try {
          for (let place = 0; place < 12; place++) await operation.put(deadLetterOf({ from: place * 10, to: place * 10 + 2 }));
          const all = Array.from({ length: 12 }, (_, place) => [0, 1, 2].map((index) => place * 10 + index)).flat();
          const asked = all.filter((index) => index >= 60);
          const bodiesOf = () => sqs.messages(QUEUE).map(({ messageId, body, attributes }) => ({ messageId, body, attributes }));
          const rest = bodiesOf().slice(0, 6);

          const { clients, killed } = killedAfter(calls, operation);
          operation.more = clients;
          await Promise.race([killed, operation.run(redrive, { ...optionsOf(operation, concurrency), where })]);
          const left = new Set(operation.deadLettersIn().flatMap(({ records }) => records));
          expect(all.filter((index) => !processor.processed.includes(index) && !left.has(index))).toEqual([]);

          operation.more = {};
          sqs.advance(121_000);
          expect(await operation.run(redrive, { ...optionsOf(operation, concurrency), where })).toMatchObject({ exitCode: 0 });
          expect([...new Set(processor.processed)].sort((a, b) => a - b)).toEqual(asked);
          expect(bodiesOf()).toEqual(rest);
        } finally {
          operation.close();
        }
      }),
      { numRuns: 30 },
    );
  });
});
