import type { PutRecordsCommandInput } from '@aws-sdk/client-kinesis';
import type { DeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter';
import { FUNCTION_ARN, STREAM_ARN } from '../../../../test/support/records';
import type { RedriveOptions } from '../../../commands/redrive/run';
import * as redrive from '../../../commands/redrive/run';
import { UnavailableTargets } from '../../../commands/redrive/unavailable-targets';
import { lambdaError } from '../../support/fake-lambda';
import { FIFO_QUEUE, deadLetterOf, Operation, QUEUE, type RunHow } from '../../support/operation';

const OLD_VERSION = `${FUNCTION_ARN}:5`;
const OTHER = `${FUNCTION_ARN}-other`;

let it: Operation;
beforeEach(() => {
  it = new Operation();
});
afterEach(() => it.close());

function run(more: Partial<RedriveOptions> = {}, how: RunHow = {}) {
  return it.run(redrive, {
    filter: [], include: [], onlyFailedRecords: false, toStream: false, parked: false, dryRun: false, concurrency: 1, stopAfterFailures: 10,
    yes: true, visibilityTimeout: 120, countReceives: false, auditLog: it.auditLog, ...more,
  }, how);
}

let next = 0;
/** Puts dead letters of a function, of three records each. */
async function put(count: number, functionArn: string, queueUrl = QUEUE): Promise<string[]> {
  const ids: string[] = [];
  for (let place = 0; place < count; place++, next += 10) {
    const deadLetter = deadLetterOf({ from: next, to: next + 2 });
    ids.push(await it.put({ ...deadLetter, requestContext: { ...deadLetter.requestContext, functionArn } }, queueUrl));
  }
  return ids;
}

/** Has Lambda refuse to invoke a function, and counts how often it was asked to. */
function refuse(functionArn: string, name: string, message: string, httpStatusCode: number): { readonly asked: number } {
  const count = { asked: 0 };
  it.lambda.functions.set(functionArn, () => {
    count.asked++;
    throw lambdaError(name, message, httpStatusCode);
  });
  return count;
}

const isGone = (functionArn: string) => refuse(functionArn, 'ResourceNotFoundException', `Function not found: ${functionArn}`, 404);
const visible = (queueUrl = QUEUE) => it.sqs.visible(queueUrl).map(({ messageId }) => messageId);

describe('dead letters of a function that is gone', () => {
  test('are left, with what to do, and keep no others from being sent, however many they are', async () => {
    const gone = isGone(OLD_VERSION);
    const left = await put(12, OLD_VERSION);
    await put(3, FUNCTION_ARN);
    const { exitCode, document, err } = await run({}, { json: true });
    expect(exitCode).toBe(1);
    expect(document).toMatchObject({
      counts: { sent: 3, failed: 12 },
      reasons: [{
        count: 12,
        reason: {
          name: 'ResourceNotFoundException',
          message: `${OLD_VERSION} cannot be invoked: Function not found: ${OLD_VERSION}; --function NAME sends it to another`,
        },
      }],
    });
    expect(err).not.toContain('warning');
    expect(visible()).toEqual(left);
    expect(gone.asked).toBe(1);
  });

  test('are noted each', async () => {
    isGone(OLD_VERSION);
    const left = await put(2, OLD_VERSION);
    await put(1, FUNCTION_ARN);
    await run();
    expect(it.audit.filter(({ result }) => result === 'failed')).toMatchObject(
      left.map((messageId) => ({ messageId, to: OLD_VERSION, reason: 'ResourceNotFoundException' })),
    );
  });

  test('do not count as failures of those that are there', async () => {
    isGone(OLD_VERSION);
    await put(5, OLD_VERSION);
    await put(4, FUNCTION_ARN);
    for (let index = 0; index < next; index++) it.processor.poison.add(index);
    const { out } = await run({ stopAfterFailures: 2 });
    expect(out).toContain('7 messages failed again: left in place.\n');
    expect(out).toContain('Stopped after 2 failures (--stop-after-failures 2): 2 messages were not tried.\n');
  });

  test('end the run where there are no others, which says so', async () => {
    const [gone, other] = [isGone(OLD_VERSION), isGone(OTHER)];
    await put(2, OLD_VERSION);
    await put(1, OTHER);
    const left = [...visible(), ...await put(2, OLD_VERSION)];
    const { error, err, out } = await run();
    expect(error).toMatchObject({ name: 'ResourceNotFoundException', message: `Function not found: ${OTHER}` });
    expect(err).toContain(`warning: nothing more was tried, for no function that the dead letters go to can be invoked: ${OLD_VERSION}, ${OTHER}\n`);
    expect(out).toContain('3 messages failed again: left in place.\n');
    expect([gone.asked, other.asked]).toEqual([1, 1]);
    expect(visible()).toEqual(left);
  });

  test('end the run where the one that is named is gone', async () => {
    await put(3, FUNCTION_ARN);
    const { error, err } = await run({ function: 'orders:fixed' });
    expect(error).toMatchObject({ name: 'ResourceNotFoundException' });
    expect(err).toContain('no function that the dead letters go to can be invoked: orders:fixed\n');
  });

  test('keep those behind them in their group of a FIFO queue from getting ahead', async () => {
    isGone(OLD_VERSION);
    await put(1, OLD_VERSION, FIFO_QUEUE);
    await put(1, FUNCTION_ARN, FIFO_QUEUE);
    const { exitCode } = await run({}, { queueUrl: FIFO_QUEUE });
    expect(exitCode).toBe(1);
    expect(it.processor.processed).toEqual([]);
    expect(it.sqs.messages(FIFO_QUEUE)).toHaveLength(2);
  });
});

test.each([
  ['that may not be invoked', 'AccessDeniedException', 403, `\`npx stream-dlq policy --redrive --processor ${OTHER} --stack NAME\` prints the policy that allows it, --function NAME sends it to another`],
  ['whose key is off', 'KMSDisabledException', 502, '--function NAME sends it to another'],
  ['whose name is none', 'ValidationException', 400, '--function NAME sends it to another'],
])('a function %s does not keep dead letters of others from being sent', async (_, name, status, cures) => {
  refuse(OTHER, name, 'no', status);
  const left = await put(1, OTHER);
  await put(2, FUNCTION_ARN);
  const { exitCode, document } = await run({}, { json: true });
  expect(exitCode).toBe(1);
  expect(document).toMatchObject({ counts: { sent: 2 }, reasons: [{ reason: { name, message: `${OTHER} cannot be invoked: no; ${cures}` } }] });
  expect(visible()).toEqual(left);
});

test.each(['ExpiredTokenException', 'UnrecognizedClientException'])('credentials that are no good end the run, whatever it is for: %s', async (name) => {
  it.lambda.failNext('Invoke', lambdaError(name, 'no', 403));
  await put(1, OTHER);
  await put(2, FUNCTION_ARN);
  const { error, document } = await run({}, { json: true });
  expect(error).toMatchObject({ name });
  expect(document).toMatchObject({ counts: { sent: 0, failed: 0 } });
  expect(visible()).toHaveLength(3);
});

test('a stream that is gone does not keep dead letters of others from being put into theirs', async () => {
  const gone = `${STREAM_ARN}-gone`;
  const send = async ({ input: { StreamARN, Records = [] } }: { input: PutRecordsCommandInput }) => {
    if (StreamARN === gone) throw Object.assign(new Error('Stream not found'), { name: 'ResourceNotFoundException' });
    return { Records: Records.map(() => ({ SequenceNumber: '1' })) };
  };
  it.more = { kinesis: async () => ({ send }) as never };
  const left = await it.put(JSON.parse(JSON.stringify(deadLetterOf()).replaceAll(STREAM_ARN, gone)) as DeadLetter);
  await put(2, FUNCTION_ARN);
  const { exitCode, document } = await run({ toStream: true }, { json: true });
  expect(exitCode).toBe(1);
  expect(document).toMatchObject({
    counts: { sent: 2 }, reasons: [{ reason: { message: `${gone} takes no records: Stream not found; without --to-stream it goes to the processor` } }],
  });
  expect(visible()).toEqual([left]);
});

test('of many that are closed the first few are named', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const targets = new UnavailableTargets(names, true, (command) => command);
  for (const name of names) {
    expect(targets.end).toBeUndefined();
    expect(targets.close(name, new Error('no'))).toBe(true);
  }
  expect(targets.close('a', new Error('no'))).toBe(false);
  expect(targets.end).toBe('nothing more was tried, for no stream that the dead letters go to takes records: a, b, c, d, e and 2 others');
});
