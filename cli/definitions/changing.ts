import { Option } from 'commander';
import { repeated, wholeNumber } from './parse';

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
  new Option('--audit-log <file>', 'where to note what was done (default: audit.jsonl in $XDG_STATE_HOME/cdk-stream-dlq, or ~/.local/state/cdk-stream-dlq)'),
];

export const takingOptions = (): Option[] => [
  new Option('-f, --filter <key=value...>', 'only those that match: status, function, condition, shard, id, since, until; of one key any value, of several all')
    .argParser(repeated)
    .default([], 'all'),
  ...changingOptions(),
  new Option('--visibility-timeout <seconds>', 'after which messages come back if the tool is killed, 30 to 43200')
    .argParser(wholeNumber(30, 43_200))
    .default(120),
  new Option('--count-receives', 'go on although the queue has a RedrivePolicy, by which SQS moves messages that were received too often').default(false),
];
