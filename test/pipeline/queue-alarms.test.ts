import { Alarms } from '../../src';
import { messages, QueuePipeline } from './queue-pipeline';

const MINUTES_PER_DAY = 1_440;

let pipeline: QueuePipeline;
afterEach(async () => pipeline?.stop());

/** The states of the alarms after days without a sample and twenty minutes, by the part of the runbook that they link to. */
async function after(days: number): Promise<Record<string, string>> {
  pipeline.cloud.account.metrics.pass(days * MINUTES_PER_DAY);
  const statuses = new Map((await pipeline.cloud.cloudWatch.passMinutes(20)).map((status) => [status.name, status.state]));
  return Object.fromEntries(pipeline.alarms.map(({ physicalId, properties }) => (
    [String(properties.AlarmDescription).split('#').at(-1)!, statuses.get(physicalId)!]
  )));
}

test.each([['standard', false], ['FIFO', true]])('a dead letter of a %s queue that waits and that is old is in ALARM', async (_, fifo) => {
  pipeline = await QueuePipeline.start({ alarms: Alarms.all(), ...(fifo && { queueProps: { fifo } }) });
  const group = fifo ? { group: 'a' } : {};
  await pipeline.send(messages(3, () => group));
  await pipeline.settle();
  expect(await after(0)).toMatchObject({ deadletters: 'OK', oldestdeadletter: 'OK', oldestmessage: 'OK' });

  await pipeline.send([{ number: 3, fail: 'report', ...group }]);
  await pipeline.settle();
  expect(await after(0)).toMatchObject({ deadletters: 'ALARM', oldestdeadletter: 'OK', oldestmessage: 'OK' });
  // Three quarters of what is left of 14 days: after the 4 days of the queue, if it is a standard queue.
  expect(await after(fifo ? 11 : 8)).toMatchObject({ deadletters: 'ALARM', oldestdeadletter: 'ALARM', oldestmessage: 'OK' });
});

test('a message that nothing processes for half of its retention is in ALARM', async () => {
  pipeline = await QueuePipeline.start({ alarms: Alarms.all() }, { reservedConcurrentExecutions: 0 });
  await pipeline.send(messages(60));
  await pipeline.cloud.idle();
  expect(await after(0)).toMatchObject({ deadletters: 'OK', oldestmessage: 'OK' });
  expect(await after(2)).toMatchObject({ deadletters: 'OK', oldestmessage: 'ALARM' });
});
