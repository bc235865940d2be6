import { FunctionTarget } from '../../../local/deploy/function-target';
import type { Runtime } from '../../../local/deploy/runtime';
import type { FunctionSpec } from '../../../local/functions/lambda-function';

test('events that wait count, also those of settings that have changed since', () => {
  const queues: unknown[][] = [];
  const runtime = {
    createFunction: () => ({}),
    createAsyncInvoker: () => {
      const events: unknown[] = [];
      queues.push(events);
      return { enqueue: (event: unknown) => void events.push(event), get pending() { return events.length; } };
    },
  } as unknown as Runtime;
  const target = new FunctionTarget({ functionArn: 'arn', roleArn: 'role' } as FunctionSpec, runtime);

  expect(target.pending).toBe(0);
  target.invokeAsync(1);
  target.configureAsync({ maximumRetryAttempts: 0 });
  target.invokeAsync(2);
  expect(queues).toEqual([[1], [2]]);
  expect(target.pending).toBe(2);
});
