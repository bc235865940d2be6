import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import colors from 'picocolors';
import type { LambdaFunction } from '../functions/lambda-function';
import type { RunningDemo } from './run-demo';

const FIXED = resolve(__dirname, 'fixed-processor');

/** Keeps the demo running until the signal, and runs the commands that the user types. */
export async function keepRunning(stage: RunningDemo, signal: AbortSignal, input: Readable, output: Writable): Promise<void> {
  const processor = processorOf(stage);
  const original = processor.spec;
  const commands: Readonly<Record<string, () => Promise<string>>> = {
    fix: async () => {
      await processor.update({ ...original, codeDirectory: FIXED });
      return 'Deployed the fixed processor. It skips an invalid order and processes the rest of the batch.';
    },
    break: async () => {
      await processor.update(original);
      return 'Deployed the original processor. An invalid order makes its batch fail.';
    },
  };
  output.write(instructions(stage));
  const lines = createInterface({ input });
  lines.on('line', (line) => {
    const typed = line.trim();
    if (typed === '') return;
    const command = Object.hasOwn(commands, typed) ? commands[typed] : async () => `type fix or break, or press Ctrl-C, got: ${typed}`;
    void command().then((answer) => output.write(`${answer}\n`));
  });
  if (!signal.aborted) await once(signal, 'abort');
  lines.close();
}

/** The function of the stream's event source mapping. */
function processorOf({ stack }: RunningDemo): LambdaFunction {
  const [{ spec }] = stack.mappings.values();
  return [...stack.functions.values()].find(({ functionArn }) => functionArn === spec.functionArn)!;
}

function instructions({ cloud, stack }: RunningDemo): string {
  const tool = (command: string) => `  npx stream-dlq ${command} --stack ${stack.stackName}`;
  return [
    '',
    colors.bold('6  Try the operator\'s tool'),
    '',
    'The demo runs until you press Ctrl-C. In another terminal, in this directory, run:',
    '',
    ...Object.entries(cloud.operator().environment).map(([name, value]) => `  export ${name}=${value}`),
    '',
    tool('queues'),
    `${tool('ls')}          # lists the IDs for show`,
    tool('show ID'),
    `${tool('redrive')}     # fails: the processor still has its bug`,
    '',
    `Type ${colors.bold('fix')} here to deploy the fixed processor (${colors.bold('break')} deploys the original). Then run:`,
    '',
    tool('redrive --limit 1'),
    tool('redrive'),
    '',
    '',
  ].join('\n');
}
