import { Argument, Option } from 'commander';
import { CliError } from '../../cli-error';
import type { CommandDefinition } from '../../command-definition';
import { checkOneQueue, chooseOptions, noFromOption, PEEK, PEEK_NEEDS, peekOptions, wholeNumber } from '../options';
import type { ExportOptions } from './run';

/** Instead of a file. */
const STDOUT = '-';

// `export` is a word of the language.
export const exportDeadLetters: CommandDefinition<ExportOptions> = {
  name: 'export',
  summary: 'write dead letters to a file or to stdout, as JSON Lines',
  description: [
    'Writes dead letters to a file or to stdout, one line of JSON each, including bodies that are in S3. "import" and "redrive --from" read the ' +
      'file. Import an export of --undeliverables or --parked with the same option.',
    'The file gets its name when it is complete. Only its owner can read it.',
    PEEK,
  ].join('\n\n'),
  arguments: [new Argument('[file]', `file to write; .gz: compressed; ${STDOUT}: stdout`).default(STDOUT, 'stdout')],
  options: [
    new Option('-l, --limit <count>', 'write this many messages at most').argParser(wholeNumber(1)),
    ...chooseOptions(),
    new Option('--force', 'replace the file if it exists').default(false),
    ...peekOptions(),
    noFromOption('export reads a queue. The file is an export, and yours: copy it, or take lines out of it with any program.'),
  ],
  examples: [
    { command: 'export dead-letters.jsonl.gz --stack Orders', does: 'all dead letters, compressed' },
    { command: "export --stack Orders --filter since=2h | jq -r '.body | fromjson | .requestContext.condition'", does: 'for another program' },
    { command: 'export --stack Orders --undeliverables evidence.jsonl', does: 'events that could not become a dead letter' },
  ],
  needs: `${PEEK_NEEDS}; s3:GetObject for dead letters over the limit of the queue`,
  check([file], options) {
    checkOneQueue(options);
    if (options.force && (file ?? STDOUT) === STDOUT) throw new CliError('--force needs the name of a file: name one, or leave --force out.');
  },
  load: () => import('./run.js'),
};
