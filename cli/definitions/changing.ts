import { Option } from 'commander';
import { countReceivesOption, filterOption } from './looking';
import { wholeNumber } from './parse';

/** Options of every command that changes a queue. */
export interface ChangingOptions {
  readonly yes: boolean;
  readonly auditLog?: string;
}

/** Options of commands that take messages from a queue to change it. */
export interface TakingOptions extends ChangingOptions {
  readonly filter: readonly string[];
  readonly visibilityTimeout: number;
  readonly countReceives: boolean;
}

export const changingOptions = (): Option[] => [
  new Option('-y, --yes', 'do it without asking').default(false),
  new Option('--audit-log <file>', 'where to note what was done (default: audit.jsonl in $XDG_STATE_HOME/stream-dlq, or ~/.local/state/stream-dlq)'),
];

export const takingOptions = (): Option[] => [
  filterOption(),
  ...changingOptions(),
  new Option('--visibility-timeout <seconds>', 'after which messages come back if the tool is killed, 30 to 43200')
    .argParser(wholeNumber(30, 43_200))
    .default(120),
  countReceivesOption(),
];
