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
});
