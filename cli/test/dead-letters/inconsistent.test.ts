import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FUNCTION_ARN } from '../../../test/support/records';
import type { DiscardOptions } from '../../commands/discard/run';
import * as discard from '../../commands/discard/run';
import * as exporting from '../../commands/export/run';
import * as ls from '../../commands/ls/run';
import type { RedriveOptions } from '../../commands/redrive/run';
import * as redrive from '../../commands/redrive/run';
import { deadLetterOf, Operation, QUEUE } from '../support/operation';
import { exportOptions, lsOptions } from '../support/peek-options';

const OTHER_ARN = FUNCTION_ARN.replace('orders', 'payments');
const ERROR = `the message is inconsistent: attribute functionArn must be "${OTHER_ARN}", as the body says, got: "${FUNCTION_ARN}"`;
const FILTER = ['function=orders'];

let it: Operation;
beforeEach(() => {
  it = new Operation();
  it.lambda.functions.set(OTHER_ARN, it.processor.handler);
});
afterEach(() => it.close());

const sent = (more: Partial<RedriveOptions> = {}) => it.run<RedriveOptions>(redrive, {
  filter: [], include: [], onlyFailedRecords: false, toStream: false, parked: false, dryRun: false, concurrency: 1, stopAfterFailures: 10, yes: true,
  visibilityTimeout: 120, countReceives: false, auditLog: it.auditLog, ...more,
});
const file = () => join(it.folder, 'kept.jsonl');
const discarded = (more: Partial<DiscardOptions>, args: string[] = []) => it.run<DiscardOptions>(discard, {
  reason: 'ticket 4711', filter: [], undeliverables: false, parked: false, all: false, yes: true, yesForGood: true, export: file(),
  visibilityTimeout: 120, countReceives: false, auditLog: it.auditLog, ...more,
}, { args });

/** Puts a dead letter whose attributes name one function and its body another, inline or in S3. */
async function putInconsistent(isInline: boolean): Promise<string> {
  const deadLetter = deadLetterOf();
  const id = await it.put(deadLetter, QUEUE, isInline ? undefined : 1_024);
  const body = JSON.stringify({ ...deadLetter, requestContext: { ...deadLetter.requestContext, functionArn: OTHER_ARN } });
  if (isInline) Object.assign(it.sqs.messages(QUEUE)[0], { body });
  else it.objects.set([...it.objects.keys()][0], body);
  return id;
}

describe.each([['in it', true], ['in S3', false]])('a message whose attributes say something else than its body, which is %s', (_, isInline) => {
  beforeEach(async () => void (await putInconsistent(isInline)));

  test.each([[], FILTER])('is not sent, and said to be inconsistent, where it is chosen by: %j', async (...filter) => {
    const { exitCode, out, err } = await sent({ filter });
    expect(exitCode).toBe(1);
    expect(out + err).toContain('the message is inconsistent');
    expect(it.lambda.events).toEqual([]);
    expect(it.sqs.visible(QUEUE)).toHaveLength(1);
  });

  test('is not discarded where it was chosen by its attributes', async () => {
    const { exitCode, out } = await discarded({ filter: FILTER });
    expect(exitCode).toBe(1);
    expect(out).toContain('the message is inconsistent');
    expect(it.sqs.visible(QUEUE)).toHaveLength(1);
  });

  test('is discarded where it was chosen by its id', async () => {
    const { exitCode } = await discarded({}, [it.sqs.messages(QUEUE)[0].messageId]);
    expect(exitCode).toBe(0);
    expect(it.sqs.messages(QUEUE)).toEqual([]);
    expect(readFileSync(file(), 'utf8')).toContain('payments');
  });

  test('is not exported where it was chosen by its attributes, and is otherwise', async () => {
    const { exitCode, err } = await it.run(exporting, exportOptions({ filter: FILTER }), { args: [file()] });
    expect(exitCode).toBe(1);
    expect(err).toContain('is not in the export: the message is inconsistent');
    expect(readFileSync(file(), 'utf8')).toBe('');
    expect((await it.run(exporting, exportOptions({ force: true }), { args: [file()] })).exitCode).toBe(0);
    expect(readFileSync(file(), 'utf8')).toContain('payments');
  });
});

test('a message whose attributes say something else than its body is said to be so by the plan and by ls', async () => {
  await putInconsistent(true);
  const { document } = await it.run<RedriveOptions>(redrive, {
    filter: FILTER, include: [], onlyFailedRecords: false, toStream: false, parked: false, dryRun: true, concurrency: 1,
    stopAfterFailures: 10, yes: true, visibilityTimeout: 120, countReceives: false, auditLog: it.auditLog,
  }, { json: true });
  expect(document).toMatchObject({ plan: { toDo: 0, toLeave: 1, lines: [{ reason: { name: 'Inconsistent', message: ERROR } }] } });
  expect((await it.run(ls, lsOptions())).out).toContain('the message is inc');
});
