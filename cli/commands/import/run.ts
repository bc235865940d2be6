import { Audit } from '../../audit/audit';
import type { CommandModule, Context } from '../../context';
import { errorIn } from '../../dead-letters/preview';
import { printResults } from '../../dead-letters/results';
import { ExitCode } from '../../exit-code';
import { count, ofWhich } from '../../output/text';
import { chosenQueue } from '../../queue/chosen-queue';
import type { ChangeOptions } from '../options';
import { IMPORT_WORDS, importCounts, type LinesToSend, linesToSend, sendLines } from './send-lines';

export interface ImportOptions extends ChangeOptions {
  readonly undeliverables: boolean;
  readonly parked: boolean;
  readonly dryRun: boolean;
  readonly concurrency: number;
}

export const run: CommandModule<ImportOptions>['run'] = async (context, [path], options) => {
  const { output, stopped } = context;
  const dlq = await context.dlq();
  const queue = await chosenQueue(await context.clients.sqs(), dlq, options);
  const { queueUrl } = queue;
  const sending = await linesToSend(path, dlq, queue);
  const { journal, lines, open } = sending;
  // An interrupted "discard" has noted those that it left where they were.
  const done = `, ${ofWhich(lines - open, lines)} went to ${queueUrl} before or never left it, as ${journal.file} says: delete that file to send all`;
  output.note(`${path} has ${count(lines, 'message')}${lines > open ? done : ''}.`);
  if (options.dryRun || open === 0 || stopped.aborted || !(options.yes || (await output.confirm(`Send ${count(open, 'message')} to ${queueUrl}?`)))) {
    output.line(options.dryRun ? `Dry run: ${count(open, 'message')} would be sent to ${queueUrl}.` : open === 0 ? 'Nothing to send.' : 'Nothing was sent.');
    output.json({ file: path, queueUrl, dryRun: options.dryRun, messages: lines, open });
    if (stopped.aborted) return ExitCode.INTERRUPTED;
    return options.dryRun || open === 0 ? ExitCode.DONE : ExitCode.LEFT;
  }
  return importLines(context, sending, options);
};

async function importLines(context: Context, sending: LinesToSend, { concurrency, auditLog }: ImportOptions): Promise<ExitCode> {
  const { output, stopped } = context;
  const { path, dlq, queue: { queueUrl }, lines, open } = sending;
  const audit = await Audit.open(context, { command: 'import', dlq, queueUrl, file: auditLog });
  try {
    const tally = importCounts();
    let failure: { readonly error: unknown } | undefined;
    await sendLines(context, sending, { audit, concurrency, tally }).catch((error: unknown) => {
      failure = { error };
    });
    printResults(tally, IMPORT_WORDS, output);
    if (stopped.aborted) output.line('Interrupted: run the same command again to continue.');
    output.line(`Recorded in ${audit.file}.`);
    const error = errorIn(failure);
    output.json({ file: path, queueUrl, dryRun: false, messages: lines, open, ...tally.report, interrupted: stopped.aborted, error });
    if (failure) throw failure.error;
    if (stopped.aborted) return ExitCode.INTERRUPTED;
    return tally.count('failed') === 0 ? ExitCode.DONE : ExitCode.LEFT;
  } finally {
    await audit.close();
  }
}
