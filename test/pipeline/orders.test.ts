import { PassThrough } from 'node:stream';
import { Progress } from '../../local/demo/progress';
import { runDemo } from '../../local/demo/run-demo';
import { drainMessages } from '../../local/queue-messages';
import { Tool } from '../operate/tool';

describe('examples/typescript/orders on this machine', () => {
  it('keeps every poison order as a complete dead letter, and processes all others', async () => {
    const progress = new Progress(new PassThrough().resume() as unknown as NodeJS.WriteStream);
    const result = await runDemo(progress, new AbortController().signal, async ({ deadLetters }, { cloud, stack }) => {
      const tool = new Tool(cloud.operator());
      try {
        const { exitCode, document } = await tool.json('ls', '--stack', stack.stackName);
        expect([exitCode, document.matched]).toEqual([0, deadLetters.length]);
      } finally {
        tool.remove();
      }
      expect(await drainMessages(cloud.clients.sqs, stack.outputs.UndeliverableQueueUrl)).toEqual([]);
    });
    expect(result.reckoning).toMatchObject({ published: 480, poison: 6, processed: 474, deadLettered: 6, lost: [], foreign: [], balanced: true });
    expect(new Set(result.deadLetters.map(({ hydration }) => hydration.status))).toEqual(new Set(['COMPLETE']));
    expect(result.iam.denied).toEqual([]);
    const alarms = Object.fromEntries(result.alarms.map(({ name, ...status }) => [/(\w+)Alarm\w+-\w+$/.exec(name)![1], status]));
    expect(alarms).toEqual({
      OrdersDlqDeadLetters: { state: 'ALARM', value: 6, condition: '>= 1' },
      OrdersDlqHydrateOldestFailureRecord: { state: 'OK', condition: '>= 2700' },
      OrdersDlqUndeliverables: { state: 'OK', value: 0, condition: '>= 1' },
      [Object.keys(alarms).find((name) => name.endsWith('DestinationDeliveryFailures'))!]: { state: 'OK', condition: '>= 1' },
    });
  });
});
