import { Argument, Option } from 'commander';
import { CliError } from '../cli-error';
import type { CommandDefinition } from '../command-definition';
import { checkLooking, filterOption, LOOKING, LOOKING_NEEDS, lookingOptions, type LookingOptions } from './looking';
import { wholeNumber } from './parse';

export interface ExportOptions extends LookingOptions {
  readonly limit?: number;
  readonly filter: readonly string[];
  readonly force: boolean;
}

/** Instead of a file. */
export const STDOUT = '-';

// `export` is a word of the language.
export const exportLetters: CommandDefinition<ExportOptions> = {
  name: 'export',
  summary: 'write dead letters to a file or stdout, as JSON Lines',
  description: [
    'Writes dead letters, a line of JSON each, to a file or to stdout, with what was in S3. "import" and "redrive --from" read them; what is',
    'written with --undeliverables or --parked, "import" takes with the same option.',
    'The file has another name until it is whole, and only its owner can read it.',
    '',
    LOOKING,
  ].join('\n'),
  arguments: [new Argument('[file]', `where to; compressed where it ends in .gz; ${STDOUT} for stdout`).default(STDOUT, 'stdout')],
  options: [
    new Option('-l, --limit <count>', 'write no more than this').argParser(wholeNumber(1)),
    filterOption(),
    new Option('--force', 'replace the file if it exists').default(false),
    ...lookingOptions(),
  ],
  examples: [
    { command: 'export letters.jsonl.gz --stack Orders', does: 'all of them, compressed' },
    { command: "export --stack Orders --filter since=2h | jq -r '.body | fromjson | .requestContext.condition'", does: 'for another program' },
    { command: 'export --stack Orders --undeliverables evidence.jsonl', does: 'what could not become a dead letter' },
  ],
  needs: `${LOOKING_NEEDS}; s3:GetObject for those over the limit of the queue`,
  check([file], options) {
    checkLooking(options);
    if (options.force && (file ?? STDOUT) === STDOUT) throw new CliError('--force is for a file that exists: name one, or leave it out.');
  },
  load: () => import('../commands/export.js'),
};
