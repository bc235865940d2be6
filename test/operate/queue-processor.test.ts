import * as lambda from 'aws-cdk-lib/aws-lambda';
import { QueuePipeline } from '../pipeline/queue-pipeline';
import { shortPolls } from './short-polls';
import { Tool } from './tool';

/** As docs/processors.md says: the error is logged with the message ID. */
const PROCESSOR = `exports.handler = async ({ Records }) => {
  for (const { messageId, body } of Records) console.error(messageId, new RangeError('number must not be ' + JSON.parse(body).number));
  return { batchItemFailures: Records.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};`;

test('the tool finds the dead letters of a QueueProcessor by its stack, says why they failed, and sends them back', async () => {
  const processorProps = { runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler', code: lambda.Code.fromInline(PROCESSOR) };
  const pipeline = await QueuePipeline.start({ processorProps });
  pipeline.cloud.gateway.use(shortPolls);
  const tool = new Tool(pipeline.cloud.operator());
  const dlq = () => pipeline.waiting(pipeline.outputs.DeadLetterQueueUrl);
  try {
    await pipeline.send([{ number: 1 }, { number: 2 }]);
    await pipeline.settle();
    expect((await tool.json('queues')).document).toMatchObject({ queues: [{ stack: 'Test', visible: 2 }] });
    const { document: { groups } } = await tool.json('ls', '--stack', 'Test', '--by', 'error');
    expect(groups).toMatchObject([{ error: { type: 'RangeError' }, deadLetters: 2 }]);
    expect(await tool.run('redrive', '--stack', 'Test', '--yes')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('SQS moved about 2 messages.') });
    await pipeline.settle();
    expect(await dlq()).toEqual([2, 0]);
  } finally {
    tool.remove();
    await pipeline.stop();
  }
}, 120_000);
