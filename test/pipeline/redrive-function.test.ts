import { GetEventSourceMappingCommand, LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import { drainMessages } from '../../local/queue-messages';
import { KinesisStreamProcessor, RedriveFunction } from '../../src';
import { Pipeline, type PipelineOptions, processorProps, recordsOf, withoutRoles } from './pipeline';
import { revoke } from './template-permissions';

/** A processor, a RedriveFunction on its dead letters, a log group for what that does, and somebody who may switch it on and no more. */
function define(app: App): KinesisStreamProcessor[] {
  const stack = new Stack(app, 'Test');
  const auditLogGroup = new logs.LogGroup(stack, 'OperatorLog');
  const mapping = { retryAttempts: 0, bisectBatchOnError: false };
  const orders = new KinesisStreamProcessor(stack, 'Orders', { processorProps: processorProps(), auditLogGroup, ...mapping });
  const redrive = new RedriveFunction(stack, 'Redrive', { dlq: orders.dlq, maxAttempts: 1 });
  const operator = new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() });
  redrive.grantOperatorRemoteRedrive(operator);
  new CfnOutput(stack, 'ParkingQueueUrl', { value: redrive.parkingQueue.queueUrl });
  new CfnOutput(stack, 'RedriveFunctionName', { value: redrive.function.functionName });
  new CfnOutput(stack, 'RedriveFunctionArn', { value: redrive.function.functionArn });
  new CfnOutput(stack, 'AuditLogGroup', { value: auditLogGroup.logGroupName });
  new CfnOutput(stack, 'OperatorArn', { value: operator.roleArn });
  return [orders];
}

let pipeline: Pipeline;
let outputs: Record<string, string>;

async function start(options: Partial<PipelineOptions> = {}): Promise<void> {
  pipeline = await Pipeline.start({ define, ...options });
  outputs = pipeline.stacks[0].outputs as Record<string, string>;
}

afterEach(async () => pipeline?.stop());

/** By the credentials of the operator: what was not granted is refused. */
async function switchOn(): Promise<void> {
  const { account, gateway } = pipeline.cloud;
  const credentials = account.credentialsFor(outputs.OperatorArn);
  const lambda = new LambdaClient({ region: account.region, credentials, endpoint: gateway.endpoint });
  const { EventSourceMappings: [{ UUID }] = [{}] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: outputs.RedriveFunctionName }),
  );
  expect((await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State).toBe('Disabled');
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
  lambda.destroy();
  await pipeline.settle();
}

const parked = async () => drainMessages(pipeline.cloud.clients.sqs, outputs.ParkingQueueUrl);

/** Fails, and leaves what became of it to a change before it is back in the queue. */
async function failedAs(change: (letter: string) => string): Promise<DeadLetter> {
  await pipeline.publish([{ key: 'a', data: 'throw' }, { key: 'b', data: 'throw' }]);
  await pipeline.settle();
  const [{ Body, MessageAttributes }] = await pipeline.deadLetterMessages();
  const body = change(Body!);
  const { queueUrl: QueueUrl } = pipeline.processors[0];
  await pipeline.cloud.clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body, MessageAttributes }));
  return JSON.parse(body) as DeadLetter;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** What is in the log group for that, all of it by the function. */
function audited(): object[] {
  const { applicationMessages } = pipeline.cloud.account.logGroups.get(outputs.AuditLogGroup)!;
  const lines = applicationMessages.map((message) => JSON.parse(message) as Record<string, unknown>);
  return lines.map(({ time, caller, command, queue, ...rest }) => {
    expect([caller, command, queue]).toEqual([outputs.RedriveFunctionArn, 'RedriveFunction', pipeline.processors[0].queueUrl]);
    expect(new Date(time as string).toISOString()).toBe(time);
    return rest;
  });
}

const processorOf = ({ requestContext }: DeadLetter) => requestContext.functionArn;
const ids = ({ hydration: { deadLetterId, recoveredRecords: records } }: DeadLetter) => ({ messageId: expect.any(String), deadLetterId, records });

describe('a RedriveFunction', () => {
  beforeEach(async () => start());

  it('does nothing until it is switched on', async () => {
    await pipeline.publish([{ key: 'a', data: 'throw' }]);
    await pipeline.settle();

    expect(await parked()).toEqual([]);
    expect(await pipeline.deadLetters()).toHaveLength(1);
    expect(audited()).toEqual([]);
  });

  it('sends a dead letter to its processor, which takes it now', async () => {
    const letter = await failedAs((body) => body.replaceAll(base64('throw'), base64('mended')));
    await switchOn();

    expect(withoutRoles(pipeline.received.at(-1)!)).toEqual(letter.payload);
    expect(await pipeline.deadLetters()).toEqual([]);
    expect(await parked()).toEqual([]);
    expect(audited()).toEqual([{ ...ids(letter), result: 'sent', to: processorOf(letter) }]);
    expect(pipeline.cloud.account.denials).toEqual([]);
  });

  it('parks what fails again, with the reason, and otherwise as it was', async () => {
    const letter = await failedAs((body) => body);
    await switchOn();

    const [message, ...more] = await parked();
    const { redrive, ...body } = JSON.parse(message.Body!) as DeadLetter;
    expect(body).toEqual(letter);
    expect(redrive).toEqual({ attempts: 1, lastError: { name: 'Error', message: 'a record says throw', at: expect.any(String), to: processorOf(letter) } });
    expect(message.MessageAttributes!.reason.StringValue).toBe('Error: a record says throw');
    expect(message.MessageAttributes!.deadLetterId.StringValue).toBe(letter.hydration.deadLetterId);
    expect(more).toEqual([]);
    expect(audited()).toEqual([
      { ...ids(letter), result: 'failed', to: processorOf(letter), reason: 'Error' },
      { ...ids(letter), result: 'parked', to: outputs.ParkingQueueUrl, reason: 'Error' },
    ]);
    expect(await pipeline.deadLetters()).toEqual([]);
    expect(pipeline.cloud.account.denials).toEqual([]);
  });

  it('parks the rest of what is processed in part', async () => {
    let records = 0;
    const letter = await failedAs((body) => body.replaceAll(base64('throw'), () => base64(records++ === 0 ? 'mended' : 'report')));
    await switchOn();

    const [message, ...more] = await parked();
    const rest = JSON.parse(message.Body!) as DeadLetter;
    expect(recordsOf(rest)).toEqual(recordsOf(letter).slice(1));
    expect(rest.hydration).toMatchObject({ status: 'COMPLETE', expectedRecords: 1, recoveredRecords: 1 });
    expect(more).toEqual([]);
    expect(audited()).toEqual([
      { ...ids(letter), result: 'partly sent', records: 1, to: processorOf(letter), reason: 'BatchItemFailures' },
      { ...ids(rest), result: 'parked', to: outputs.ParkingQueueUrl, reason: 'BatchItemFailures' },
    ]);
    expect(await pipeline.deadLetters()).toEqual([]);
    expect(pipeline.cloud.account.denials).toEqual([]);
  });
});

describe('a RedriveFunction that may not write what it did', () => {
  it.each(['logs:CreateLogStream', 'logs:PutLogEvents'])('%s: it sends dead letters all the same, and says so in its own log', async (action) => {
    await start({ edit: (template) => revoke(template, 'RedriveRole', `${action} on OperatorLog`) });
    const letter = await failedAs((body) => body.replaceAll(base64('throw'), base64('mended')));
    await switchOn();

    expect(withoutRoles(pipeline.received.at(-1)!)).toEqual(letter.payload);
    expect(await pipeline.deadLetters()).toEqual([]);
    expect(audited()).toEqual([]);
    expect(pipeline.cloud.account.denials).toMatchObject([{ action }]);
    const own = [...pipeline.cloud.account.logGroups.values()].flatMap(({ applicationMessages }) => applicationMessages).filter((message) => message.includes('audit line not written'));
    expect(own.map((message) => JSON.parse(message) as object)).toMatchObject([
      { error: expect.stringContaining(action), line: { ...ids(letter), result: 'sent', to: processorOf(letter), caller: outputs.RedriveFunctionArn } },
    ]);
  });
});
