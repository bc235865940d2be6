import { InvalidArgumentError, Option } from 'commander';
import { CliError } from '../cli-error';
import type { ChooseOptions } from '../dead-letters/criteria';

/** Options of every command that looks at messages and leaves them in the queue. */
export interface PeekOptions {
  readonly undeliverables: boolean;
  readonly parked: boolean;
  readonly countReceives: boolean;
}

/** Options of every command that changes a queue. */
export interface ChangeOptions {
  readonly yes: boolean;
  readonly auditLog?: string;
}

/** Options of every command that takes messages from a queue to change it. */
export interface TakeOptions extends ChangeOptions, ChooseOptions {
  readonly visibilityTimeout: number;
  readonly countReceives: boolean;
}

export const peekOptions = (): Option[] => [
  new Option('--undeliverables', 'use the undeliverable queue: events that could not become a dead letter').default(false),
  new Option('--parked', 'use the parking queue: messages that the redrive function gave up on').default(false),
  countReceivesOption(),
];

/** For commands that look at a file as at a queue. */
export const fromOption = (): Option =>
  new Option('--from <file>', 'read a file that "rescue", "export" or "discard" wrote, compressed if its name ends in .gz, instead of a queue').conflicts(['queue', 'stack']);

/** For commands that work on queues alone: says what to do with a file. */
export const noFromOption = (what: string): Option =>
  new Option('--from <file>', 'not for this command: it works on a queue').hideHelp().argParser(() => {
    throw new InvalidArgumentError(what);
  });

export const changeOptions = (): Option[] => [
  new Option('-y, --yes', 'do not ask for confirmation').default(false),
  new Option('--audit-log <file>', 'file that records every change (default: stream-dlq/audit.jsonl in $XDG_STATE_HOME or ~/.local/state)'),
];

export const takeOptions = (): Option[] => [
  ...chooseOptions(),
  ...changeOptions(),
  new Option('--visibility-timeout <seconds>', 'if the tool is killed, messages are visible again after this time, 30 to 43200')
    .argParser(wholeNumber(30, 43_200))
    .default(120),
  countReceivesOption(),
];

export const countReceivesOption = (): Option =>
  new Option('--count-receives', 'continue on a queue with a RedrivePolicy, where every receive counts towards maxReceiveCount').default(false);

const FILTER_HELP =
  'only matching messages. Keys: status, function (name or ARN; * matches any characters), condition, shard, id, since and until (when the ' +
  'message was sent). Repeat the option to combine keys: all keys must match, and one value of each key';

/** Given once for each filter, or with commas: one that took all that follows would take ids and files for filters. */
export const filterOption = (): Option => new Option('-f, --filter <key=value>', FILTER_HELP).argParser(repeated).default([], 'all messages');

/** What messages are chosen by, in every command that chooses. */
export const chooseOptions = (): Option[] => [
  filterOption(),
  new Option('-w, --where <expression>', "only dead letters with a record that matches a JMESPath expression, such as \"data.type == 'refund'\""),
  new Option('-g, --group <id>', 'only dead letters that failed for the same reason: a group of "ls --by error", or at least 4 characters of it'),
];

/** The options of those that are given, as the command line has them. */
export const chosenBy = ({ filter, where, group }: ChooseOptions): readonly string[] =>
  [...(filter.length > 0 ? ['--filter'] : []), ...(where === undefined ? [] : ['--where']), ...(group === undefined ? [] : ['--group'])];

export const dryRunOption = (): Option => new Option('-n, --dry-run', 'show what would be done with each message, and change nothing').default(false);

/** For commands that look up why something failed. */
export const noLogsOption = (): Option => new Option('--no-logs', 'do not read the logs of the processors');

export const LOG_NEEDS = 'for the reason logs:FilterLogEvents, logs:GetLogEvents, and lambda:GetFunctionConfiguration of the processor';

/** @throws CliError */
export function checkOneQueue({ undeliverables, parked }: { readonly undeliverables: boolean; readonly parked: boolean }): void {
  if (undeliverables && parked) throw new CliError('--undeliverables cannot be used with --parked: run the command once for each of the two queues.');
}

export const PEEK = 'No message is removed. Each message is hidden from other consumers while it is read, for up to 30 seconds at a time. Reading counts as a receive.';

export const PEEK_NEEDS = 'sqs:GetQueueAttributes, sqs:ReceiveMessage, sqs:ChangeMessageVisibility';

/** Parser of an option that takes a whole number. The message follows commander's own, which names option and value. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => numberWithin(text, /^\d+$/, least, most, 'a whole number');
}

/** Parser of an option that takes any number above zero. */
export function positiveNumber(most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => numberWithin(text, /^\d+(\.\d+)?$/, Number.MIN_VALUE, most, 'a number above 0');
}

function numberWithin(text: string, form: RegExp, least: number, most: number, what: string): number {
  const value = Number(text);
  if (!form.test(text) || value < least || value > most) {
    const bounds = [least > Number.MIN_VALUE ? ` from ${least}` : '', most < Number.MAX_SAFE_INTEGER ? ` up to ${most}` : ''].join('');
    throw new InvalidArgumentError(`It must be ${what}${bounds}.`);
  }
  return value;
}

/** Parser of an option that may be given more than once. */
export function repeated(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** Parser of an option that takes several values between commas, and may be given more than once. */
export function listOf<Value extends string>(values: readonly Value[]): (text: string, before?: readonly Value[]) => readonly Value[] {
  return (text, before = []) => {
    const given = text.split(',').map((part) => part.trim());
    const unknown = given.find((part) => !values.some((value) => value.toUpperCase() === part.toUpperCase()));
    if (unknown !== undefined) throw new InvalidArgumentError(`"${unknown}" is not one of ${values.join(', ')}.`);
    const chosen = new Set(given.map((part) => part.toUpperCase()));
    return [...before, ...values.filter((value) => chosen.has(value.toUpperCase()) && !before.includes(value))];
  };
}
