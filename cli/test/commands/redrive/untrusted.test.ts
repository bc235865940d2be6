import { FUNCTION_ARN } from '../../../../test/support/records';
import type { RedriveOptions } from '../../../commands/redrive/run';
import * as redrive from '../../../commands/redrive/run';
import { deadLetterOf, Operation, QUEUE } from '../../support/operation';

let it: Operation;
beforeEach(async () => {
  it = new Operation();
  await it.put(deadLetterOf());
});
afterEach(() => it.close());

const run = () => it.run<RedriveOptions>(redrive, {
  filter: [], include: [], onlyFailedRecords: false, toStream: false, parked: false, dryRun: false, concurrency: 1, stopAfterFailures: 10, yes: true,
  visibilityTimeout: 120, countReceives: false, auditLog: it.auditLog,
});

describe('redrive of what cannot be trusted', () => {
  test('leaves a dead letter that holds fewer records than its message says, and sends none of them', async () => {
    const [message] = it.sqs.messages(QUEUE);
    const { payload, ...rest } = deadLetterOf();
    Object.assign(message, { body: JSON.stringify({ ...rest, payload: { Records: payload.Records.slice(0, 1) } }) });
    const { exitCode, out } = await run();
    expect(exitCode).toBe(1);
    expect(out).toContain('payload must hold 3 records, as recoveredRecords says, got: 1');
    expect(it.processor.processed).toEqual([]);
    expect(it.sqs.visible(QUEUE)).toEqual([message]);
  });

  test('does not take what a processor calls its error into the audit log', async () => {
    it.lambda.functions.set(FUNCTION_ARN, () => {
      throw Object.assign(new Error('no'), { name: 'card 4111 1111 1111 1111' });
    });
    expect(await run()).toMatchObject({ exitCode: 1 });
    expect(it.audit).toEqual([expect.objectContaining({ result: 'begun' }), expect.objectContaining({ result: 'failed', reason: 'Unhandled' })]);
  });
});
