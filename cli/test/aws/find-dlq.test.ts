import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { GetResourcesCommand } from '@aws-sdk/client-resource-groups-tagging-api';
import { GetQueueUrlCommand, ListDeadLetterSourceQueuesCommand } from '@aws-sdk/client-sqs';
import { findDlq } from '../../aws/find-dlq';
import { CliError } from '../../cli-error';
import { ExitCode } from '../../exit-code';
import { fakeStack, functionArn, queueArn, queueUrl, tagsOf } from '../support/fake-stack';

const hydrate = {
  name: 'Hydrate',
  tags: tagsOf('hydrate', 'Orders', { 'cdk-stream-dlq:audit-log-group': 'operators' }),
  environment: {
    QUEUE_URL: queueUrl('Dlq'), UNDELIVERABLE_QUEUE_URL: queueUrl('Undeliverable'), OVERFLOW_BUCKET: 'overflow',
    OVERFLOW_PREFIX: 'dead-letters/1a2b3c4d/',
  },
};
const redrive = {
  name: 'Redrive',
  tags: tagsOf('redrive', 'OrdersRedrive'),
  environment: { QUEUE_URL: queueUrl('Dlq'), PARKING_QUEUE_URL: queueUrl('Parking'), OVERFLOW_BUCKET: 'overflow', OVERFLOW_PREFIX: 'dead-letters/1a2b3c4d/' },
};
const capture = {
  name: 'Capture',
  tags: tagsOf('capture', 'Payments'),
  environment: { QUEUE_URL: queueUrl('PaymentsDlq'), UNDELIVERABLE_QUEUE_URL: queueUrl('PaymentsUndeliverable'), CAPTURE_BUCKET: 'captured' },
};
const deleted = { name: 'Deleted', tags: tagsOf('hydrate', 'Orders') };

const plain = {
  ApproximateNumberOfMessages: '7', ApproximateNumberOfMessagesNotVisible: '2', ApproximateNumberOfMessagesDelayed: '0', MaximumMessageSize: '262144',
};
const queues = { Dlq: plain, Undeliverable: plain, Parking: plain, PaymentsDlq: plain };
const functions = [redrive, hydrate, capture, deleted];

const ordersDlq = {
  queueUrl: queueUrl('Dlq'),
  queueArn: 'arn:aws:sqs:us-east-1:123456789012:Dlq',
  maxMessageBytes: 262_144,
  isFifo: false,
  messages: { visible: 7, inFlight: 2, delayed: 0 },
  functions: [
    { role: 'hydrate', functionArn: functionArn('Hydrate'), environment: hydrate.environment },
    { role: 'redrive', functionArn: functionArn('Redrive'), environment: redrive.environment },
  ],
  undeliverableQueueUrl: queueUrl('Undeliverable'),
  parkingQueueUrl: queueUrl('Parking'),
  overflowBucket: 'overflow',
  overflowPrefix: 'dead-letters/1a2b3c4d/',
  auditLogGroup: 'operators',
};

const denied = (message: string): Error => Object.assign(new Error(message), { name: 'AccessDeniedException', $fault: 'client', $metadata: {} });

const notes: string[] = [];
const note = (text: string): void => {
  notes.push(text);
};
beforeEach(() => notes.splice(0));

describe('--queue', () => {
  test.each([['its name', 'Dlq'], ['its ARN', 'arn:aws:sqs:us-east-1:123456789012:Dlq'], ['its URL', queueUrl('Dlq')]])('finds a queue by %s, and all that belongs to it', async (_, queue) => {
    expect(await findDlq(fakeStack(functions, queues).clients, { queue, note })).toEqual(ordersDlq);
    expect(notes).toEqual([]);
  });

  it('asks the account that an ARN names', async () => {
    const { clients, sqs } = fakeStack(functions, queues);
    await findDlq(clients, { queue: 'arn:aws:sqs:us-east-1:123456789012:Dlq', note });
    expect(sqs.commandCalls(GetQueueUrlCommand)[0].args[0].input).toEqual({ QueueName: 'Dlq', QueueOwnerAWSAccountId: '123456789012' });
  });

  test.each(['Undeliverable', 'Parking'])('finds what belongs to a queue beside the dead-letter queue as well: %s', async (queue) => {
    expect(await findDlq(fakeStack(functions, queues).clients, { queue, note })).toEqual({
      ...ordersDlq, queueUrl: queueUrl(queue), queueArn: `arn:aws:sqs:us-east-1:123456789012:${queue}`,
    });
  });

  it('finds a queue that no function of ours is around', async () => {
    const attributes = {
      FifoQueue: 'true', KmsMasterKeyId: 'alias/mine', RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:Other","maxReceiveCount":"3"}',
    };
    expect(await findDlq(fakeStack(functions, { 'Own.fifo': attributes }).clients, { queue: 'Own.fifo', note })).toEqual({
      queueUrl: queueUrl('Own.fifo'),
      queueArn: 'arn:aws:sqs:us-east-1:123456789012:Own.fifo',
      maxMessageBytes: 1_048_576,
      redrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:us-east-1:123456789012:Other', maxReceiveCount: 3 },
      kmsKeyId: 'alias/mine',
      isFifo: true,
      messages: { visible: 0, inFlight: 0, delayed: 0 },
      functions: [],
    });
  });

  it('goes on with the queue alone where looking around is not allowed, and says so', async () => {
    for (const [client, command] of [['tagging', GetResourcesCommand], ['lambda', GetFunctionConfigurationCommand]] as const) {
      const stack = fakeStack(functions, queues);
      (stack[client] as typeof stack.tagging).on(command as typeof GetResourcesCommand)
        .rejects(denied('User: me is not authorized to perform: tag:GetResources'));
      expect(await findDlq(stack.clients, { queue: 'Dlq', note })).toMatchObject({ queueUrl: queueUrl('Dlq'), functions: [] });
    }
    expect(notes).toHaveLength(2);
    expect(notes[0]).toMatch(/^the tool cannot find the functions of the queue: not allowed: tag:GetResources, for me\n/);
  });

  it('does without the functions of others, which it may not look at', async () => {
    const stack = fakeStack(functions, queues);
    stack.lambda.on(GetFunctionConfigurationCommand, { FunctionName: functionArn('Capture') }).rejects(denied('not authorized'));
    expect(await findDlq(stack.clients, { queue: 'Dlq', note })).toEqual(ordersDlq);
    expect(notes).toEqual([]);
  });

  it('fails where looking around fails in any other way', async () => {
    const { clients, tagging } = fakeStack(functions, queues);
    tagging.on(GetResourcesCommand).rejects(new Error('connection lost'));
    await expect(findDlq(clients, { queue: 'Dlq', note })).rejects.toThrow('connection lost');
  });

  it('fails where there is no such queue', async () => {
    await expect(findDlq(fakeStack(functions, queues).clients, { queue: 'Nowhere', note })).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });

  it('names no queue beside where several StreamDlqs share the queue, and the bucket and prefix of one of them', async () => {
    const other = { ...hydrate, name: 'Other', environment: { ...hydrate.environment, OVERFLOW_PREFIX: 'dead-letters/5e6f/', UNDELIVERABLE_QUEUE_URL: queueUrl('Other') } };
    const second = { ...redrive, name: 'Second', environment: { ...redrive.environment, PARKING_QUEUE_URL: queueUrl('OtherParking') } };
    const dlq = await findDlq(fakeStack([hydrate, other, redrive, second], queues).clients, { queue: 'Dlq', note });
    expect(dlq.functions).toHaveLength(4);
    for (const name of ['undeliverableQueueUrl', 'parkingQueueUrl']) expect(dlq).not.toHaveProperty(name);
    expect(dlq).toMatchObject({ overflowBucket: 'overflow', overflowPrefix: 'dead-letters/1a2b3c4d/' });
  });
});

describe('--stack', () => {
  test.each([['name', 'Orders'], ['ARN', 'arn:aws:cloudformation:us-east-1:123456789012:stack/Orders/1f']])('finds the queue of a stack by its %s', async (_, stack) => {
    // The redrive function, and the parking queue with it, is in a later stack.
    expect(await findDlq(fakeStack(functions, queues).clients, { stack, note })).toEqual(ordersDlq);
  });

  it('finds all of it by the stack of the redrive function', async () => {
    const found = await findDlq(fakeStack(functions, queues).clients, { stack: 'OrdersRedrive', note });
    expect({ ...found, functions: new Set(found.functions) }).toEqual({ ...ordersDlq, functions: new Set(ordersDlq.functions) });
  });

  it('means the functions of the stack where others share the queue', async () => {
    const other = { ...capture, environment: { ...capture.environment, QUEUE_URL: queueUrl('Dlq') } };
    expect(await findDlq(fakeStack([...functions, other], queues).clients, { stack: 'Orders', note })).toEqual(ordersDlq);
  });

  it('looks at each function once, and of other stacks only at redrive functions', async () => {
    const { clients, lambda } = fakeStack(functions, queues);
    await findDlq(clients, { stack: 'Orders', note });
    const names = lambda.commandCalls(GetFunctionConfigurationCommand).map(({ args: [{ input }] }) => input.FunctionName);
    expect(names.sort()).toEqual(['Deleted', 'Hydrate', 'Redrive'].map(functionArn));
  });

  it('does without the functions of other stacks, which it may not look at', async () => {
    const { clients, lambda } = fakeStack(functions, queues);
    lambda.on(GetFunctionConfigurationCommand, { FunctionName: functionArn('Redrive') }).rejects(denied('not authorized'));
    const { functions: [hydrateFunction] } = ordersDlq;
    // Undefined is as good as absent here.
    expect(await findDlq(clients, { stack: 'Orders', note })).toEqual({ ...ordersDlq, functions: [hydrateFunction], parkingQueueUrl: undefined });
  });

  it('does not choose between several queues, but lists them', async () => {
    const second = { ...capture, tags: tagsOf('capture', 'Orders') };
    await expect(findDlq(fakeStack([...functions, second], queues).clients, { stack: 'Orders', note })).rejects.toThrow(new CliError([
      'stack Orders has 2 dead-letter queues: choose one with --queue instead of --stack',
      `  --queue ${queueUrl('PaymentsDlq')}`,
      `  --queue ${queueUrl('Dlq')}`,
    ].join('\n')));
  });

  test.each<[string, readonly string[], readonly string[]]>([
    ['other stacks', ['Payments'], ['stacks with one: Payments']],
    ['a nested stack', ['App-DlqNestedStack-1ABC', 'Payments'], ['a nested stack has a name of its own: --stack App-DlqNestedStack-1ABC']],
    ['none at all', [], []],
  ])('says what it looked for where there is no queue, and what there is: %s', async (_, stacks, hints) => {
    const others = stacks.map((name, index) => ({ ...capture, name: `F${index}`, tags: tagsOf('capture', name) }));
    await expect(findDlq(fakeStack(others, queues).clients, { stack: 'App', note })).rejects.toMatchObject({
      exitCode: ExitCode.REFUSED,
      message: [
        'no dead-letter queue in stack App in us-east-1: there is no function or queue of cdk-stream-dlq that CloudFormation has tagged with this stack',
        ...hints,
        'check --region and --profile, or give --queue; a stack that was last deployed with an older version of cdk-stream-dlq has no tags yet',
      ].join('\n'),
    });
  });

  it('fails where the environment of a function of the stack cannot be decrypted: Lambda answers without its variables', async () => {
    const { clients, lambda } = fakeStack(functions, queues);
    lambda.on(GetFunctionConfigurationCommand, { FunctionName: functionArn('Hydrate') }).resolves({
      Environment: { Error: { ErrorCode: 'AccessDeniedException', Message: 'Lambda was unable to decrypt the environment variables' } },
    });
    await expect(findDlq(clients, { stack: 'Orders', note })).rejects.toMatchObject({
      exitCode: ExitCode.REFUSED,
      message: expect.stringContaining('Lambda was unable to decrypt the environment variables'),
    });
  });

  it('names the key of the environment of a function', async () => {
    const { clients, lambda } = fakeStack(functions, queues);
    const KMSKeyArn = 'arn:aws:kms:us-east-1:123456789012:key/environment';
    lambda.on(GetFunctionConfigurationCommand, { FunctionName: functionArn('Hydrate') }).resolves({ Environment: { Variables: hydrate.environment }, KMSKeyArn });
    const { functions: found } = await findDlq(clients, { stack: 'Orders', note });
    expect(found).toContainEqual(expect.objectContaining({ functionArn: functionArn('Hydrate'), environmentKey: KMSKeyArn }));
  });

  it('fails where a function of the stack may not be looked at: its queue could be another', async () => {
    const { clients, lambda } = fakeStack([...functions, { ...capture, tags: tagsOf('capture', 'Orders') }], queues);
    lambda.on(GetFunctionConfigurationCommand, { FunctionName: functionArn('Capture') }).rejects(denied('not authorized'));
    await expect(findDlq(clients, { stack: 'Orders', note })).rejects.toMatchObject({
      exitCode: ExitCode.REFUSED,
      message: expect.stringMatching(
        /^you may not read every function of stack Orders, so the tool cannot tell which queue you mean: use --queue instead of --stack\nnot allowed/,
      ),
    });
  });

  it('fails where looking around is not allowed: there is nothing else to go by', async () => {
    const { clients, tagging } = fakeStack(functions, queues);
    tagging.on(GetResourcesCommand).rejects(denied('not authorized'));
    await expect(findDlq(clients, { stack: 'Orders', note })).rejects.toThrow('not authorized');
  });
});

test('one of both is needed', async () => {
  await expect(findDlq(fakeStack([], {}).clients, { note })).rejects.toThrow(
    new CliError('which queue? Give --queue with its URL, ARN or name, or --stack with the name of its stack; `npx stream-dlq queues` lists them'),
  );
});

describe('functions of a newer format', () => {
  const wrong = (what: string, name: string) =>
    `${what} of ${functionArn(name)} must be at most 0.1.0, got: 0.4.0; run npx stream-dlq@0.4.0 or newer`;
  const TAG = 'cdk-stream-dlq:format-version';
  const tagged = { ...hydrate, tags: { ...hydrate.tags, [TAG]: '0.4.0' } };
  const told = { ...hydrate, environment: { ...hydrate.environment, FORMAT_VERSION: '0.4.0' } };
  const byTag = wrong(`tag ${TAG}`, 'Hydrate');
  const byEnvironment = wrong('environment variable FORMAT_VERSION', 'Hydrate');

  test.each([['its tag', tagged, byTag], ['its environment', told, byEnvironment]])('are refused, with what to install, by %s', async (_, fn, message) => {
    const { clients } = fakeStack([fn, redrive], queues);
    const newerFormat = { formatVersion: '0.4.0', install: 'stream-dlq@0.4.0' };
    for (const search of [{ stack: 'Orders' }, { queue: 'Dlq' }]) {
      await expect(findDlq(clients, { ...search, note })).rejects.toMatchObject({ message, exitCode: ExitCode.USAGE, newerFormat });
    }
  });

  it('are refused by their tag though their environment has other names', async () => {
    const { clients } = fakeStack([{ ...tagged, environment: { QUEUE_ADDRESS: 'elsewhere' } }], queues);
    await expect(findDlq(clients, { stack: 'Orders', note })).rejects.toThrow(byTag);
  });

  it('are refused where one of another stack is around the queue', async () => {
    const { clients } = fakeStack([hydrate, { ...redrive, tags: { ...redrive.tags, [TAG]: 'next' } }], queues);
    const message = `tag ${TAG} of ${functionArn('Redrive')} must be a version such as 0.1.0, got: "next"; run npx stream-dlq@latest`;
    await expect(findDlq(clients, { stack: 'Orders', note })).rejects.toThrow(message);
  });

  it('keep no other queue from being found', async () => {
    const { clients } = fakeStack([tagged, capture], queues);
    expect(await findDlq(clients, { queue: 'PaymentsDlq', note })).toMatchObject({ functions: [{ functionArn: functionArn('Capture') }] });
    expect(await findDlq(clients, { stack: 'Payments', note })).toMatchObject({ functions: [{ functionArn: functionArn('Capture') }] });
  });

  it('are those of a version after this one only', async () => {
    const same = { ...hydrate, tags: { ...hydrate.tags, [TAG]: '0.1.0' }, environment: { ...hydrate.environment, FORMAT_VERSION: '0.0.1' } };
    expect(await findDlq(fakeStack([same], queues).clients, { stack: 'Orders', note })).toMatchObject({ overflowBucket: 'overflow' });
  });
});

describe('a native dead-letter queue', () => {
  const policy = (target: string) => JSON.stringify({ deadLetterTargetArn: queueArn(target), maxReceiveCount: 3 });
  const all = { Orders: { ...plain, RedrivePolicy: policy('OrdersNative') }, Refunds: { ...plain, RedrivePolicy: policy('OrdersNative') }, OrdersNative: plain, Other: plain };
  const tagged = [{ name: 'OrdersNative', tags: tagsOf('dead-letter-queue', 'Queues', { 'cdk-stream-dlq:audit-log-group': 'operators' }) }];
  const found = { queueUrl: queueUrl('OrdersNative'), functions: [], native: { sourceArns: [queueArn('Orders'), queueArn('Refunds')] } };

  it('is known by the queues that SQS moves messages from, without any construct of this library', async () => {
    const dlq = await findDlq(fakeStack(functions, all).clients, { queue: 'OrdersNative', note });
    expect(dlq).toMatchObject(found);
    expect(dlq.auditLogGroup).toBeUndefined();
    expect(await findDlq(fakeStack(functions, all).clients, { queue: 'Other', note })).not.toHaveProperty('native');
  });

  it('is found by --stack, by the tag of the queue', async () => {
    expect(await findDlq(fakeStack(functions, all, [], tagged).clients, { stack: 'Queues', note })).toMatchObject({ ...found, auditLogGroup: 'operators' });
  });

  it('is one of those that --stack may mean', async () => {
    const both = [...tagged, { name: 'Other', tags: tagsOf('dead-letter-queue', 'Queues') }];
    await expect(findDlq(fakeStack(functions, all, [], both).clients, { stack: 'Queues', note }))
      .rejects.toThrow(`stack Queues has 2 dead-letter queues: choose one with --queue instead of --stack\n  --queue ${queueArn('OrdersNative')}\n  --queue ${queueArn('Other')}`);
  });

  it('is taken for any other queue where the operator may not ask for its source queues', async () => {
    const { clients, sqs } = fakeStack(functions, all);
    sqs.on(ListDeadLetterSourceQueuesCommand).rejects(denied('User: mia is not authorized to perform: sqs:listdeadlettersourcequeues'));
    expect(await findDlq(clients, { queue: 'OrdersNative', note })).not.toHaveProperty('native');
  });
});
