import { GetEventSourceMappingCommand, LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { DeadLetter } from '../../lambda/dead-letter';
import { drainQueue } from '../../local/queue-contents';
import { KinesisStreamProcessor, RedriveFunction } from '../../src';
import { Pipeline, processorProps, recordsOf } from './pipeline';

/** A processor, a RedriveFunction on its dead letters, and somebody who may switch that on and no more. */
function define(app: App): KinesisStreamProcessor[] {
  const stack = new Stack(app, 'Test');
  const orders = new KinesisStreamProcessor(stack, 'Orders', { processorProps: processorProps(), retryAttempts: 0, bisectBatchOnError: false });
  const redrive = new RedriveFunction(stack, 'Redrive', { dlq: orders.dlq, maxAttempts: 1 });
  const operator = new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() });
  redrive.grantOperate(operator);
  new CfnOutput(stack, 'ParkingQueueUrl', { value: redrive.parkingQueue.queueUrl });
  new CfnOutput(stack, 'RedriveFunctionName', { value: redrive.function.functionName });
  new CfnOutput(stack, 'OperatorArn', { value: operator.roleArn });
  return [orders];
}

describe('a RedriveFunction', () => {
  let pipeline: Pipeline;
  let outputs: Record<string, string>;

  beforeEach(async () => {
    pipeline = await Pipeline.start({ define });
    outputs = pipeline.stacks[0].outputs as Record<string, string>;
  });
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

  const parked = async () => drainQueue(pipeline.cloud.clients.sqs, outputs.ParkingQueueUrl);

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

  it('does nothing until it is switched on', async () => {
    await pipeline.publish([{ key: 'a', data: 'throw' }]);
    await pipeline.settle();

    expect(await parked()).toEqual([]);
    expect(await pipeline.deadLetters()).toHaveLength(1);
  });

  it('sends a dead letter to its processor, which takes it now', async () => {
    const letter = await failedAs((body) => body.replaceAll(base64('throw'), base64('mended')));
    await switchOn();

    expect(pipeline.received.at(-1)).toEqual(letter.payload);
    expect(await pipeline.deadLetters()).toEqual([]);
    expect(await parked()).toEqual([]);
    expect(pipeline.cloud.account.denials).toEqual([]);
  });

  it('parks what fails again, as it was, with the reason', async () => {
    const letter = await failedAs((body) => body);
    await switchOn();

    const [message, ...more] = await parked();
    expect(JSON.parse(message.Body!)).toEqual(letter);
    expect(message.MessageAttributes!.reason.StringValue).toBe('Error: a record says throw');
    expect(message.MessageAttributes!.deadLetterId.StringValue).toBe(letter.hydration.deadLetterId);
    expect(more).toEqual([]);
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
    expect(await pipeline.deadLetters()).toEqual([]);
    expect(pipeline.cloud.account.denials).toEqual([]);
  });
});
