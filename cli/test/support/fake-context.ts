import type { Clients, Context, GlobalOptions } from '../../context';
import { TerminalOutput } from '../../output/terminal-output';
import { memoryStreams, type MemoryStreams } from './memory-streams';

interface FakeContextOptions extends Partial<GlobalOptions> {
  readonly command: string;
  readonly clients: Clients;
  readonly dlq?: Context['dlq'];
  readonly streams?: MemoryStreams;
}

/** A context on streams that keep what is written. */
export function fakeContext(given: FakeContextOptions): { context: Context; streams: MemoryStreams } {
  const { command, clients, dlq, streams = memoryStreams(), ...globals } = given;
  const [stopped, aborted] = [new AbortController().signal, new AbortController().signal];
  const options = { json: false, ...globals };
  const output = new TerminalOutput(streams, { command, json: options.json, color: false, env: {}, stopped });
  const noDlq = () => Promise.reject(new Error('no queue is asked for'));
  return { context: { options, clients, output, stopped, aborted, dlq: dlq ?? noDlq }, streams };
}
