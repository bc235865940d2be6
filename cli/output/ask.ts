import { createInterface } from 'node:readline';
import { CliError } from '../cli-error';
import { printableText } from './printable';
import type { Streams } from './streams';

/** Asks a question that is answered with yes or no, on the terminal. No answer, the end of the input and Ctrl-C are a no. */
export async function ask(question: string, { stdin, stderr }: Streams, stopped: AbortSignal): Promise<boolean> {
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new CliError('there is no terminal to ask on: give --yes to go on without being asked');
  }
  if (stopped.aborted) return false;
  stderr.write(`${printableText(question)} [y/N] `);
  // Not as a terminal: readline would take Ctrl-C for itself.
  const lines = createInterface({ input: stdin, terminal: false });
  try {
    return await new Promise<boolean>((resolve) => {
      lines.once('line', (line) => resolve(/^y(es)?$/i.test(line.trim())));
      const without = (): void => {
        stderr.write('\n');
        resolve(false);
      };
      lines.once('close', without);
      stopped.addEventListener('abort', without, { once: true });
    });
  } finally {
    lines.removeAllListeners('close');
    lines.close();
    // A stream that is read keeps the process alive.
    stdin.pause();
  }
}
