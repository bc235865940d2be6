import { Argument } from 'commander';
import type { CommandDefinition } from '../command-definition';

export const completion: CommandDefinition = {
  name: 'completion',
  summary: 'print what a shell needs to complete commands and options',
  description:
    'Prints a script for the shell that completes commands and options of stream-dlq when you press Tab. It calls `stream-dlq` by ' +
    'that name, which must be on the PATH: `npm install --global stream-dlq`, or `node_modules/.bin` in it. Behind `npx` a shell ' +
    'completes what npx says.',
  worksOn: 'nothing',
  arguments: [new Argument('<shell>', 'the shell you use').choices(['bash', 'zsh', 'fish', 'powershell'])],
  options: [],
  examples: [
    { command: 'completion bash >> ~/.bashrc', does: 'bash (needs the package bash-completion)' },
    { command: 'completion zsh >> ~/.zshrc', does: 'zsh' },
    { command: 'completion fish > ~/.config/fish/completions/stream-dlq.fish', does: 'fish' },
  ],
  load: () => import('../commands/completion.js'),
};

/** What the script calls, with what has been typed so far. */
export const complete: CommandDefinition = {
  name: 'complete',
  summary: 'what could come next, for the script of `completion`',
  isHidden: true,
  worksOn: 'nothing',
  arguments: [new Argument('[words...]', 'what has been typed')],
  options: [],
  examples: [],
  load: () => import('../commands/complete.js'),
};
