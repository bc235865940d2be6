import { notificationText } from '../../../../test/support/records';
import { run } from '../../../commands/ls/run';
import { run as redrive } from '../../../commands/redrive/run';
import { run as show } from '../../../commands/show/run';
import { sqsError } from '../../support/fake-sqs';
import { deadLetterOf, HYDRATE_ARN, Operation, PARKING_QUEUE, QUEUE, type RunHow, UNDELIVERABLE_QUEUE } from '../../support/operation';
import { lsOptions, showOptions } from '../../support/peek-options';

const INTAKE = `${QUEUE}Intake`;

let operation: Operation;
beforeEach(() => {
  operation = new Operation();
  operation.sqs.createQueue(INTAKE);
  const environment = { INTAKE_QUEUE_URL: INTAKE, UNDELIVERABLE_QUEUE_URL: UNDELIVERABLE_QUEUE };
  operation.dlq = { ...operation.dlq, functions: [{ role: 'hydrate', functionArn: HYDRATE_ARN, environment }] };
});
afterEach(() => operation.close());

const STACK = { globals: { stack: 'Orders' } };
const list = (how: RunHow = {}, options = {}) => operation.run({ run }, lsOptions(options), { ...STACK, ...how });

/** Fills the intake queue, as in a storm, with one failure record in flight. */
function storm(failureRecords: number): void {
  for (let number = 0; number < failureRecords; number++) operation.sqs.put(INTAKE);
  operation.sqs.messages(INTAKE)[0].hiddenUntil = Date.now() + 3_600_000;
}

describe('what waits beside the dead letters', () => {
  test('is said of an empty queue too: all failure records of the intake queue, and that their dead letters are still to come', async () => {
    storm(900);
    const { exitCode, out, err } = await list();
    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toBe('no dead letters in Orders\n  about 900 failure records wait in the intake queue: their dead letters are still to come\n');
  });

  test('is said of groups, and of a filter that nothing matches', async () => {
    await operation.put(deadLetterOf());
    storm(1);
    const text = 'about 1 failure record waits in the intake queue: its dead letter is still to come';
    expect((await list({}, { by: 'hour' })).out).toContain(text);
    expect((await list({}, { filter: ['status=EXPIRED'] })).out).toContain(text);
  });

  test('has the command that lists events that could not become a dead letter', async () => {
    operation.sqs.put(UNDELIVERABLE_QUEUE);
    operation.sqs.put(UNDELIVERABLE_QUEUE);
    expect((await list()).out).toContain(
      '  about 2 events could not become a dead letter:\n    npx stream-dlq ls --undeliverables --stack Orders\n',
    );
  });

  test('has a command for each of the undeliverable queues of StreamDlqs that share the queue', async () => {
    const second = operation.sqs.createQueue(`${QUEUE}Second`);
    operation.sqs.put(UNDELIVERABLE_QUEUE);
    operation.sqs.put(second);
    operation.dlq = { ...operation.dlq, functions: [...operation.dlq.functions!, { role: 'hydrate', functionArn: `${HYDRATE_ARN}2`, environment: { UNDELIVERABLE_QUEUE_URL: second } }] };
    const { out } = await list();
    expect(out).toContain(`could not become a dead letter:\n    npx stream-dlq ls --queue ${UNDELIVERABLE_QUEUE}\n    npx stream-dlq ls --queue ${second}\n`);
  });

  test('is counted in --json, also where it is nothing', async () => {
    expect((await list({ json: true })).document).toMatchObject({ waiting: { failureRecords: 0, undeliverables: 0 } });
    storm(2);
    expect((await list({ json: true })).document).toMatchObject({ waiting: { failureRecords: 2, undeliverables: 0 } });
  });

  test('is not known where it may not be asked, and the list is complete all the same', async () => {
    await operation.put(deadLetterOf());
    operation.sqs.failAlways('GetQueueAttributes', sqsError('AccessDenied', `User: mia is not authorized to perform: sqs:getqueueattributes on resource: ${INTAKE}`));
    const { exitCode, out, err } = await list();
    expect([exitCode, out]).toEqual([0, expect.stringContaining('1 dead letter in Orders')]);
    expect(err).toMatch(/the tool cannot say how many failure records wait: not allowed: sqs:getqueueattributes[^]*policy --read --stack Orders/);
    const { document } = await list({ json: true });
    expect(document!.waiting).toEqual({});
  });

  test('does not end the list where a queue is gone', async () => {
    operation.dlq = { ...operation.dlq, functions: [{ role: 'hydrate', functionArn: HYDRATE_ARN, environment: { INTAKE_QUEUE_URL: `${QUEUE}Gone` } }] };
    const { exitCode, err } = await list();
    expect([exitCode, err]).toEqual([0, expect.stringContaining('the tool cannot say how many failure records wait: ')]);
  });

  test('is of the dead-letter queue alone: nothing is asked for the other queues of the stack', async () => {
    storm(2);
    operation.sqs.put(PARKING_QUEUE);
    for (const options of [{ undeliverables: true }, { parked: true }]) {
      const { out, document } = await list({ json: true }, options);
      expect([out, document!.waiting]).toEqual([expect.not.stringContaining('failure record'), undefined]);
    }
  });

  test('is no native dead letter where SQS moved it from the intake queue: the list says why it is there', async () => {
    const body = notificationText('{"not":"one"}');
    operation.sqs.put(UNDELIVERABLE_QUEUE, { body, system: { DeadLetterQueueSourceArn: 'arn:aws:sqs:us-east-1:123456789012:OrdersIntake' } });
    const { out } = await list({}, { undeliverables: true });
    expect(out).toContain('MESSAGE   FROM');
    expect(out).toContain('  reason  the hydrate function failed, timed out, was throttled or had no time left each time 1\n');
  });

  test('is in the plan of a redrive, which ends with what is there', async () => {
    await operation.put(deadLetterOf());
    storm(3);
    const options = {
      filter: [], yes: true, visibilityTimeout: 120, countReceives: false, auditLog: operation.auditLog, toStream: false, parked: false, include: [],
      onlyFailedRecords: false, dryRun: false, concurrency: 4, stopAfterFailures: 10,
    };
    const { exitCode, err } = await operation.run({ run: redrive }, options, STACK);
    expect([exitCode, err]).toEqual([0, expect.stringContaining(
      'Note: about 3 failure records wait in the intake queue: their dead letters are still to come. They are not part of this plan.',
    )]);
  });

  test('is why "show" may not find a dead letter', async () => {
    storm(3);
    const { error } = await operation.run({ run: show }, showOptions({ logs: false }), { ...STACK, args: ['1a2b3c4d'] });
    expect(error?.message).toContain('Note: about 3 failure records wait in the intake queue: their dead letters are still to come.');
  });
});
