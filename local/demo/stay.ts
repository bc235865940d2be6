import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import colors from 'picocolors';
import type { LambdaFunction } from '../functions/lambda-function';
import type { Stage } from './run-demo';

const FIXED = resolve(__dirname, 'fixed-processor');

/** Keeps what the demo has brought up until the signal, and does what is typed meanwhile. */
export async function stay(stage: Stage, signal: AbortSignal, input: Readable, output: Writable): Promise<void> {
  const processor = processorOf(stage);
  const commands: Readonly<Record<string, () => Promise<string>>> = {
    fix: async () => {
      await processor.updateCode(FIXED);
      return 'The processor is deployed with its fix: an order that makes no sense is set aside, and the rest of its batch goes on.';
    },
    break: async () => {
      await processor.updateCode(processor.spec.codeDirectory);
      return 'The processor is what it was: an order that makes no sense fails its batch.';
    },
  };
  output.write(invitation(stage));
  const lines = createInterface({ input });
  lines.on('line', (line) => {
    const typed = line.trim();
    if (typed === '') return;
    const command = Object.hasOwn(commands, typed) ? commands[typed] : async () => `Type fix or break, or press Ctrl-C; got: ${typed}`;
    void command().then((answer) => output.write(`${answer}\n`));
  });
  if (!signal.aborted) await once(signal, 'abort');
  lines.close();
}

/** The one that the stream's mapping calls. */
function processorOf({ stack }: Stage): LambdaFunction {
  const [{ spec }] = stack.mappings.values();
  return [...stack.functions.values()].find(({ functionArn }) => functionArn === spec.functionArn)!;
}

function invitation({ cloud, stack }: Stage): string {
  const tool = (command: string) => `  npx stream-dlq ${command} --stack ${stack.stackName}`;
  return [
    '',
    colors.bold('5  Your turn'),
    '',
    'All of it stays up until Ctrl-C. In another terminal, in this directory:',
    '',
    ...Object.entries(cloud.operator().environment).map(([name, value]) => `  export ${name}=${value}`),
    '',
    tool('queues'),
    `${tool('ls')}          # with the IDs for show`,
    tool('show ID'),
    `${tool('redrive')}     # the processor is still broken: nothing is lost`,
    '',
    `Then type ${colors.bold('fix')} here, which deploys the processor with its fix (${colors.bold('break')} takes it back), and once more:`,
    '',
    tool('redrive --limit 1'),
    tool('redrive'),
    '',
    '',
  ].join('\n');
}
