import { createInterface } from 'node:readline';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../cli-error';
import { printableText } from './printable';
import type { Streams } from './streams';

/** What was typed before comes at once. */
const DRAIN_MILLIS = 50;
const CTRL_C = '\u0003';

/** Asks a question that is answered with yes or no, on the terminal. No answer, the end of the input and Ctrl-C are a no. */
export async function ask(question: string, streams: Streams, stopped: AbortSignal): Promise<boolean> {
  requireTerminal(streams);
  const { stdin, stderr } = streams;
  if (stopped.aborted) return false;
  const typed = await typedBefore(stdin);
  if (typed.includes(CTRL_C)) return false;
  stderr.write(`${printableText(question)} [y/N] `);
  return /^y(es)?$/i.test((await answer(streams, stopped)) ?? '');
}

/** Asks for a line of text. Undefined at the end of the input and after Ctrl-C. */
export async function askText(question: string, streams: Streams, stopped: AbortSignal): Promise<string | undefined> {
  const { stderr } = streams;
  stderr.write(`${printableText(question)} `);
  return answer(streams, stopped);
}

export function isTerminal({ stdin, stderr }: Streams): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/** @throws CliError where there is no terminal to ask on */
export function requireTerminal(streams: Streams): void {
  if (isTerminal(streams)) return;
  throw new CliError('there is no terminal to ask on: give --yes to go on without being asked');
}

/** Takes what was typed while there was nothing to answer yet: who has not seen the question has not agreed to anything. */
async function typedBefore(stdin: Streams['stdin']): Promise<string> {
  let typed = '';
  const take = (chunk: Buffer | string): void => void (typed += chunk.toString());
  // A terminal keeps back a line that is not ended, unless it hands over every key.
  stdin.setRawMode?.(true);
  stdin.on('data', take).resume();
  try {
    await sleep(DRAIN_MILLIS);
    // On a machine that stood still the time may be over before anything was read: that comes in this turn.
    await turn();
  } finally {
    stdin.off('data', take);
    stdin.pause();
    stdin.setRawMode?.(false);
  }
  return typed;
}

async function answer({ stdin, stderr }: Streams, stopped: AbortSignal): Promise<string | undefined> {
  if (stdin.readableEnded || stopped.aborted) {
    stderr.write('\n');
    return undefined;
  }
  // Not as a terminal: readline would take Ctrl-C for itself.
  const lines = createInterface({ input: stdin, terminal: false });
  try {
    return await new Promise<string | undefined>((resolve) => {
      lines.once('line', (line) => resolve(line.trim()));
      const without = (): void => {
        stderr.write('\n');
        resolve(undefined);
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
