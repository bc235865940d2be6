import { inconsistencyOf } from '../../../lambda/shared/dead-letter/dead-letter-message';
import { parseJson } from '../../../lambda/shared/dead-letter/failure-record';
import { LostBodyError } from '../../../lambda/shared/dead-letter/object-reader';
import { pointerIn } from '../../../lambda/shared/dead-letter/pointer';
import type { Context } from '../../context';
import { readBody } from '../../dead-letters/bodies';
import { coverageOf } from '../../dead-letters/coverage';
import { type ChooseOptions, Criteria } from '../../dead-letters/criteria';
import { RereadBodies } from '../../dead-letters/reread-bodies';
import { bodyReader } from '../../dead-letters/storage';
import { ExitCode } from '../../exit-code';
import { ExportFile } from '../../file/export-file';
import { type ExportedMessage, exportedMessage } from '../../file/exported-message';
import type { MessageInfo } from '../../messages/message-info';
import { newerMessages, newerText } from '../../messages/newer-format';
import { candidateOf, seenMessages } from '../../messages/seen-messages';
import { count } from '../../output/text';
import { chosenQueue } from '../../queue/chosen-queue';
import { peekQueue } from '../../queue/peek';
import { NOT_COUNTED, type RemainingMessages } from '../../queue/remaining-messages';
import type { PeekOptions } from '../options';

export interface ExportOptions extends PeekOptions, ChooseOptions {
  readonly limit?: number;
  readonly force: boolean;
}

/** Instead of a file. */
const STDOUT = '-';

/** Where lines go: to a file that gets its name at the end, or to stdout. */
type Target = Pick<ExportFile, 'write' | 'commit' | 'discard'>;

export async function run(context: Context, [path = STDOUT]: readonly string[], options: ExportOptions): Promise<ExitCode> {
  const { output, clients, aborted, stopped } = context;
  const criteria = await Criteria.parse(context, options);
  const queue = await chosenQueue(await clients.sqs(), await context.dlq(), options);
  criteria.refuseFor(queue);
  const target = path === STDOUT ? stdoutOf(context) : await ExportFile.create(path, options);

  const objects = criteria.readsBodies ? new RereadBodies(bodyReader(clients)) : bodyReader(clients);
  const lost: { messageId: string; reason: string }[] = [];
  const newer: MessageInfo[] = [];
  let written = 0;
  let isWhole = false;
  const progress = output.progress('exporting', queue.messages.visible);
  let unreached: RemainingMessages = NOT_COUNTED;
  const looking = peekQueue(context, queue, { countReceives: options.countReceives }, async (sweep, ask) => {
    for await (const { item: { message, seen }, result: isChosen } of criteria.choose(seenMessages(sweep, queue), (it) => candidateOf(it, objects))) {
      progress.add();
      if (seen.newerFormat) newer.push(seen);
      if (seen.newerFormat || !isChosen) continue;
      try {
        const body = await readBody(message, objects, aborted);
        // Chosen by attributes that its body does not bear out, it is not what was asked for.
        const defect = criteria.readsAttributes ? inconsistencyOf(message, parseJson(body)) : undefined;
        if (defect === undefined) {
          await target.write(exportedMessage(message, queue.queueUrl, body, pointerIn(message)));
          written++;
        } else {
          lost.push({ messageId: message.MessageId!, reason: `${defect}; without --filter by its attributes it is exported all the same` });
        }
      } catch (error) {
        if (!(error instanceof LostBodyError)) throw error;
        lost.push({ messageId: message.MessageId!, reason: error.message });
      }
      if (written === options.limit) break;
    }
    if (!stopped.aborted) unreached = await ask();
  }).finally(() => progress.stop());

  try {
    const looked = await looking;
    // Half an export that has the name of a whole one is worse than none.
    if (stopped.aborted) await target.discard();
    else await target.commit();
    for (const { messageId, reason } of lost) output.warn(`message ${messageId} is not in the export: ${reason}`);
    for (const note of criteria.notes) output.warn(note);
    const newerFormats = newerMessages(newer);
    for (const each of newerFormats) output.warn(`not in the export: ${newerText(each)}`);
    const shortfall = coverageOf({ selection: { isComplete: false }, begun: written, limit: options.limit, unreached });
    for (const note of shortfall.notes) output.warn(note);
    isWhole = lost.length === 0 && newer.length === 0 && criteria.unreadCount === 0 && shortfall.notes.length === 0;
    const what = count(written, queue.content.slice(0, -1));
    if (stopped.aborted) output.note(`stopped after ${what}${path === STDOUT ? '' : `: ${path} was not written`}`);
    else output.note(`${what} written${path === STDOUT ? '' : ` to ${path}`}; ${written === 1 ? 'it is' : 'all are'} in the queue still`);
    if (path !== STDOUT) {
      const { messages, more } = looked;
      const { inFlight, behind, exhausted } = shortfall.report;
      const reached = { looked: messages, aboutMore: more, inFlight, behind, exhausted };
      const missing = { lost, ...(newer.length > 0 && { newerFormats }) };
      output.json({ queueUrl: queue.queueUrl, content: queue.content, file: path, written, ...reached, ...missing });
    }
  } catch (error) {
    await target.discard();
    throw error;
  }
  if (stopped.aborted) return ExitCode.INTERRUPTED;
  return isWhole ? ExitCode.DONE : ExitCode.LEFT;
}

function stdoutOf({ output }: Context): Target {
  return {
    write: (line: ExportedMessage) => output.write(`${JSON.stringify(line)}\n`),
    commit: async () => undefined,
    discard: async () => undefined,
  };
}
