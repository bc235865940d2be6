import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Where the tool keeps what it did, by the XDG Base Directory Specification: a relative path counts as none. */
export function stateFolder(environment = process.env): string {
  const { XDG_STATE_HOME: given } = environment;
  const state = given !== undefined && isAbsolute(given) ? given : join(homedir(), '.local', 'state');
  return join(state, 'stream-dlq');
}
