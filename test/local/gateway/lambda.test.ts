import {
  GetEventSourceMappingCommand, GetFunctionConfigurationCommand, GetPolicyCommand, InvokeCommand, ListEventSourceMappingsCommand,
  type ListEventSourceMappingsCommandInput, ListFunctionsCommand, paginateListEventSourceMappings, UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import type { InvocableFunction } from '../../../local/account';
import { Clock } from '../../../local/clock';
import { FunctionThrottledError, PayloadTooLargeError } from '../../../local/functions/errors';
import { MappingLifecycle, type StartableMapping } from '../../../local/mapping/mapping-lifecycle';
import { AccountFixture } from './fixture';

const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:orders';
const UUID = '14e0db71-5d35-4eb5-b481-8945cf9d10c2';
const MAPPING_ARN = `arn:aws:lambda:us-east-1:123456789012:event-source-mapping:${UUID}`;
const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:letters';

let fixture: AccountFixture;
let invoke: jest.Mock<ReturnType<InvocableFunction['invoke']>, [unknown]>;
let invokeAsync: jest.Mock<void, [unknown]>;

beforeAll(async () => {
  fixture = await AccountFixture.start();
});
afterAll(async () => fixture?.stop());

beforeEach(() => {
  fixture.reset();
  invoke = jest.fn(async (event: unknown) => ({ statusCode: 200 as const, executedVersion: '$LATEST', payload: JSON.stringify({ got: event }) }));
  invokeAsync = jest.fn();
  const fn: InvocableFunction = {
    functionArn: ARN,
    roleArn: 'arn:aws:iam::123456789012:role/Orders',
    spec: {
      functionName: 'orders', functionArn: ARN, runtime: 'nodejs24.x', handler: 'index.handler', codeDirectory: '/code',
      environment: { QUEUE_URL: 'http://queue' }, timeoutSeconds: 30, memorySize: 256, roleArn: 'arn:aws:iam::123456789012:role/Orders',
    },
    invoke: async (event) => invoke(event),
    invokeAsync: (event) => invokeAsync(event),
  };
  fixture.account.functions.set(ARN, fn);
  fixture.account.functions.set(`${ARN}:live`, { ...fn, spec: { ...fn.spec!, version: '7', environment: {} } });
});

const send = async (input: Omit<ConstructorParameters<typeof InvokeCommand>[0], 'FunctionName'> & { FunctionName?: string }) => (
  fixture.worker.lambda.send(new InvokeCommand({ FunctionName: ARN, ...input }))
);

describe('Invoke', () => {
  beforeEach(() => fixture.allow('lambda:InvokeFunction', `${ARN}*`));

  test('hands the event over and the answer back', async () => {
    const answer = await send({ Payload: JSON.stringify({ Records: [1] }) });
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(answer.FunctionError).toBeUndefined();
    expect(JSON.parse(answer.Payload!.transformToString())).toEqual({ got: { Records: [1] } });
  });

  test('without a payload the event is empty', async () => {
    await send({});
    expect(invoke).toHaveBeenCalledWith({});
  });

  test('an error of the function is an answer, not an error of the call', async () => {
    const payload = JSON.stringify({ errorType: 'Error', errorMessage: 'poison' });
    invoke.mockResolvedValue({ statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled', payload });
    const answer = await send({ Payload: '{}' });
    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(answer.Payload!.transformToString()).toBe(payload);
  });

  test.each([
    ['a name', { FunctionName: 'orders' }, ARN],
    ['the end of an ARN', { FunctionName: '123456789012:function:orders' }, ARN],
    ['an ARN', { FunctionName: ARN }, ARN],
    ['a name with an alias', { FunctionName: 'orders:live' }, `${ARN}:live`],
    ['an ARN with an alias', { FunctionName: `${ARN}:live` }, `${ARN}:live`],
    ['an alias of its own', { FunctionName: 'orders', Qualifier: 'live' }, `${ARN}:live`],
    ['the same alias twice', { FunctionName: 'orders:live', Qualifier: 'live' }, `${ARN}:live`],
  ])('finds a function by %s', async (_, input, resource) => {
    expect(await send(input)).toMatchObject({ StatusCode: 200 });
    expect(fixture.account.decisions).toMatchObject([{ action: 'lambda:InvokeFunction', resource, allowed: true }]);
  });

  test('two qualifiers that differ are refused', async () => {
    await expect(send({ FunctionName: 'orders:live', Qualifier: '7' })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: 'The derived qualifier from the function name does not match the specified qualifier.',
    });
  });

  test('what is no name of a function is refused', async () => {
    await expect(send({ FunctionName: 'no function' })).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test.each(['orders-gone', 'orders:gone'])('%s does not exist', async (FunctionName) => {
    await expect(send({ FunctionName })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Function not found: arn:aws:lambda:us-east-1:123456789012:function:${FunctionName}`,
      $metadata: { httpStatusCode: 404 },
    });
  });

  test('without the permission it is refused before anything else', async () => {
    fixture.reset();
    await expect(send({ FunctionName: 'gone' })).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: 'User: arn:aws:sts::123456789012:assumed-role/Worker/local is not authorized to perform: lambda:InvokeFunction on resource: '
        + 'arn:aws:lambda:us-east-1:123456789012:function:gone because no identity-based policy allows the lambda:InvokeFunction action',
      $metadata: { httpStatusCode: 403 },
    });
  });

  test('an event of 6 MB passes, one byte more is too large', async () => {
    const payload = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2));
    await send({ Payload: payload(6_291_456) });
    await expect(send({ Payload: payload(6_291_457) })).rejects.toMatchObject({
      name: 'RequestEntityTooLargeException',
      message: 'Request must be smaller than 6291456 bytes for the InvokeFunction operation',
      $metadata: { httpStatusCode: 413 },
    });
    expect(invoke).toHaveBeenCalledTimes(1);
  });

  test('an event that is no JSON is refused', async () => {
    await expect(send({ Payload: '{not' })).rejects.toMatchObject({
      name: 'InvalidRequestContentException', message: expect.stringContaining('Could not parse request body into json'),
    });
  });

  test('a function without a free instance is throttled', async () => {
    invoke.mockRejectedValue(new FunctionThrottledError('orders', 1));
    await expect(send({})).rejects.toMatchObject({
      name: 'TooManyRequestsException', Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded', $metadata: { httpStatusCode: 429 },
    });
  });

  test('what breaks in here is no answer of Lambda', async () => {
    const warning = jest.spyOn(process, 'emitWarning').mockImplementation();
    invoke.mockRejectedValue(new Error('no such thing'));
    await expect(send({})).rejects.toMatchObject({ name: 'InternalFailure', message: expect.stringContaining('no such thing') });
    expect(warning).toHaveBeenCalledWith(expect.stringContaining('no such thing'));
    warning.mockRestore();
  });

  test('an asynchronous event is queued', async () => {
    expect(await send({ InvocationType: 'Event', Payload: '{"a":1}' })).toMatchObject({ StatusCode: 202 });
    expect(invokeAsync).toHaveBeenCalledWith({ a: 1 });
    expect(invoke).not.toHaveBeenCalled();
  });

  test('an asynchronous event over 1 MB is too large', async () => {
    invokeAsync.mockImplementation(() => {
      throw new PayloadTooLargeError(ARN, 1_048_577, 1_048_576);
    });
    await expect(send({ InvocationType: 'Event' })).rejects.toMatchObject({
      name: 'RequestEntityTooLargeException',
      message: '1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)',
    });
  });

  test('what breaks when an event is queued is no answer of Lambda', async () => {
    const warning = jest.spyOn(process, 'emitWarning').mockImplementation();
    invokeAsync.mockImplementation(() => {
      throw new Error('closed');
    });
    await expect(send({ InvocationType: 'Event' })).rejects.toMatchObject({ name: 'InternalFailure' });
    warning.mockRestore();
  });

  test('a dry run asks for the permission, and runs nothing', async () => {
    expect(await send({ InvocationType: 'DryRun' })).toMatchObject({ StatusCode: 204 });
    expect(invoke).not.toHaveBeenCalled();
    fixture.reset();
    await expect(send({ InvocationType: 'DryRun' })).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('another type of invocation is refused', async () => {
    await expect(send({ InvocationType: 'Later' as 'Event' })).rejects.toMatchObject({
      message: 'InvocationType must be one of RequestResponse, Event, DryRun, got: Later',
    });
  });

  test('the end of the log is not sent', async () => {
    await expect(send({ LogType: 'Tail' })).rejects.toMatchObject({ $metadata: { httpStatusCode: 501 }, message: expect.stringContaining('LogType Tail') });
  });
});

describe('GetFunctionConfiguration', () => {
  const get = async (FunctionName: string) => fixture.worker.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));

  test('tells what the template says', async () => {
    fixture.allow('lambda:GetFunctionConfiguration', ARN);
    expect(await get('orders')).toMatchObject({
      FunctionName: 'orders', FunctionArn: ARN, Version: '$LATEST', Timeout: 30, MemorySize: 256, Runtime: 'nodejs24.x',
      Role: 'arn:aws:iam::123456789012:role/Orders', Environment: { Variables: { QUEUE_URL: 'http://queue' } }, State: 'Active', LoggingConfig: { LogGroup: '/aws/lambda/orders' },
    });
  });

  test('of a version or alias, and without an environment where there is none', async () => {
    fixture.allow('lambda:GetFunctionConfiguration', `${ARN}:live`);
    const configuration = await get('orders:live');
    expect(configuration).toMatchObject({ FunctionArn: `${ARN}:live`, Version: '7' });
    expect(configuration.Environment).toBeUndefined();
  });

  test('takes its permission', async () => {
    await expect(get('orders')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('fails for a function that does not exist', async () => {
    fixture.allow('lambda:*');
    await expect(get('gone')).rejects.toMatchObject({ name: 'ResourceNotFoundException', message: expect.stringContaining('Function not found') });
  });
});

describe('GetPolicy', () => {
  const get = async (FunctionName: string) => fixture.worker.lambda.send(new GetPolicyCommand({ FunctionName }));
  const Statement = [{ Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'lambda:InvokeFunction', Resource: ARN }] as const;

  test('tells who may invoke a function', async () => {
    fixture.account.resourcePolicies.set(ARN, { Version: '2012-10-17', Statement });
    fixture.allow('lambda:GetPolicy', ARN);
    const { Policy } = await get('orders');
    expect(JSON.parse(Policy!)).toEqual({ Version: '2012-10-17', Id: 'default', Statement });
    fixture.account.resourcePolicies.delete(ARN);
  });

  test('takes its permission', async () => {
    await expect(get('orders')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('fails for a function that nobody was given a permission on', async () => {
    fixture.allow('lambda:GetPolicy');
    await expect(get('orders')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('event source mappings', () => {
  let mapping: jest.Mocked<StartableMapping>;
  let switched: MappingLifecycle;

  beforeEach(() => {
    mapping = { start: jest.fn(async () => undefined), stop: jest.fn(async () => undefined) };
    const configuration = { UUID, EventSourceMappingArn: MAPPING_ARN, EventSourceArn: QUEUE, FunctionArn: ARN, BatchSize: 1 };
    switched = new MappingLifecycle(configuration, mapping, new Clock(1_000), false);
    fixture.account.mappings.set(UUID, switched);
  });

  const get = async () => fixture.worker.lambda.send(new GetEventSourceMappingCommand({ UUID }));
  const update = async (Enabled?: boolean) => fixture.worker.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
  const list = async (input: ListEventSourceMappingsCommandInput) => (
    fixture.worker.lambda.send(new ListEventSourceMappingsCommand(input))
  );

  test('a mapping is enabled in steps, and disabled again', async () => {
    fixture.allow(['lambda:UpdateEventSourceMapping', 'lambda:GetEventSourceMapping'], MAPPING_ARN);
    const before = Date.now();
    expect(await update(true)).toMatchObject({ UUID, State: 'Enabling', FunctionArn: ARN, EventSourceArn: QUEUE, BatchSize: 1 });
    await switched.settled();
    const enabled = await get();
    expect(enabled).toMatchObject({ UUID, EventSourceMappingArn: MAPPING_ARN, State: 'Enabled', StateTransitionReason: 'USER_INITIATED' });
    expect(Math.abs(enabled.LastModified!.getTime() - before)).toBeLessThan(10_000);
    expect(mapping.start).toHaveBeenCalledTimes(1);

    expect(await update(false)).toMatchObject({ State: 'Disabling' });
    await switched.settled();
    expect(await get()).toMatchObject({ State: 'Disabled' });
    expect(mapping.stop).toHaveBeenCalledTimes(1);
  });

  test('a mapping in transition cannot be changed', async () => {
    fixture.allow('lambda:*');
    let started!: () => void;
    mapping.start.mockReturnValueOnce(new Promise((resolve) => (started = resolve)));
    await update(true);
    await expect(update(false)).rejects.toMatchObject({
      name: 'ResourceInUseException', message: 'Cannot update the event source mapping because it is in use.',
    });
    expect(() => switched.setEnabled(false)).toThrow(`mapping ${UUID} is Enabling: wait until that ends`);
    started();
    await switched.settled();
    expect(switched.state).toBe('Enabled');
  });

  test('a change to what it is already, or to nothing, changes nothing', async () => {
    fixture.allow('lambda:*');
    expect(await update(false)).toMatchObject({ State: 'Disabled' });
    expect(await update()).toMatchObject({ State: 'Disabled' });
    expect(mapping.stop).not.toHaveBeenCalled();
  });

  test('an updated mapping shows its new settings at once, and Updating until it uses them', async () => {
    fixture.allow('lambda:*');
    await update(true);
    await switched.settled();
    let applied!: () => void;
    const applying = new Promise<void>((resolve) => (applied = resolve));
    switched.update({ configuration: { ...switched.configuration, BatchSize: 7 }, enabled: true, apply: async () => applying });
    expect(await get()).toMatchObject({ State: 'Updating', BatchSize: 7 });
    await expect(update(false)).rejects.toMatchObject({ name: 'ResourceInUseException' });
    applied();
    await switched.settled();
    expect(await get()).toMatchObject({ State: 'Enabled', BatchSize: 7 });
    expect([mapping.start.mock.calls.length, mapping.stop.mock.calls.length]).toEqual([1, 0]);
  });

  test('a mapping whose update fails keeps its settings and its state', async () => {
    fixture.allow('lambda:*');
    const failing = async () => Promise.reject(new Error('no such destination'));
    switched.update({ configuration: { ...switched.configuration, BatchSize: 7 }, enabled: false, apply: failing });
    await switched.settled();
    expect(await get()).toMatchObject({ State: 'Disabled', BatchSize: 1, StateTransitionReason: 'no such destination' });
  });

  test('a mapping that cannot be started is off, and says why', async () => {
    fixture.allow('lambda:*');
    mapping.start.mockRejectedValueOnce(new Error('the queue is gone'));
    await update(true);
    await switched.settled();
    expect(await get()).toMatchObject({ State: 'Disabled', StateTransitionReason: 'the queue is gone' });
    await update(true);
    await switched.settled();
    expect(await get()).toMatchObject({ State: 'Enabled', StateTransitionReason: 'USER_INITIATED' });
  });

  test('a mapping on a stream says how its last batch went, one on a queue does not', async () => {
    fixture.allow('lambda:*');
    expect(await get()).not.toHaveProperty('LastProcessingResult');
    const EventSourceArn = 'arn:aws:kinesis:us-east-1:123456789012:stream/orders';
    const onStream = new MappingLifecycle({ ...switched.configuration, EventSourceArn }, { ...mapping, lastProcessingResult: 'OK' }, new Clock(), true);
    fixture.account.mappings.set(UUID, onStream);
    expect(await get()).toMatchObject({ State: 'Enabled', StateTransitionReason: 'User action', LastProcessingResult: 'OK' });
  });

  test('a mapping that is closed on its way does not start any more', async () => {
    switched = new MappingLifecycle(switched.configuration, mapping, new Clock(), false);
    switched.setEnabled(true);
    await switched.close();
    expect(mapping.start).not.toHaveBeenCalled();
    expect(mapping.stop).toHaveBeenCalledTimes(1);
  });

  test('anything but the switch is refused', async () => {
    fixture.allow('lambda:*');
    const command = new UpdateEventSourceMappingCommand({ UUID, BatchSize: 5 });
    await expect(fixture.worker.lambda.send(command)).rejects.toMatchObject({ message: expect.stringContaining('got: BatchSize') });
  });

  test('an unknown mapping is not found', async () => {
    fixture.allow('lambda:*');
    fixture.account.mappings.clear();
    await expect(get()).rejects.toMatchObject({
      name: 'ResourceNotFoundException', message: 'The resource you requested does not exist.', $metadata: { httpStatusCode: 404 },
    });
  });

  test('each action takes its permission', async () => {
    for (const call of [get, update, async () => list({})]) await expect(call()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect(fixture.account.decisions.map(({ action, resource }) => [action, resource])).toEqual([
      ['lambda:GetEventSourceMapping', MAPPING_ARN], ['lambda:UpdateEventSourceMapping', MAPPING_ARN], ['lambda:ListEventSourceMappings', '*'],
    ]);
  });

  test('all mappings of the region are listed in pages, with their destinations', async () => {
    fixture.allow('lambda:ListEventSourceMappings');
    const DestinationConfig = { OnFailure: { Destination: 'arn:aws:sns:us-east-1:123456789012:failures' } };
    for (const id of ['second', 'third']) {
      const configuration = { ...switched.configuration, UUID: id, EventSourceArn: `${QUEUE}-${id}`, DestinationConfig };
      fixture.account.mappings.set(id, new MappingLifecycle(configuration, mapping, new Clock(), true));
    }
    const found = [];
    const pages = paginateListEventSourceMappings({ client: fixture.worker.lambda, pageSize: 2 }, {});
    for await (const page of pages) found.push(page.EventSourceMappings!);
    expect(found).toMatchObject([[{ UUID }, { UUID: 'second', DestinationConfig }], [{ UUID: 'third', DestinationConfig }]]);
    expect(fixture.account.decisions.map(({ action, resource }) => [action, resource])).toEqual(Array(2).fill(['lambda:ListEventSourceMappings', '*']));
  });

  test('mappings are listed by source, by function, and in pages', async () => {
    fixture.allow('lambda:ListEventSourceMappings');
    const other = { ...switched.configuration, UUID: 'other', EventSourceArn: `${QUEUE}-other`, FunctionArn: `${ARN}-other` };
    fixture.account.mappings.set('other', new MappingLifecycle(other, mapping, new Clock(), true));
    const ids = async (input: Parameters<typeof list>[0]) => (await list(input)).EventSourceMappings!.map((it) => it.UUID);
    expect(await ids({})).toEqual([UUID, 'other']);
    expect(await ids({ EventSourceArn: QUEUE })).toEqual([UUID]);
    expect(await ids({ FunctionName: 'orders-other' })).toEqual(['other']);
    expect(await ids({ FunctionName: 'orders-other', EventSourceArn: QUEUE })).toEqual([]);
    const first = await list({ MaxItems: 1 });
    expect(first.EventSourceMappings).toHaveLength(1);
    const second = await list({ MaxItems: 1, Marker: first.NextMarker });
    expect(second.EventSourceMappings).toMatchObject([{ UUID: 'other', State: 'Enabled' }]);
    expect(second.NextMarker).toBeUndefined();
  });
});

test('an operation that the gateway does not know is refused', async () => {
  fixture.allow('lambda:*');
  await expect(fixture.worker.lambda.send(new ListFunctionsCommand({}))).rejects.toMatchObject({
    message: expect.stringContaining('does not know this request of Lambda (GET /2015-03-31/functions'), $metadata: { httpStatusCode: 501 },
  });
});
