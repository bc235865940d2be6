import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failureRecord } from '../../../../test/support/records';
import { run, type RescueOptions } from '../../../commands/rescue/run';
import { deadLetterOf, Operation } from '../../support/operation';

let it: Operation;
beforeEach(() => void (it = new Operation()));
afterEach(() => it.close());

const rescue = (more: Partial<RescueOptions>, globals = {}) =>
  it.run({ run }, { toFile: join(it.folder, 'rescued.jsonl'), dryRun: true, concurrency: 1, countReceives: false, undeliverables: false, delete: false, yes: false, ...more }, { globals });

function file(...values: readonly unknown[]): string {
  const path = join(it.folder, 'failures.jsonl');
  writeFileSync(path, values.map((value) => `${JSON.stringify(value)}\n`).join(''));
  return path;
}

test('names the options of a source where none is given', async () => {
  expect((await rescue({})).error?.message).toContain('--queue with the queue that Lambda sends failure records to, --from with a file');
});

test('says what is no failure record, and what dead letters are for', async () => {
  const { exitCode, out, err } = await rescue({ from: file(deadLetterOf(), { order: 1 }) });
  expect(exitCode).toBe(0);
  expect(err).toContain('2 entries are not failure records:');
  expect(err).toContain('it is a dead letter already');
  expect(out).toContain('0 failed batches in ');
});

test('says how many batches have left their stream, by its retention', async () => {
  const record = failureRecord();
  const old = { ...record, KinesisBatchInfo: { ...record.KinesisBatchInfo!, approximateArrivalOfFirstRecord: '2020-01-01T00:00:00Z', approximateArrivalOfLastRecord: '2020-01-01T00:00:00Z' } };
  it.retentions.set(record.KinesisBatchInfo!.streamArn, 24);
  const { exitCode, out } = await rescue({ from: file(old) });
  expect(exitCode).toBe(0);
  expect(out.replace(/\s+/g, ' ')).toContain('of which 1 has left their stream');
});
