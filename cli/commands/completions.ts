import type { RootCommand } from '@bomb.sh/tab' with { 'resolution-mode': 'import' };
import { completion } from '../definitions/completion';
import { buildProgram, definitions } from '../program';

/** All that can be completed, from the definitions. */
export async function completions(): Promise<RootCommand> {
  const { default: tab } = await import('@bomb.sh/tab/commander');
  const silent = { version: '', width: undefined, writeOut: () => undefined, writeErr: () => undefined };
  const known = definitions
    .filter(({ name, isHidden }) => name !== completion.name && !isHidden)
    // A shell has a line for each.
    .map((definition) => ({ ...definition, description: definition.summary }));
  // Under the name that it has here, which the adapter adds itself.
  return tab(buildProgram(known, silent), { completionCommandName: completion.name });
}
