import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, ListQueuesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { Clients } from '../../local/deploy/clients';
import { giveUp } from './give-up';
import { describeNeedsMinistack, Ministack, REGION } from './ministack';
import { runAssertions } from './run-assertions';
import { synthesizeTest } from './synthesized-test';

/** The tests with hydration. README.md says what is known of the others. */
const TESTS = ['kinesis-processor', 'existing-mapping', 'dynamo-processor', 'redrive-function'];

/** As long as a mapping that honored its settings would take, and then some: ministack calls a function again after a second. */
const GIVE_UP_MILLIS = 5_000;

describeNeedsMinistack('the integration tests pass on ministack, with the failure records that it does not send', () => {
  let ministack: Ministack;
  let clients: Clients;
  let lambda: LambdaClient;
  const assemblies = mkdtempSync(join(tmpdir(), 'cdk-stream-dlq-integ-'));

  beforeAll(async () => {
    ministack = await Ministack.start();
    const { endpoint } = ministack;
    const services = ['kinesis', 'sqs', 'sns', 's3', 'dynamodb', 'lambda'] as const;
    const endpoints = Object.fromEntries(services.map((service) => [service, endpoint]));
    clients = new Clients(endpoints as never, REGION);
    lambda = new LambdaClient({ region: REGION, endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  });

  afterAll(async () => {
    clients?.destroy();
    lambda?.destroy();
    await ministack?.stop();
    rmSync(assemblies, { recursive: true, force: true });
  });

  test.each(TESTS)('%s', async (name) => {
    const outdir = join(assemblies, name);
    const synthesized = await synthesizeTest(name, outdir);
    const { stackName } = synthesized.stack;
    const outputs = await ministack.deploy(stackName, outdir);
    const { environment } = ministack;
    let givenUp = 0;

    await runAssertions(synthesized, {
      outputs,
      environment,
      afterCall: async (api) => {
        if (!api.startsWith('put')) return;
        await sleep(GIVE_UP_MILLIS);
        // Once it sends failure records itself, this fails, and `giveUp` can go.
        expect(await messagesInQueues(clients.sqs)).toBe(0);
        givenUp += await giveUp(clients, lambda);
      },
    });
    expect(givenUp).toBe(1);
    await ministack.destroy(stackName, outdir);
  });
});

/** Of all queues. */
async function messagesInQueues(sqs: SQSClient): Promise<number> {
  const { QueueUrls: urls = [] } = await sqs.send(new ListQueuesCommand({}));
  const counts = await Promise.all(urls.map(async (QueueUrl) => {
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }));
    return Number(Attributes!.ApproximateNumberOfMessages);
  }));
  return counts.reduce((sum, count) => sum + count, 0);
}
