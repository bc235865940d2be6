import { existsSync, readFileSync } from 'node:fs';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { S3ObjectCreatedNotificationEvent, SQSEvent } from 'aws-lambda';
import { captureHandler } from '../../lambda/capture/capture';
import { CapturedObject } from '../../lambda/capture/capture-bucket';
import { hydrateHandler } from '../../lambda/hydrate/hydrate';
import { captureResult } from '../../lambda/shared/dead-letter/capture-result';
import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import { KinesisReader } from '../../lambda/shared/stream/kinesis-reader';
import { HydrationStatus, UNDELIVERABLE_REASON } from '../../src/contract';
import { functionEvent } from '../../test/support/captured';
import { failureRecord, FUNCTION_ARN, sequenceNumber, SHARD_ID, notificationText, STREAM_ARN } from '../../test/support/records';
import { shardWith } from '../../test/support/shard';
import * as discard from '../commands/discard/run';
import * as exportDeadLetters from '../commands/export/run';
import * as importFile from '../commands/import/run';
import * as ls from '../commands/ls/run';
import * as queues from '../commands/queues/run';
import * as redrive from '../commands/redrive/run';
import * as rehydrate from '../commands/rehydrate/run';
import * as show from '../commands/show/run';
import type { CommandModule } from '../context';
import { fakeStack, queueUrl, tagsOf } from './support/fake-stack';
import { CAPTURE_ARN, deadLetterOf, HYDRATE_ARN, Operation, PARKING_QUEUE, QUEUE, REDRIVE_ARN, UNDELIVERABLE_QUEUE } from './support/operation';
import { showOptions } from './support/peek-options';
import { requestOf } from './support/printed-commands';
import { RUNBOOK } from './support/runbook';
import { tableDeadLetter } from './support/table-dead-letter';

const COMMANDS = {
  show, ls, redrive, rehydrate, discard, queues, export: exportDeadLetters, import: importFile,
} as unknown as Readonly<Record<string, CommandModule<object>>>;

const CONTEXT = { getRemainingTimeInMillis: () => 300_000 };

let it: Operation;
const folder = process.cwd();
beforeEach(() => {
  it = new Operation();
  process.chdir(it.folder);
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
});
afterEach(() => {
  process.chdir(folder);
  it.close();
  jest.restoreAllMocks();
});

/** Runs a line of the page, for somebody who answers yes. */
type Run = (line: string, id?: string) => ReturnType<Operation['run']>;

const usedOf = new Map(RUNBOOK.map(({ name }) => [name, new Set<string>()] as const));

/** A test of a section: in the state that its alarm describes. */
function section(name: string, title: string, body: (run: Run) => Promise<void>): void {
  const { lines } = RUNBOOK.find((each) => each.name === name)!;
  test(`${name || 'before the sections'}: ${title}`, () =>
    body(async (line, id = 'ID') => {
      // As the page has it, but for what a shell does with it.
      const whole = lines.find((each) => each === line || each.includes(`$(${line} |`));
      expect([name, line, whole !== undefined]).toEqual([name, line, true]);
      usedOf.get(name)!.add(whole!);
      const { definition, args, options, globals } = await requestOf(line.replace(/^npx stream-dlq /, '').replace(/\bID\b/, id));
      const { undeliverables = false, parked = false } = options as { undeliverables?: boolean; parked?: boolean };
      const known = undeliverables ? UNDELIVERABLE_QUEUE : parked ? PARKING_QUEUE : QUEUE;
      expect(globals.stack ?? 'Orders').toBe('Orders');
      it.dlq = { ...it.dlq, messages: { visible: it.sqs.visible(known).length, inFlight: 0, delayed: 0 } };
      return it.run(COMMANDS[definition.name], { ...options, yes: true, auditLog: it.auditLog }, { args, globals, json: globals.json });
    }));
}

const statuses = (queue = QUEUE) => it.deadLettersIn(queue).map(({ status }) => status);
const idOf = ({ hydration }: DeadLetter) => hydration.deadLetterId.slice(0, 8);
const DONE = { error: undefined, exitCode: 0 };

/** Has the hydrate function find the records of a batch. */
function readable(status: HydrationStatus = 'COMPLETE'): void {
  it.lambda.functions.set(HYDRATE_ARN, async ({ Records }: SQSEvent) => {
    const found = deadLetterOf({ ...JSON.parse(JSON.parse(Records[0].body).Message).range, status });
    await it.put(found);
    return captureResult([found], 0);
  });
}

section('', 'queues lists the stacks with what waits in each', async (run) => {
  const environment = { QUEUE_URL: queueUrl('OrdersQueue'), UNDELIVERABLE_QUEUE_URL: queueUrl('OrdersUndeliverable') };
  const { clients } = fakeStack([{ name: 'hydrate', tags: tagsOf('hydrate', 'Orders'), environment }], {
    OrdersQueue: { ApproximateNumberOfMessages: '3', ApproximateNumberOfMessagesNotVisible: '0', ApproximateNumberOfMessagesDelayed: '0' },
    OrdersUndeliverable: { ApproximateNumberOfMessages: '1', ApproximateNumberOfMessagesNotVisible: '0', ApproximateNumberOfMessagesDelayed: '0' },
  });
  it.more = clients;
  const { out, exitCode } = await run('npx stream-dlq queues');
  expect(exitCode).toBe(0);
  expect(out).toMatch(/^OrdersQueue +3 +0 +1 +- +Orders$/m);
});

describe('deadLetters', () => {
  const deadLetters = [0, 10, 20].map((from) => deadLetterOf({ from, to: from + 2 }));
  const fill = async () => {
    for (const each of deadLetters) await it.put(each);
  };

  section('deadLetters', 'a look says what failed, where and why, and leaves all', async (run) => {
    await fill();
    const listed = await run('npx stream-dlq ls --stack Orders');
    expect(listed).toMatchObject(DONE);
    expect(listed.out).toMatch(/function +orders 3[^]*condition +RetryAttemptsExhausted 3[^]*shard +shardId-000000000000 3/);
    const shown = await run('npx stream-dlq show ID --stack Orders', idOf(deadLetters[0]));
    expect(shown).toMatchObject(DONE);
    expect(shown.out).toContain('RetryAttemptsExhausted: the processor failed on it');
    expect(shown.out).toContain('"order": 0');
    expect(shown.out).toContain('aws logs filter-log-events');
    expect(statuses()).toHaveLength(3);
  });

  section('deadLetters', 'after the fix, one is tried, then the rest', async (run) => {
    await fill();
    expect(await run('npx stream-dlq redrive --stack Orders --limit 1')).toMatchObject({ error: undefined });
    expect([it.lambda.events.length, statuses().length]).toEqual([1, 2]);
    expect(await run('npx stream-dlq redrive --stack Orders')).toMatchObject(DONE);
    expect([it.lambda.events.length, statuses()]).toEqual([3, []]);
  });

  section('deadLetters', 'without the fix, a redrive stops after ten that fail again, and keeps all', async (run) => {
    for (let from = 0; from < 60; from += 3) await it.put(deadLetterOf({ from, to: from + 2 }));
    for (let index = 0; index < 60; index++) it.processor.poison.add(index);
    const { exitCode } = await run('npx stream-dlq redrive --stack Orders');
    expect(exitCode).toBe(1);
    expect(it.lambda.events.length).toBeGreaterThanOrEqual(10);
    expect(it.lambda.events.length).toBeLessThan(20);
    expect(statuses()).toHaveLength(20);
  });

  section('deadLetters', 'a SUPERSET goes with the option for it, and only then', async (run) => {
    await it.put(deadLetterOf({ status: 'SUPERSET' }));
    await run('npx stream-dlq redrive --stack Orders');
    expect(statuses()).toEqual(['SUPERSET']);
    expect(await run('npx stream-dlq redrive --include SUPERSET --stack Orders')).toMatchObject(DONE);
    expect(it.processor.processed).toEqual([0, 1, 2, 3]);
  });

  section('deadLetters', 'the RedriveFunction is switched on', async (run) => {
    await fill();
    it.lambda.mappings.push({ UUID: 'u-1', FunctionArn: REDRIVE_ARN, EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:Orders', State: 'Disabled' });
    expect(await run('npx stream-dlq redrive --remote start --stack Orders')).toMatchObject(DONE);
    expect(it.lambda.mappings[0].State).toBe('Enabled');
  });

  section('deadLetters', 'what nobody needs is in a file before it is deleted', async (run) => {
    await fill();
    const { out, exitCode } = await run('npx stream-dlq discard ID --reason "test data" --stack Orders', idOf(deadLetters[1]));
    expect(exitCode).toBe(0);
    expect(statuses()).toHaveLength(2);
    expect(existsSync(/discarded-\S+\.jsonl\.gz/.exec(out)![0])).toBe(true);
  });
});

describe('undeliverables', () => {
  const put = () => it.sqs.put(UNDELIVERABLE_QUEUE, { body: notificationText(failureRecord()) });

  section('undeliverables', 'a look says when and why', async (run) => {
    const id = put();
    const listed = await run('npx stream-dlq ls --undeliverables --stack Orders');
    expect(listed).toMatchObject(DONE);
    expect(listed.out).toContain('1 undeliverable');
    const shown = await run('npx stream-dlq show ID --undeliverables --stack Orders', id);
    expect(shown).toMatchObject(DONE);
    expect(shown.out).toContain('the intake queue could not be reached');
  });

  section('undeliverables', 'after the fix, they become dead letters', async (run) => {
    put();
    readable();
    expect(await run('npx stream-dlq rehydrate --undeliverables --stack Orders')).toMatchObject(DONE);
    expect([it.sqs.messages(UNDELIVERABLE_QUEUE), statuses()]).toEqual([[], ['COMPLETE']]);
  });

  section('undeliverables', 'what is no failure record comes back with its reason, and is discarded', async (run) => {
    it.sqs.put(UNDELIVERABLE_QUEUE, { body: notificationText('hello') });
    it.lambda.functions.set(HYDRATE_ARN, hydrating([]));
    expect(await run('npx stream-dlq rehydrate --undeliverables --stack Orders')).toMatchObject({ error: undefined, exitCode: 1 });
    const [{ messageId, attributes }, ...others] = it.sqs.messages(UNDELIVERABLE_QUEUE);
    expect(others).toEqual([]);
    expect(attributes[UNDELIVERABLE_REASON].StringValue).toContain('not a failure record');
    expect(await run('npx stream-dlq discard ID --undeliverables --reason "no failure record" --stack Orders', messageId)).toMatchObject(DONE);
    expect(it.sqs.messages(UNDELIVERABLE_QUEUE)).toEqual([]);
  });
});

/** The dead-letter queue, as a function has it. */
const kept = async (deadLetter: DeadLetter) => {
  await it.put(deadLetter);
  return { overflowBytes: 0 };
};

/** The hydrate function, on a shard with some records, with the queues of the operation. */
function hydrating(indices: readonly number[]) {
  shardWith(indices);
  const reader = new KinesisReader(new KinesisClient({ region: 'us-east-1' }), { maxBytes: 1_048_576, pauseMillis: 0 });
  const handler = hydrateHandler({
    readers: { KinesisBatchInfo: async () => reader, DDBStreamBatchInfo: () => { throw new Error('it is of no table'); } },
    pace: { millisUntilReady: () => 0 },
    intake: { delay: async () => 30, release: async () => undefined, delete: async () => undefined },
    queue: { send: kept },
    undeliverables: {
      send: async (body, reason) =>
        void it.sqs.put(UNDELIVERABLE_QUEUE, { body, attributes: { [UNDELIVERABLE_REASON]: { DataType: 'String', StringValue: reason } } }),
    },
  });
  return (event: SQSEvent) => handler(event, CONTEXT);
}

describe('parkedDeadLetters', () => {
  const ALL = ['COMPLETE', 'SUPERSET', 'PARTIAL'] as const;
  const fill = async () => {
    for (const [place, status] of ALL.entries()) await it.put(deadLetterOf({ from: place * 10, to: place * 10 + 2, status }), PARKING_QUEUE);
  };

  section('parkedDeadLetters', 'a look says what was parked', async (run) => {
    await fill();
    for (const { attributes } of it.sqs.messages(PARKING_QUEUE)) attributes[UNDELIVERABLE_REASON] = { DataType: 'String', StringValue: 'PoisonError: poison' };
    const listed = await run('npx stream-dlq ls --parked --stack Orders');
    expect(listed).toMatchObject(DONE);
    expect(listed.out).toContain('3 parked messages');
    expect(listed.out).toMatch(/status +COMPLETE 1 +PARTIAL 1 +SUPERSET 1/);
    expect(listed.out).toContain('  reason     PoisonError: poison 3');
    const shown = await run('npx stream-dlq show ID --parked --stack Orders', it.sqs.messages(PARKING_QUEUE)[0].messageId);
    expect(shown).toMatchObject(DONE);
    expect(shown.out).toContain('PoisonError: poison');
  });

  section('parkedDeadLetters', 'each status has its way out', async (run) => {
    await fill();
    readable();
    expect(await run('npx stream-dlq rehydrate --parked --stack Orders')).toMatchObject({ error: undefined });
    expect([statuses(PARKING_QUEUE), statuses()]).toEqual([['COMPLETE', 'SUPERSET'], ['COMPLETE']]);
    expect(await run('npx stream-dlq redrive --parked --stack Orders')).toMatchObject({ error: undefined });
    expect(statuses(PARKING_QUEUE)).toEqual(['SUPERSET']);
    expect(await run('npx stream-dlq redrive --parked --include SUPERSET --stack Orders')).toMatchObject(DONE);
    expect(statuses(PARKING_QUEUE)).toEqual([]);
  });
});

/** Puts a body into the undeliverable queue as the page says. */
async function sendByHand(run: Run, body: string): Promise<void> {
  const { document } = await run('npx stream-dlq ls --undeliverables --json --stack Orders');
  await it.sqs.client.send(new SendMessageCommand({ QueueUrl: String(document!.queueUrl), MessageBody: body }));
}

const documentOf = (name: string, values: Readonly<Record<string, string>>): Record<string, unknown> => {
  const [document] = RUNBOOK.find((each) => each.name === name)!.documents;
  const filled = Object.entries(values).reduce((text, [word, value]) => text.replace(`"${word}"`, JSON.stringify(value)), document);
  expect(filled).not.toMatch(/"[A-Z_]+"/);
  return JSON.parse(filled) as Record<string, unknown>;
};

section('destinationDeliveryFailures', 'a failure record by hand has the records kept, and sent', async (run) => {
  it.lambda.functions.set(HYDRATE_ARN, hydrating([...Array(40).keys()]));
  const failure = documentOf('destinationDeliveryFailures', {
    PROCESSOR_ARN: FUNCTION_ARN, STREAM_ARN, SHARD: SHARD_ID, FIRST: sequenceNumber(5), LAST: sequenceNumber(25),
  });
  // As jq does: an object becomes its JSON.
  expect(RUNBOOK.find(({ name }) => name === 'destinationDeliveryFailures')!.lines).toContain(
    "jq '{Type: \"Notification\", Message: tostring}' failure.json > event.json",
  );
  await sendByHand(run, JSON.stringify({ Type: 'Notification', Message: JSON.stringify(failure) }));
  expect(await run('npx stream-dlq rehydrate --undeliverables --stack Orders')).toMatchObject(DONE);
  expect(it.sqs.messages(UNDELIVERABLE_QUEUE)).toEqual([]);
  const [{ status, records }] = it.deadLettersIn();
  expect([status, records]).toEqual(['SUPERSET', Array.from({ length: 21 }, (_, place) => place + 5)]);
  const [{ messageId }] = it.sqs.messages(QUEUE);
  const shown = await it.run(show, showOptions(), { args: [messageId] });
  expect([shown.exitCode, shown.out]).toEqual([0, expect.stringContaining('condition    DeliveryFailed')]);
  expect(await run('npx stream-dlq redrive --include SUPERSET --stack Orders')).toMatchObject(DONE);
  expect([it.processor.processed, statuses()]).toEqual([records, []]);
});

section('captureDeliveryFailures', 'an event by hand has the object of the batch captured', async (run) => {
  const [bucket, key] = ['captured', 'aws/lambda/4f0b/shardId-000000000000/2026/11/21/2026-11-21T08.00.09-1f'];
  const text = JSON.stringify({ ...failureRecord(), payload: functionEvent() });
  const reads: string[] = [];
  const handler = captureHandler({
    bucket: {
      name: bucket,
      read: async (name) => {
        reads.push(name);
        return new CapturedObject(bucket, name, Buffer.byteLength(text), text);
      },
    },
    queue: () => ({ send: kept }),
    undeliverables: { send: () => Promise.reject(new Error('it is an event')) },
  });
  it.dlq = { ...it.dlq, functions: [{ role: 'capture', functionArn: CAPTURE_ARN }] };
  it.lambda.functions.set(CAPTURE_ARN, (event: S3ObjectCreatedNotificationEvent) => handler(event, CONTEXT));
  await sendByHand(run, JSON.stringify(documentOf('captureDeliveryFailures', { BUCKET: bucket, KEY: key })));
  expect(await run('npx stream-dlq rehydrate --undeliverables --stack Orders')).toMatchObject(DONE);
  expect([reads, statuses(), it.sqs.messages(UNDELIVERABLE_QUEUE)]).toEqual([[key], ['COMPLETE'], []]);
});

section('oldestDeadLetter', 'a way through a file begins a new retention, with each message once', async (run) => {
  const retentionSeconds = 14 * 86_400;
  it.dlq = { ...it.dlq, retentionSeconds };
  const old = [await it.put(deadLetterOf()), await it.put(deadLetterOf({ from: 10, to: 12 }), QUEUE, 500)];
  const age = retentionSeconds * 800;
  for (const message of it.sqs.messages(QUEUE)) Object.assign(message, { sentAt: message.sentAt - age });
  const { out } = await run('npx stream-dlq ls --sort age --stack Orders');
  expect(out).toMatch(/EXPIRES[^]*\b2d\b/);
  const before = it.deadLettersIn().map(({ body }) => body);
  expect(await run('npx stream-dlq discard --all --reason "new retention" --export old.jsonl --stack Orders')).toMatchObject(DONE);
  expect([statuses(), readFileSync('old.jsonl', 'utf8').trim().split('\n')]).toEqual([[], [expect.any(String), expect.any(String)]]);
  expect(await run('npx stream-dlq import old.jsonl --stack Orders')).toMatchObject(DONE);
  expect(it.deadLettersIn().map(({ body }) => body)).toEqual(expect.arrayContaining(before));
  expect(it.sqs.messages(QUEUE)).toHaveLength(2);
  for (const { messageId, sentAt } of it.sqs.messages(QUEUE)) {
    expect(old).not.toContain(messageId);
    expect(Date.now() - sentAt).toBeLessThan(60_000);
  }
});

describe('incompleteDeadLetters', () => {
  section('incompleteDeadLetters', 'a look lists what is incomplete, and until when the stream has it', async (run) => {
    const incomplete = tableDeadLetter({ status: 'UNREADABLE', firstAge: 2 });
    await it.put(incomplete);
    await it.put(deadLetterOf());
    const { out } = await run('npx stream-dlq ls --filter status=PARTIAL --filter status=EXPIRED --filter status=UNREADABLE --stack Orders');
    expect(out).toMatch(/status +UNREADABLE 1$/m);
    expect(out).toMatch(/what is missing: 1 in the stream of the table still, the first until \S+ \(in 2[12]h\)/);
    const shown = await run('npx stream-dlq show ID --stack Orders', idOf(incomplete));
    expect(shown.out).toContain('UNREADABLE');
  });

  section('incompleteDeadLetters', 'what the stream has is completed, and the rest is sent or discarded', async (run) => {
    await it.put(deadLetterOf({ status: 'UNREADABLE' }));
    readable();
    expect(await run('npx stream-dlq rehydrate --stack Orders')).toMatchObject(DONE);
    expect(statuses()).toEqual(['COMPLETE']);
    it.sqs.createQueue(QUEUE);
    await it.put(deadLetterOf({ from: 10, to: 12, status: 'PARTIAL' }));
    await it.put(deadLetterOf({ from: 20, to: 22, status: 'EXPIRED' }));
    expect(await run('npx stream-dlq redrive --include PARTIAL --stack Orders')).toMatchObject({ error: undefined });
    expect([it.processor.processed, statuses()]).toEqual([[11, 12], ['EXPIRED']]);
    expect(await run('npx stream-dlq discard --filter status=EXPIRED --reason "restored from the source" --stack Orders')).toMatchObject(DONE);
    expect(statuses()).toEqual([]);
  });
});

section('oldestFailureRecord', 'a look says how many failure records wait', async (run) => {
  const intake = it.sqs.createQueue(`${QUEUE}Intake`);
  it.sqs.put(intake);
  it.dlq = { ...it.dlq, functions: [{ role: 'hydrate', functionArn: HYDRATE_ARN, environment: { INTAKE_QUEUE_URL: intake } }] };
  const { out, exitCode } = await run('npx stream-dlq ls --stack Orders');
  expect([exitCode, out]).toEqual([0, expect.stringContaining('about 1 failure record waits in the intake queue: its dead letter is still to come')]);
});

section('redriveErrors', 'the state of the RedriveFunction is shown, and it is switched off', async (run) => {
  await it.put(deadLetterOf());
  it.lambda.mappings.push({ UUID: 'u-1', FunctionArn: REDRIVE_ARN, EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:Orders', State: 'Enabled' });
  const { out } = await run('npx stream-dlq redrive --remote status --stack Orders');
  expect(out).toMatch(/is Enabled[^]*in the queue: 1, hidden: 0/);
  expect(await run('npx stream-dlq redrive --remote stop --stack Orders')).toMatchObject(DONE);
  expect(it.lambda.mappings[0].State).toBe('Disabled');
});

test.each(RUNBOOK)('each command of the tool in the section $name is run here', ({ name, lines }) => {
  const commands = lines.filter((line) => /\bnpx stream-dlq /.test(line));
  expect([...usedOf.get(name)!].sort()).toEqual([...new Set(commands)].sort());
});
