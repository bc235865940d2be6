import * as redrive from '../../../cli/commands/redrive';
import { redrive as definition, type RedriveOptions } from '../../../cli/definitions/redrive';
import { remote } from '../../../cli/redrive/remote';
import { lambdaError } from '../support/fake-lambda';
import { Operation, PARKING_QUEUE, QUEUE, REDRIVE_ARN } from '../support/operation';

let it: Operation;
beforeEach(() => {
  it = new Operation();
  it.lambda.mappings.push({
    UUID: 'u-1', FunctionArn: REDRIVE_ARN, EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:Orders', State: 'Disabled', ScalingConfig: { MaximumConcurrency: 2 },
  });
});
afterEach(() => it.close());

/** The command, without its pauses. */
const run = (action: 'start' | 'stop' | 'status', { yes = true, json = false } = {}) =>
  it.run({ run: (context) => remote(context, action, { yes, auditLog: it.auditLog, pollMillis: 1 }) }, {}, { json });

const states = () => it.lambda.mappings.map(({ State }) => State);

describe('redrive --remote', () => {
  test('start turns the redrive function on, waits until it is, and notes it before', async () => {
    it.sqs.put(QUEUE);
    it.sqs.put(PARKING_QUEUE);
    const { exitCode, out } = await run('start');
    expect(exitCode).toBe(0);
    expect(states()).toEqual(['Enabled']);
    expect(out).toBe(`${REDRIVE_ARN} is Enabled, at most 2 at a time.\n  in the queue: 1, being sent: 0\n  parked: 1, see "ls --parked"\n`);
    expect(it.audit).toMatchObject([{ command: 'redrive --remote start', queue: QUEUE, to: REDRIVE_ARN, result: 'remote started' }]);
  });

  test('start says that it stays on, and asks', async () => {
    it.answers = [false];
    const { exitCode, err } = await run('start', { yes: false });
    expect(exitCode).toBe(1);
    expect(states()).toEqual(['Disabled']);
    expect(it.questions).toEqual(['Start it, and leave it on?']);
    expect(err).toContain(`until "redrive --remote stop". While it is on the queue stays empty whatever fails: what it gives up on goes to ${PARKING_QUEUE}.`);
  });

  test('stop turns it off, without a question', async () => {
    it.lambda.mappings[0].State = 'Enabled';
    expect(await run('stop', { yes: false })).toMatchObject({ exitCode: 0 });
    expect(states()).toEqual(['Disabled']);
    expect(it.audit).toMatchObject([{ result: 'remote stopped' }]);
  });

  test('stop turns a mapping off that is about to be turned on: what it was before counts for nothing', async () => {
    it.lambda.mappings[0].State = 'Enabling';
    it.lambda.failNext('UpdateEventSourceMapping', lambdaError('ResourceInUseException', 'it is being changed', 409));
    expect(await run('stop')).toMatchObject({ exitCode: 0 });
    expect(states()).toEqual(['Disabled']);
  });

  test('stops waiting at Ctrl-C', async () => {
    it.lambda.looksToChange = 1_000_000;
    setTimeout(() => it.stop.abort(), 20);
    const { exitCode, err } = await run('start');
    expect(exitCode).toBe(130);
    expect(err).toContain('the mapping u-1 is Enabling still');
  });

  test('status changes nothing', async () => {
    const { exitCode, document } = await run('status', { json: true });
    expect(exitCode).toBe(0);
    expect(document).toEqual({
      command: 'test', version: 1, queueUrl: QUEUE, functionArn: REDRIVE_ARN, uuid: 'u-1', state: 'Disabled', maxConcurrency: 2,
      messages: { visible: 0, inFlight: 0, delayed: 0 }, parked: { queueUrl: PARKING_QUEUE, visible: 0, inFlight: 0, delayed: 0 },
    });
  });

  test('is what the command does with it', async () => {
    const options = { remote: 'status' } as unknown as RedriveOptions;
    expect(await it.run(redrive, options)).toMatchObject({ exitCode: 0, out: expect.stringContaining('is Disabled') });
  });

  test('says what is missing where there is no redrive function', async () => {
    it.dlq = { functions: [] };
    expect((await run('status')).error).toMatchObject({
      exitCode: 3,
      message: `no redrive function of ${QUEUE} was found: add a RedriveFunction to the stack and deploy it, or, if there is one, allow the operator ` +
        'tag:GetResources and lambda:GetFunctionConfiguration, by which it is found.',
    });
  });

  test.each(['start', 'stop', 'status'] as const)('%s fails where there are several: which one gives which dead letter its turn is chance', async (action) => {
    const second = `${REDRIVE_ARN}2`;
    it.dlq = { functions: [{ role: 'redrive', functionArn: REDRIVE_ARN }, { role: 'redrive', functionArn: second }] };
    expect((await run(action)).error?.message).toBe(
      `${QUEUE} must have one redrive function only, got: ${REDRIVE_ARN}, ${second}. Each is given dead letters by chance: define one RedriveFunction ` +
      'for the queue. Until then switch each by itself: aws lambda list-event-source-mappings --event-source-arn ' +
      'arn:aws:sqs:us-east-1:123456789012:Orders, then aws lambda update-event-source-mapping --no-enabled --uuid UUID',
    );
    expect(states()).toEqual(['Disabled']);
  });

  test('says what is missing where it has no mapping', async () => {
    it.lambda.mappings.length = 0;
    expect((await run('start')).error?.message).toContain('must have an event source mapping on arn:aws:sqs:us-east-1:123456789012:Orders, got: none');
  });

  test('throws what Lambda refuses', async () => {
    it.lambda.failNext('UpdateEventSourceMapping', lambdaError('AccessDeniedException', 'no', 403));
    expect((await run('start')).error).toMatchObject({ name: 'AccessDeniedException' });
  });

  test.each<[string, string[], Partial<RedriveOptions>]>([
    ['ids', ['3f2a'], {}],
    ['--filter', [], { filter: ['status=COMPLETE'] }],
    ['--from', [], { from: 'file' }],
    ['--parked', [], { parked: true }],
    ['--to-stream', [], { toStream: true }],
    ['--function', [], { function: 'orders' }],
    ['--include', [], { include: ['SUPERSET'] }],
    ['--only-failed-records', [], { onlyFailedRecords: true }],
    ['--limit', [], { limit: 1 }],
    ['--rate', [], { rate: 1 }],
    ['--dry-run', [], { dryRun: true }],
  ])('cannot go with %s', (name, ids, more) => {
    const none = { filter: [], include: [], onlyFailedRecords: false, toStream: false, parked: false, dryRun: false, remote: 'start' } as unknown as RedriveOptions;
    expect(() => definition.check!(ids, { ...none, ...more })).toThrow(
      `--remote start cannot go with ${name}: the redrive function sends what is in the queue, as the stack defines it.`,
    );
    expect(() => definition.check!([], none)).not.toThrow();
  });
});
