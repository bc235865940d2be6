import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Middleware } from '../../local/gateway/types';
import { OperatorSession, withoutAction } from './operator-session';
import type { Tool } from './tool';

const REMOTE = ['--stack', 'Remote'];
const LARGE = 'x'.repeat(900_000);

let stage: OperatorSession;
/** Whoever may do what `policy --redrive --remote` prints, and no more. */
let operator: Tool;
let invocations: string[];
let sentBy: string[];

/** Notes what the redrive function does, and has it wait for less than half a minute between two attempts. */
const watch: Middleware = async (request, next) => {
  if (request.roleArn.includes('RedriveRole')) {
    const [resource] = request.resources;
    if (request.action === 'Invoke') invocations.push(request.body.toString());
    if (request.action === 'SendMessage') sentBy.push(resource);
    if (request.action === 'ChangeMessageVisibility') {
      request.body = Buffer.from(request.body.toString().replace(/"VisibilityTimeout":\d+/, '"VisibilityTimeout":1'));
    }
  }
  return next();
};

beforeAll(async () => {
  stage = await OperatorSession.start('Remote');
  stage.cloud.gateway.use(watch);
  const { document } = await stage.tool.json('policy', ...REMOTE, '--redrive', '--remote');
  operator = stage.toolWith(document.policy, 'RemoteOperator');
});

beforeEach(() => {
  [invocations, sentBy] = [[], []];
});

afterAll(async () => stage?.stop());

async function remote(action: 'start' | 'stop' | 'status', tool = operator) {
  return tool.json('redrive', ...REMOTE, '--remote', action, '--yes');
}

/** Waits until nothing is left for the redrive function. */
async function dealtWith(): Promise<void> {
  const deadline = Date.now() + 200_000;
  for (;;) {
    const { visible, inFlight } = await stage.deadLetters('Remote');
    if (visible + inFlight === 0) return;
    if (Date.now() > deadline) throw new Error(`the queue must be empty in the end, got: ${visible} messages, and ${inFlight} in flight`);
    await sleep(200);
  }
}

function attemptsOf(name: string): number {
  return invocations.filter((body) => body.includes(Buffer.from(name).toString('base64'))).length;
}

it('is off until it is switched on', async () => {
  // Batches fail as they are, two records each: one call for each.
  for (const name of ['poison-mended', 'poison-stubborn', 'poison-part', 'poison-crash']) await stage.publish('Remote', `${name}-0`, `${name}-1`);
  await stage.publish('Remote', `poison-stubborn-large ${LARGE}`);
  await stage.cloud.clients.sqs.send(new SendMessageCommand({ QueueUrl: stage.queueUrl('Remote'), MessageBody: 'what somebody else has sent' }));

  stage.processors.Remote.setBugs({ throw: ['poison-stubborn'], report: ['poison-part-1'], crash: ['poison-crash'] });
  const { exitCode, document } = await remote('status');
  expect([exitCode, document]).toMatchObject([0, { state: 'Disabled', maxConcurrency: 2, messages: { visible: 6, inFlight: 0 }, parked: { visible: 0 } }]);
  await stage.pipeline.settle();
  expect(invocations).toEqual([]);
});

it('is switched on by whoever says yes, and may', async () => {
  const { exitCode, stderr } = await operator.run('redrive', ...REMOTE, '--remote', 'start');
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--yes')]);

  const { document } = await stage.tool.json('policy', ...REMOTE, '--redrive', '--remote');
  const less = stage.toolWith(withoutAction(document.policy, 'lambda:UpdateEventSourceMapping'), 'RemoteReader');
  const denied = await less.run('redrive', ...REMOTE, '--remote', 'start', '--yes');
  expect([denied.exitCode, denied.stderr]).toEqual([3, expect.stringContaining('not allowed: lambda:UpdateEventSourceMapping on ')]);
  expect((await remote('status')).document.state).toBe('Disabled');
});

it('sends what is there, and parks with its reason what it gives up on', async () => {
  const processed = stage.processedBy('Remote');
  // Lambda has no room for the processor at first.
  let refused = 0;
  const stopRefusing = stage.cloud.gateway.use(async (request, next) => {
    return request.action === 'Invoke' && refused++ < 2 ? request.error('TooManyRequestsException', 'Rate Exceeded.', 429) : next();
  });
  const started = await remote('start');
  expect([started.exitCode, started.document.state]).toEqual([0, 'Enabled']);
  await dealtWith();
  stopRefusing();

  expect([...processed()].sort()).toEqual(['poison-mended-0', 'poison-mended-1', 'poison-part-0']);
  const { document } = await operator.json('ls', ...REMOTE, '--parked');
  const why = ({ parkedBecause, recoveredRecords }: Record<string, unknown>) => [parkedBecause, recoveredRecords];
  const parked = document.messages.map(why);
  expect(parked).toHaveLength(5);
  expect(parked).toEqual(expect.arrayContaining([
    ['TypeError: poison-stubborn-0 has no quantity', 2],
    ['TypeError: poison-stubborn-large has no quantity', 1],
    [expect.stringMatching(/^Runtime\.ExitError: .*exit status 1/), 2],
    // What is left of one that was taken in part: the dead letter itself says why.
    [undefined, 1],
    [expect.stringContaining('the body must be JSON'), undefined],
  ]));
  for (const name of ['poison-stubborn-0', 'poison-stubborn-large', 'poison-crash-0']) expect([name, attemptsOf(name)]).toEqual([name, 2]);
});

it('has sent nothing but to the parking queue: it cannot loop', async () => {
  const toQueue = stage.cloud.account.decisions.filter(({ principal, action }) => principal.includes('RedriveRole') && action === 'sqs:SendMessage');
  expect(new Set(toQueue.map(({ resource }) => /ParkingQueue/.exec(resource)?.[0]))).toEqual(new Set(['ParkingQueue']));
  expect(stage.cloud.account.denials.filter(({ principal }) => principal.includes('RedriveRole'))).toEqual([]);
});

it('shows what is parked, a large one with its data', async () => {
  const { document } = await operator.json('ls', ...REMOTE, '--parked', '--sort', 'records');
  const large = document.messages.find(({ pointer }: { pointer?: object }) => pointer);
  const shown = await operator.run('show', large.deadLetterId, ...REMOTE, '--parked');
  expect([shown.exitCode, shown.stdout]).toEqual([0, expect.stringContaining('poison-stubborn-large')]);
});

it('goes on with what comes, until it is switched off', async () => {
  stage.processors.Remote.setBugs({ throw: ['poison-later'] });
  await stage.publish('Remote', 'poison-later');
  await dealtWith();
  expect((await remote('status')).document).toMatchObject({ state: 'Enabled', messages: { visible: 0 }, parked: { visible: 6 } });

  // By whom the construct lets.
  const stopped = await remote('stop', stage.toolAs('Remote', 'OperatorArn'));
  expect([stopped.exitCode, stopped.document.state]).toEqual([0, 'Disabled']);
  await stage.publish('Remote', 'poison-later');
  await stage.pipeline.settle();
  expect(await stage.deadLetters('Remote')).toEqual({ visible: 1, inFlight: 0 });
  expect(operator.auditLines.map(({ result }) => result)).toEqual(['remote started']);
});

it('leaves what is parked to the operator, who sends it once more', async () => {
  stage.processors.Remote.fix();
  const processed = stage.processedBy('Remote');
  const parkingQueueUrl = (await remote('status')).document.parked.queueUrl;
  const { exitCode, document } = await operator.json('redrive', '--queue', parkingQueueUrl, '--yes');
  // What is no dead letter stays.
  expect([exitCode, document.counts]).toMatchObject([1, { sent: 5, failed: 0, left: 1 }]);
  expect([...processed()].sort()).toEqual(
    ['poison-crash-0', 'poison-crash-1', 'poison-later', 'poison-part-1', 'poison-stubborn-0', 'poison-stubborn-1', 'poison-stubborn-large'],
  );
  const discarded = await operator.run('discard', ...REMOTE, '--parked', '--all', '--reason', 'sent by a test', '--yes');
  expect(discarded.exitCode).toBe(0);
  expect((await remote('status')).document.parked.visible).toBe(0);
});
