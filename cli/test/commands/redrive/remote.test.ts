import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { redrive as definition } from '../../../commands/redrive/command';
import { remote } from '../../../commands/redrive/remote';
import type { RedriveOptions } from '../../../commands/redrive/run';
import * as redrive from '../../../commands/redrive/run';
import { lambdaError } from '../../support/fake-lambda';
import { sqsError } from '../../support/fake-sqs';
import { deadLetterOf, Operation, PARKING_QUEUE, QUEUE, REDRIVE_ARN } from '../../support/operation';

let it: Operation;
beforeEach(() => {
  it = new Operation();
  it.lambda.mappings.push({
    UUID: 'u-1', FunctionArn: REDRIVE_ARN, EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:Orders', State: 'Disabled', ScalingConfig: { MaximumConcurrency: 2 },
  });
});
afterEach(() => it.close());

/** The command, without its pauses. */
const run = (action: 'start' | 'stop' | 'status', { yes = true, json = false, countReceives = false } = {}) => {
  const options = { filter: [], visibilityTimeout: 120, countReceives, yes, auditLog: it.auditLog, pollMillis: 1 };
  return it.run({ run: (context) => remote(context, action, options) }, {}, { json });
};

const states = () => it.lambda.mappings.map(({ State }) => State);

describe('redrive --remote', () => {
  test('start turns the redrive function on, waits until it is, and notes it before', async () => {
    it.sqs.put(QUEUE);
    it.sqs.put(PARKING_QUEUE);
    const { exitCode, out } = await run('start');
    expect(exitCode).toBe(0);
    expect(states()).toEqual(['Enabled']);
    expect(out).toBe(`${REDRIVE_ARN} is Enabled, at most 2 at a time.\n  in the queue: 1, hidden: 0\n  parked: 1, see \`npx stream-dlq ls --parked\`\n`);
    expect(it.audit).toMatchObject([{ command: 'redrive --remote start', queue: QUEUE, to: REDRIVE_ARN, result: 'remote started' }]);
  });

  test('start says that it stays on, and asks', async () => {
    it.answers = [false];
    const { exitCode, err } = await run('start', { yes: false });
    expect(exitCode).toBe(1);
    expect(states()).toEqual(['Disabled']);
    expect(it.questions).toEqual(['Start it, and leave it on?']);
    expect(err).toContain('until `npx stream-dlq redrive --remote stop`. ');
    expect(err).toContain('While it is on the queue stays empty whatever fails.\n');
  });

  describe('start', () => {
    const STATUSES = ['COMPLETE', 'SUPERSET', 'PARTIAL', 'UNREADABLE', 'EXPIRED'] as const;
    const told = (environment: Record<string, string>) => {
      it.dlq = { ...it.dlq, functions: [{ role: 'redrive', functionArn: REDRIVE_ARN, environment: { MAX_ATTEMPTS: '3', ...environment } }] };
    };
    const receives = () => it.sqs.messages(QUEUE).map((message) => message.receives);
    const CONSEQUENCES =
      'It sends COMPLETE dead letters to their processors. SUPERSET, PARTIAL, EXPIRED and UNREADABLE ones, and what is no dead letter, it moves to ' +
      `${PARKING_QUEUE} at once, and in the end what it has sent in vain.`;

    beforeEach(async () => {
      for (const [place, status] of STATUSES.entries()) await it.put(deadLetterOf({ from: place * 10, to: place * 10 + 2, status }));
      it.sqs.put(QUEUE, { body: 'hello' });
    });

    test('calls out before the question what will be parked, and why', async () => {
      told({ SEND_SUPERSET: 'false' });
      it.answers = [true];
      const { exitCode, err } = await run('start', { yes: false });
      expect(exitCode).toBe(0);
      const lines = err.split('\n');
      expect(lines.slice(0, 7)).toEqual([
        'Looked at 6 messages of Orders; none was removed.',
        '  COMPLETE: 1 dead letter, 3 records, to be sent',
        '      1 to orders',
        '  SUPERSET: 1 dead letter, 4 records, to be parked: it also holds records that did not fail: "redrive --parked --include SUPERSET" sends it, ' +
          '`sendSuperset` has it sent here',
        expect.stringMatching(/^ {2}PARTIAL: 1 dead letter, 2 records, to be parked: some of the failed records are missing: "rehydrate" before/),
        expect.stringMatching(/^ {2}UNREADABLE: 1 dead letter, 1 record, to be parked: some /),
        expect.stringMatching(/^ {2}EXPIRED: 1 dead letter, 0 records, to be parked: it holds no records/),
      ]);
      expect(err).toContain('  NOT A DEAD LETTER: 1 message, 0 records, to be parked: ');
      expect(err).toContain('To the function this look is one of 3 attempts that each of them has; --yes starts without one.\n');
      expect(err).toContain(CONSEQUENCES);
    });

    test('says that SUPERSET ones are sent where the function was told to', async () => {
      told({ SEND_SUPERSET: 'true' });
      it.answers = [true];
      const { err } = await run('start', { yes: false });
      expect(err).toContain('  SUPERSET: 1 dead letter, 4 records, to be sent. Note: it also holds records that did not fail: the processor would get them ');
      expect(err).toContain('It sends COMPLETE and SUPERSET dead letters to their processors. PARTIAL, EXPIRED and UNREADABLE ones, and what is no dead');
    });

    test('gives programs what it has found', async () => {
      told({ SEND_SUPERSET: 'false' });
      it.answers = [false];
      expect((await run('start', { yes: false, json: true })).document).toMatchObject({ state: 'Disabled', plan: { lookedAt: 6, toDo: 1, toLeave: 5, isAll: true } });
    });

    test('gives back what it has looked at before it asks', async () => {
      it.answers = [false];
      await run('start', { yes: false });
      expect(it.sqs.visible(QUEUE)).toHaveLength(6);
      expect(receives()).toEqual([1, 1, 1, 1, 1, 1]);
    });

    test('does not speak of attempts where one look costs none', async () => {
      told({ MAX_ATTEMPTS: '1' });
      it.answers = [true];
      expect((await run('start', { yes: false })).err).not.toContain('attempts');
    });

    test('does not take an attempt from each where nobody is to decide', async () => {
      const { err } = await run('start');
      expect(err).toContain(CONSEQUENCES);
      it.lambda.mappings[0].State = 'Enabled';
      expect((await run('start', { yes: false })).err).toContain(CONSEQUENCES);
      expect(receives()).toEqual([0, 0, 0, 0, 0, 0]);
    });

    test('does not look where there is nobody to ask', async () => {
      expect((await run('start', { yes: false })).error?.message).toContain('nobody is there to be asked');
      expect(receives()).toEqual([0, 0, 0, 0, 0, 0]);
      expect(states()).toEqual(['Disabled']);
    });

    test('says what is true in any case where it may not look', async () => {
      it.sqs.failAlways('ReceiveMessage', sqsError('AccessDenied', 'User: mia is not authorized to perform: sqs:ReceiveMessage on resource: orders'));
      it.answers = [true];
      const { exitCode, err } = await run('start', { yes: false });
      expect([exitCode, states()]).toEqual([0, ['Enabled']]);
      expect(err).toContain('What is in the queue could not be looked at: not allowed: sqs:ReceiveMessage on orders, for mia');
      expect(err).toContain(CONSEQUENCES);
    });

    test('does not look where a look may move messages away, unless told to', async () => {
      it.dlq = { ...it.dlq, redrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:us-east-1:123456789012:Last', maxReceiveCount: 5 } };
      it.answers = [false, false];
      const { err } = await run('start', { yes: false });
      expect(err).toContain('The tool did not read the queue, because its RedrivePolicy counts receives. Use --count-receives to read it anyway.');
      expect(receives()).toEqual([0, 0, 0, 0, 0, 0]);
      expect((await run('start', { yes: false, countReceives: true })).err).toContain('Looked at 6 messages');
    });

    test('does not start after Ctrl-C while it looks', async () => {
      it.sqs.on('ReceiveMessage', () => it.stop.abort());
      it.answers = [true];
      expect(await run('start', { yes: false })).toMatchObject({ exitCode: 130, out: expect.stringContaining('Not started.') });
      expect([states(), it.questions]).toEqual([['Disabled'], []]);
    });

    test('fails with what is no matter of permissions', async () => {
      it.sqs.failAlways('ReceiveMessage', sqsError('InternalError', 'no', 'server'));
      it.answers = [true];
      expect((await run('start', { yes: false })).error).toMatchObject({ name: 'InternalError' });
      expect(states()).toEqual(['Disabled']);
    });
  });

  test('status does not take what is hidden for what is being sent', async () => {
    it.sqs.put(QUEUE);
    await it.sqs.client.send(new ReceiveMessageCommand({ QueueUrl: QUEUE }));
    const { out } = await run('status');
    expect(out).toContain('  in the queue: 0, hidden: 1 (being sent, put off until their next attempt, or held by an attempt that broke off)\n');
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

  test('status has the result of the last batch where Lambda gives one', async () => {
    it.lambda.mappings[0] = { ...it.lambda.mappings[0], LastProcessingResult: 'OK' };
    expect((await run('status', { json: true })).document).toMatchObject({ state: 'Disabled', lastResult: 'OK' });
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
      `--remote start cannot be used with ${name}: the redrive function sends the whole queue, with the settings in the stack.`,
    );
    expect(() => definition.check!([], none)).not.toThrow();
  });
});
