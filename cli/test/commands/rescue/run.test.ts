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

test('names an object that is deleted between the listing and the read, rescues the others, and ends with 1', async () => {
  const { payload } = deadLetterOf();
  it.objects.set('aws/lambda/1', JSON.stringify({ ...failureRecord(), payload }));
  it.listedAndDeleted.push('aws/lambda/2', 'aws/lambda/3');
  const { exitCode, out, err } = await rescue({ from: 's3://failures/aws/', dryRun: false });
  expect(err).toContain('2 objects were deleted before the tool could read them:\n  s3://failures/aws/lambda/2\n  s3://failures/aws/lambda/3\n');
  expect([exitCode, out]).toEqual([1, expect.stringContaining('1 message rescued')]);
});

test('says once that there is nothing, where a dry run finds nothing', async () => {
  const { out } = await rescue({ from: file({ order: 1 }) });
  expect(out).toContain('Nothing to rescue: ');
  expect(out).not.toContain('a run would');
});

test('says how many batches have left their stream, by its retention', async () => {
  const record = failureRecord();
  const old = { ...record, KinesisBatchInfo: { ...record.KinesisBatchInfo!, approximateArrivalOfFirstRecord: '2020-01-01T00:00:00Z', approximateArrivalOfLastRecord: '2020-01-01T00:00:00Z' } };
  it.retentions.set(record.KinesisBatchInfo!.streamArn, 24);
  const { exitCode, out } = await rescue({ from: file(old) });
  expect(exitCode).toBe(0);
  expect(out.replace(/\s+/g, ' ')).toContain('of which 1 has left their stream');
});
