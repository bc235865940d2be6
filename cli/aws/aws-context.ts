import { CliError } from '../cli-error';
import type { Context, GlobalOptions, NamedQueue } from '../context';
import { ExitCode } from '../exit-code';
import type { Output } from '../output/output';
import { awsClients } from './clients';
import { regionOf } from './queue-name';

export interface ContextSettings {
  readonly globals: GlobalOptions;
  readonly output: Output;
  readonly stopped: AbortSignal;
  readonly aborted: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
  readonly version: string;
}

/** The context of a command that works with AWS. @throws CliError where options contradict each other */
export function awsContext({ globals, output, stopped, aborted, env, version }: ContextSettings): Context {
  const { region, profile, endpointUrl, queue, stack } = globals;
  const own = regionOf(globals);
  if (region !== undefined && own !== undefined && region !== own) {
    throw new CliError(`--region must be that of the queue: ${queue ?? stack} is in ${own}, got ${region}`);
  }
  const clients = awsClients({ region: region ?? own, profile, endpointUrl, version, env, ...(output.canAsk && { mfaCode }) });
  let found: ReturnType<Context['dlq']> | undefined;
  return {
    options: globals,
    clients,
    output,
    stopped,
    aborted,
    dlq: (named) => (named ? find(named) : (found ??= find(globals))),
  };

  async function mfaCode(device: string): Promise<string> {
    const code = await output.askText(`MFA code of ${device}:`);
    if (code) return code;
    throw new CliError(`no MFA code of ${device} was given`, ExitCode.REFUSED);
  }

  async function find(named: NamedQueue): ReturnType<Context['dlq']> {
    const other = regionOf(named, named.prefix);
    const used = other === undefined || other === own ? other : await (await clients.sqs()).config.region();
    if (other !== used) throw new CliError(`--${named.prefix ?? ''}queue must be in the region of the command: ${named.queue ?? named.stack} is in ${other}, got ${used}`);
    const { findDlq } = await import('./find-dlq.js');
    return findDlq(clients, { ...globals, queue: undefined, stack: undefined, ...named, note: (text) => output.note(text), signal: aborted });
  }
}
