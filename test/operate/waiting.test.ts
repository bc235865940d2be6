import { setTimeout as sleep } from 'node:timers/promises';
import { PublishCommand } from '@aws-sdk/client-sns';
import { OperatorSession } from './operator-session';

const ORDERS = ['--stack', 'Orders'];

describe('failure records that wait', () => {
  let stage: OperatorSession;

  beforeAll(async () => {
    stage = await OperatorSession.start('Orders');
  });

  afterAll(async () => stage?.stop());

  /** Turns the mapping of the hydrate function on the intake queue on or off. */
  async function hydrate(isOn: boolean): Promise<void> {
    const mapping = [...stage.cloud.account.mappings.values()].find(({ configuration }) => configuration.EventSourceArn.includes('IntakeQueue'))!;
    mapping.setEnabled(isOn);
    while (mapping.inTransition) await sleep(20);
  }

  it('are counted for who may only look, until they are dead letters or undeliverables', async () => {
    await hydrate(false);
    const topic = [...stage.pipeline.stacks[0].resources.values()].find(({ type }) => type === 'AWS::SNS::Topic')!;
    for (const Message of ['first', 'second', 'third']) await stage.cloud.clients.sns.send(new PublishCommand({ TopicArn: topic.physicalId, Message }));
    const tool = stage.toolAs('Orders', 'ReaderArn');
    const waiting = async () => (await tool.json('ls', ...ORDERS)).document.waiting;
    while ((await waiting()).failureRecords < 3) await sleep(50);
    expect(await tool.run('ls', ...ORDERS)).toMatchObject({
      exitCode: 0, stdout: expect.stringContaining('  about 3 failure records wait in the intake queue: their dead letters are still to come\n'),
    });
    const queues = await tool.run('queues', ...ORDERS);
    expect([queues.exitCode, queues.stdout.split('\n')[0]]).toEqual([0, expect.stringMatching(/DEAD LETTERS {2}FAILURE RECORDS {2}/)]);
    expect(stage.cloud.account.denials.filter(({ action }) => action.startsWith('sqs:'))).toEqual([]);

    await hydrate(true);
    await stage.pipeline.settle();
    expect(await waiting()).toEqual({ failureRecords: 0, undeliverables: 3 });
    const { stdout } = await tool.run('ls', ...ORDERS);
    expect(stdout).toContain('  about 3 events could not become a dead letter:\n    npx stream-dlq ls --undeliverables --stack Orders\n');
  }, 120_000);
});
