import { Option } from 'commander';
import { CliError } from '../cli-error';
import { repeated } from './parse';

/** Options of every command that only looks. */
export interface LookingOptions {
  readonly undeliverables: boolean;
  readonly parked: boolean;
  readonly countReceives: boolean;
}

export const lookingOptions = (): Option[] => [
  new Option('--undeliverables', 'of the undeliverable queue instead: what could not become a dead letter').default(false),
  new Option('--parked', 'of the parking queue instead: what the redrive function gave up on').default(false),
  countReceivesOption(),
];

export const countReceivesOption = (): Option =>
  new Option('--count-receives', 'go on although the queue has a RedrivePolicy, by which SQS moves messages that were received too often').default(false);

const FILTER_HELP =
  'only those that match, repeatable: status, function (a name, with any version or alias, or an exact ARN; * for any part of it), condition, ' +
  'shard, id, since, until (when they were sent to the queue); of one key any value, of several all';

/** Given once for each filter, or with commas: one that took all that follows would take ids and files for filters. */
export const filterOption = (): Option =>
  new Option('-f, --filter <key=value>', FILTER_HELP)
    .argParser(repeated)
    .default([], 'all');

/** @throws CliError */
export function checkLooking({ undeliverables, parked }: LookingOptions): void {
  if (undeliverables && parked) {
    throw new CliError('--undeliverables cannot go with --parked: they are two queues. Look at one after the other.');
  }
}

export const LOOKING = 'Nothing is removed: messages are hidden from others for as long as it takes, half a minute at a time, and given back. It counts as a receive.';

export const LOOKING_NEEDS = 'sqs:GetQueueAttributes, sqs:ReceiveMessage, sqs:ChangeMessageVisibility';
