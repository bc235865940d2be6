import { Argument, Option } from 'commander';
import { CliError } from '../../cli-error';
import type { CommandDefinition } from '../../command-definition';
import { checkOneQueue, chosenBy, noFromOption, takeOptions, wholeNumber } from '../options';
import type { DiscardOptions } from './run';

export const discard: CommandDefinition<DiscardOptions> = {
  name: 'discard',
  summary: 'delete dead letters, after an export, with a reason',
  description: [
    'Writes dead letters to a file, as "export" does, and deletes them from the queue when the file is complete on the disk. "import" puts ' +
      'them back; use the same --undeliverables or --parked option there.',
    'You have to say which messages to discard: with ids, --filter, --where, --group, or --all.',
  ].join('\n\n'),
  arguments: [new Argument('[id...]', 'ids of dead letters or messages, or at least the first 4 characters')],
  options: [
    new Option('--reason <text>', 'required: why, for the audit log').makeOptionMandatory(),
    new Option('--all', 'discard all messages of the queue').default(false),
    new Option('--pick', 'discard only the records that match --where: the others stay, as a smaller dead letter').default(false),
    new Option('--undeliverables', 'use the undeliverable queue').default(false),
    new Option('--parked', 'use the parking queue').default(false),
    new Option('-l, --limit <count>', 'discard this many messages at most').argParser(wholeNumber(1)),
    new Option('--export <file>', 'file to write the messages to; .gz: compressed (default: discarded-<time>.jsonl.gz in this directory)'),
    new Option('--no-export', 'write no file: asks a second question, which --yes does not answer'),
    new Option('--yes-for-good', 'answer the second question of --no-export with yes').default(false),
    ...takeOptions(),
    noFromOption('discard deletes from a queue. The file is yours: delete its lines with any program, or delete the file.'),
  ],
  examples: [
    { command: 'discard 3f2a --stack Orders --reason "test order, ticket 4711"', does: 'one dead letter' },
    { command: 'discard --stack Orders --filter status=EXPIRED --reason "restored from the source"', does: 'all dead letters without data' },
  ],
  needs: 'sqs:ReceiveMessage, sqs:ChangeMessageVisibility, sqs:DeleteMessage; s3:GetObject for dead letters over the limit of the queue; with --pick sqs:SendMessage',
  check(ids, options) {
    checkOneQueue(options);
    if (options.pick && options.where === undefined) {
      throw new CliError('--pick needs --where: it picks the records that match. Add --where EXPRESSION.');
    }
    const chosen = [...(ids.length > 0 ? ['ids'] : []), ...chosenBy(options)];
    if (chosen.length === 0 && !options.all) {
      throw new CliError('discard must know which messages to delete: give ids, --filter, --where, --group, or --all for all messages of the queue.');
    }
    if (options.all && chosen.length > 0) {
      throw new CliError(`--all cannot be used with ${chosen[0]}: it means all messages of the queue. Leave one of them out.`);
    }
    if (options.reason.trim() === '') throw new CliError('--reason must say why, got: an empty text.');
  },
  load: () => import('./run.js'),
};
