import type { HydrationStatus } from '../../../../src/contract';
import type { RedriveOptions } from '../../../commands/redrive/run';
import * as redrive from '../../../commands/redrive/run';
import { deadLetterOf, Operation, PARKING_QUEUE, QUEUE, type RunHow } from '../../support/operation';
import { redriveOptions } from '../../support/redrive-options';

let it: Operation;
beforeEach(() => {
  it = new Operation();
});
afterEach(() => it.close());

const run = (more: Partial<RedriveOptions> = {}, how: RunHow = {}) => it.run(redrive, redriveOptions(it, more), how);

const put = async (count: number, queueUrl = QUEUE) => it.putBatches(count, queueUrl);

const everythingIsBack = () => expect(it.sqs.visible(QUEUE)).toHaveLength(it.sqs.messages(QUEUE).length);

describe('what is not COMPLETE', () => {
  const cases: [HydrationStatus, string][] = [
    ['SUPERSET', 'it also holds records that did not fail'],
    ['PARTIAL', 'some of the failed records are missing'],
    ['UNREADABLE', 'some of the failed records are missing'],
    ['EXPIRED', 'it holds no records'],
  ];

  test.each(cases)('%s is left, and called out before and after', async (status, why) => {
    await it.put(deadLetterOf({ status }));
    await it.put(deadLetterOf({ from: 20, to: 22 }));
    const { exitCode, out, err } = await run();
    expect(exitCode).toBe(1);
    expect(it.deadLettersIn()).toMatchObject([{ status }]);
    expect(err).toMatch(new RegExp(`${status}: 1 dead letter, \\d records?, left: ${why}`));
    expect(out).toMatch(new RegExp(`1 message not sent: left in place\\.\n  1 × ${status}: ${why}`));
    everythingIsBack();
  });

  test.each(['SUPERSET', 'PARTIAL', 'UNREADABLE'] as const)('%s is sent where --include names it, with a caution before', async (status) => {
    await it.put(deadLetterOf({ status }));
    const { exitCode, err } = await run({ include: [status] });
    expect(exitCode).toBe(0);
    expect(it.sqs.messages(QUEUE)).toEqual([]);
    expect(err).toMatch(new RegExp(`${status}: .* to be sent\\. Note: `));
  });

  test('is left with --only-failed-records, whatever --include says', async () => {
    await it.put(deadLetterOf({ status: 'SUPERSET' }));
    expect(await run({ include: ['SUPERSET'], onlyFailedRecords: true })).toMatchObject({ exitCode: 1 });
    expect(it.lambda.events).toEqual([]);
  });

  test('has a smaller dead letter that holds nothing but failed records after a partial response', async () => {
    await it.put(deadLetterOf({ status: 'SUPERSET' }));
    it.processor.poison.add(3);
    it.processor.reports = true;
    await run({ include: ['SUPERSET'] });
    expect(it.deadLettersIn()).toEqual([expect.objectContaining({ status: 'COMPLETE', records: [3] })]);
  });

  test('is left where it is no dead letter at all', async () => {
    it.sqs.put(QUEUE, { body: 'hello' });
    const { exitCode, out } = await run();
    expect(exitCode).toBe(1);
    expect(out).toContain('Nothing to send.');
    expect(it.sqs.messages(QUEUE)).toHaveLength(1);
  });
});

describe('before anything is sent', () => {
  test('a plan is shown and confirmed', async () => {
    await put(2);
    it.answers = [true];
    const { exitCode, err } = await run({ yes: false });
    expect(exitCode).toBe(0);
    expect(it.questions).toEqual(['Send 2 dead letters to the processor?']);
    expect(err).toContain('Looked at 2 messages of Orders; none was removed.\n  COMPLETE: 2 dead letters, 6 records, to be sent\n      2 to orders\n');
  });

  test('a no sends nothing, and everything is back', async () => {
    await put(2);
    it.answers = [false];
    expect(await run({ yes: false })).toMatchObject({ exitCode: 1, out: 'Nothing was sent.\n' });
    expect(it.lambda.events).toEqual([]);
    everythingIsBack();
  });

  test('--dry-run says what would be done with each, and does nothing', async () => {
    await put(1);
    await it.put(deadLetterOf({ from: 50, to: 52, status: 'SUPERSET' }));
    const { exitCode, out } = await run({ dryRun: true, yes: false });
    expect(exitCode).toBe(0);
    expect(out).toMatch(/[0-9a-f]{8} {2}COMPLETE, 3 records {2}to orders\n[0-9a-f]{8} {2}SUPERSET, 4 records {2}left: it also holds records/);
    expect(it.lambda.events).toEqual([]);
    expect(it.sqs.messages(QUEUE).map(({ receives }) => receives)).toEqual([1, 1]);
    everythingIsBack();
  });

  test('a queue that moves away what was received too often is refused', async () => {
    it.dlq = { ...it.dlq, redrivePolicy: { deadLetterTargetArn: 'arn:other', maxReceiveCount: 3 } };
    await put(1);
    expect((await run()).error?.message).toMatch(/has a RedrivePolicy: a message that was received 3 times goes to arn:other .* --count-receives/s);
    expect(await run({ countReceives: true })).toMatchObject({ exitCode: 0 });
  });

  test('an audit log that cannot be written ends it', async () => {
    await put(1);
    expect((await run({ auditLog: it.folder })).error?.message).toBe(
      `the audit log ${it.folder} cannot be written (EISDIR), and the tool changes nothing without it: name another file with --audit-log FILE`,
    );
    expect(it.lambda.events).toEqual([]);
  });
});

describe('what is chosen', () => {
  test('by ids, or the first characters of one', async () => {
    const ids = await put(3);
    const { deadLetterId } = deadLetterOf({ from: 10, to: 12 }).hydration;
    const { exitCode } = await run({}, { args: [deadLetterId.slice(0, 6), ids[2]] });
    expect(exitCode).toBe(0);
    expect(it.deadLettersIn().map(({ records }) => records[0])).toEqual([0]);
    everythingIsBack();
  });

  test('by an id that names nothing', async () => {
    await put(1);
    const { exitCode, err } = await run({}, { args: ['00000000'] });
    expect(exitCode).toBe(1);
    expect(err).toContain('"00000000" names nothing in');
    expect(it.lambda.events).toEqual([]);
  });

  test('by an id that names two', async () => {
    for (const number of [1, 2]) {
      const body = JSON.stringify({ ...deadLetterOf(), hydration: { ...deadLetterOf().hydration, deadLetterId: `feed${number}` } });
      it.sqs.put(PARKING_QUEUE, { body });
    }
    const { error } = await run({}, { args: ['feed'], queueUrl: PARKING_QUEUE });
    expect(error?.message).toMatch(/^"feed" must name one dead letter, got: feed1 and feed2/);
    expect(it.sqs.visible(PARKING_QUEUE)).toHaveLength(2);
  });

  test('by a filter', async () => {
    await it.put(deadLetterOf());
    await it.put(deadLetterOf({ from: 50, to: 52, status: 'SUPERSET' }));
    const { exitCode } = await run({ filter: ['status=COMPLETE'] });
    expect(exitCode).toBe(0);
    expect(it.deadLettersIn()).toMatchObject([{ status: 'SUPERSET' }]);
    everythingIsBack();
  });

  test('no more than --limit', async () => {
    await put(5);
    expect(await run({ limit: 2 })).toMatchObject({ exitCode: 0 });
    expect(it.lambda.events).toHaveLength(2);
    expect(it.sqs.messages(QUEUE)).toHaveLength(3);
    everythingIsBack();
  });
});
