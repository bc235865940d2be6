import { Argument } from 'commander';
import { type CommandDefinition, NAME } from '../../command-definition';

export const completion: CommandDefinition = {
  name: 'completion',
  summary: 'print a script that completes commands and options in your shell',
  description:
    `Prints a script for your shell that completes commands and options of ${NAME} when you press Tab. The script needs \`${NAME}\` on the PATH: ` +
    `install it with \`npm install --global ${NAME}\`. It does not complete \`npx ${NAME}\`.`,
  worksOn: 'nothing',
  arguments: [new Argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish', 'powershell'])],
  options: [],
  examples: [
    { command: 'completion bash >> ~/.bashrc', does: 'bash (needs the package bash-completion)' },
    { command: 'completion zsh >> ~/.zshrc', does: 'zsh' },
    { command: 'completion fish > ~/.config/fish/completions/stream-dlq.fish', does: 'fish' },
  ],
  load: async (commands) => (await import('./run.js')).completion(commands),
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
  load: async (commands) => (await import('./run.js')).complete(commands),
};
