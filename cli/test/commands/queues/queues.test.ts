import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { GetResourcesCommand } from '@aws-sdk/client-resource-groups-tagging-api';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { run } from '../../../commands/queues/run';
import { fakeContext } from '../../support/fake-context';
import { fakeStack, functionArn, queueUrl, tagsOf } from '../../support/fake-stack';

const messages = (visible: number, inFlight = 0): Record<string, string> => ({
  ApproximateNumberOfMessages: String(visible), ApproximateNumberOfMessagesNotVisible: String(inFlight),
});
const hydrate = {
  name: 'Hydrate',
  tags: tagsOf('hydrate', 'Orders'),
  environment: { QUEUE_URL: queueUrl('Orders'), UNDELIVERABLE_QUEUE_URL: queueUrl('OrdersUndeliverable') },
};
const redrive = { name: 'Redrive', tags: tagsOf('redrive', 'Orders'), environment: { QUEUE_URL: queueUrl('Orders'), PARKING_QUEUE_URL: queueUrl('OrdersParking') } };
const audit = {
  name: 'Audit',
  tags: tagsOf('hydrate', 'Audit'),
  environment: {
    QUEUE_URL: queueUrl('Audit'), UNDELIVERABLE_QUEUE_URL: queueUrl('AuditUndeliverable'),
  },
};
const foreign = { name: 'Foreign', tags: tagsOf('hydrate', 'Orders'), environment: {} };
const functions = [hydrate, redrive, audit, foreign];
const queues = {
  Orders: messages(3, 1), OrdersUndeliverable: messages(2), OrdersParking: messages(1), Audit: messages(12), AuditUndeliverable: messages(0),
};

async function listed(stack = fakeStack(functions, queues), options: { json?: boolean; stack?: string } = {}) {
  const { context, streams } = fakeContext({ command: 'queues', clients: stack.clients, ...options });
  const exitCode = await run(context, [], {});
  return { exitCode, out: streams.out(), err: streams.err() };
}

it('lists the queues, the fullest first, with what is in them and beside them', async () => {
  expect(await listed()).toEqual({
    exitCode: 0,
    out: [
      'QUEUE   DEAD LETTERS  IN FLIGHT  UNDELIVERABLE  PARKED  STACK',
      'Audit             12          0              0       -  Audit',
      'Orders             3          1              2       1  Orders',
      '',
    ].join('\n'),
    err: '',
  });
});

it('counts failure records that wait, where some do: the queue whose dead letters are still to come is first', async () => {
  const storm = { ...hydrate, environment: { ...hydrate.environment, INTAKE_QUEUE_URL: queueUrl('OrdersIntake') } };
  const of = (waiting: number) => fakeStack([storm, audit], { ...queues, OrdersIntake: { ...messages(waiting), ApproximateNumberOfMessagesDelayed: '1' } });
  expect((await listed(of(899))).out).toBe([
    'QUEUE   DEAD LETTERS  FAILURE RECORDS  IN FLIGHT  UNDELIVERABLE  PARKED  STACK',
    'Orders             3              900          1              2       -  Orders',
    'Audit             12                -          0              0       -  Audit',
    '',
  ].join('\n'));
  expect(JSON.parse((await listed(of(899), { json: true, stack: 'Orders' })).out).queues).toMatchObject([{ visible: 3, failureRecords: 900 }]);
});

it('lists a queue whose intake queue may not be asked', async () => {
  const storm = { ...hydrate, environment: { ...hydrate.environment, INTAKE_QUEUE_URL: queueUrl('Gone') } };
  const { exitCode, out, err } = await listed(fakeStack([storm], queues));
  expect([exitCode, out]).toEqual([0, expect.stringMatching(/^QUEUE {3}DEAD LETTERS {2}IN FLIGHT [^]*Orders +3 /)]);
  expect(err).toContain('Orders: the tool cannot say how many failure records wait: ');
});

it('counts what is beside each of the StreamDlqs that share a queue', async () => {
  const second = { ...hydrate, name: 'Second', environment: { ...hydrate.environment, UNDELIVERABLE_QUEUE_URL: queueUrl('SecondUndeliverable') } };
  const again = { ...hydrate, name: 'Again' };
  const { out } = await listed(fakeStack([...functions, second, again], { ...queues, SecondUndeliverable: messages(5) }), { json: true, stack: 'Orders' });
  expect(JSON.parse(out).queues).toMatchObject([{ visible: 3, inFlight: 1, undeliverable: 7, parked: 1 }]);
});

it('lists those of a stack as JSON', async () => {
  const { exitCode, out, err } = await listed(undefined, { json: true, stack: 'Orders' });
  expect([exitCode, err]).toEqual([0, '']);
  expect(JSON.parse(out)).toEqual({
    command: 'queues',
    version: 1,
    region: 'us-east-1',
    queues: [{
      name: 'Orders', queueUrl: queueUrl('Orders'), stack: 'Orders', visible: 3, inFlight: 1, undeliverable: 2, parked: 1,
    }],
  });
});

test.each([
  [undefined, 0, 'this account and region'],
  ['Nothing', 3, 'stack Nothing'],
])('says so where there is none: --stack %s ends with %s', async (stack, exitCode, where) => {
  expect(await listed(fakeStack([], {}), { stack })).toEqual({
    exitCode, out: '', err: `no dead-letter queue of cdk-stream-dlq in ${where}: check --region and --profile\n`,
  });
});

it('lists the others where one queue is gone, and ends with 1', async () => {
  const rest = Object.fromEntries(Object.entries(queues).filter(([name]) => name !== 'Audit'));
  const { exitCode, out, err } = await listed(fakeStack(functions, rest));
  expect(exitCode).toBe(1);
  expect(out).toContain('Orders             3');
  expect(out).toContain('Audit              -');
  expect(err).toBe('warning: Audit: QueueDoesNotExist: no such queue\n');
});

it('lists what one may look at, and says that there is more; where that is nothing, it fails', async () => {
  const denied = Object.assign(new Error('User: me is not authorized to perform: lambda:GetFunctionConfiguration'), { name: 'AccessDeniedException' });
  const stack = fakeStack(functions, queues);
  stack.lambda.on(GetFunctionConfigurationCommand, { FunctionName: functionArn('Audit') }).rejects(denied);
  const { exitCode, out, err } = await listed(stack);
  expect(exitCode).toBe(0);
  expect(out).toMatch(/^QUEUE .*\nOrders .*\n$/);
  expect(err).toMatch(/^you may not read other functions: not allowed: lambda:GetFunctionConfiguration, for me\n/);
  stack.lambda.on(GetFunctionConfigurationCommand).rejects(denied);
  await expect(listed(stack)).rejects.toBe(denied);
});

it('fails where AWS cannot be reached, or nobody may look', async () => {
  const unreached = fakeStack(functions, queues);
  unreached.sqs.on(GetQueueAttributesCommand).rejects(new Error('connection lost'));
  await expect(listed(unreached)).rejects.toThrow('connection lost');
  const denied = fakeStack(functions, queues);
  denied.tagging.on(GetResourcesCommand).rejects(new Error('not allowed'));
  await expect(listed(denied)).rejects.toThrow('not allowed');
});

it('lists the others where one is of a newer format, and says what to install', async () => {
  const newer = (fn: typeof hydrate) => ({ ...fn, tags: { ...fn.tags, 'cdk-stream-dlq:format-version': '0.4.0' } });
  const message = (name: string) =>
    `tag cdk-stream-dlq:format-version of ${functionArn(name)} must be at most 0.1.0, got: 0.4.0; run npx stream-dlq@0.4.0 or newer`;
  const stack = fakeStack([newer(hydrate), audit, newer({ ...hydrate, name: 'Renamed', environment: {} as typeof hydrate.environment })], queues);
  const { exitCode, out, err } = await listed(stack, { json: true });
  expect(exitCode).toBe(1);
  const newerFormat = { formatVersion: '0.4.0', install: 'stream-dlq@0.4.0', message: message('Hydrate') };
  expect(JSON.parse(out).queues).toEqual([
    expect.objectContaining({ name: 'Audit', visible: 12 }),
    expect.objectContaining({ name: 'Orders', error: message('Hydrate'), newerFormat }),
  ]);
  expect(err).toBe(`warning: ${message('Renamed')}\nwarning: Orders: ${message('Hydrate')}\n`);
});
