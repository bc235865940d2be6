import type { Context } from '../../context';
import type { Dlq } from '../../dlq';
import { count } from '../../output/text';
import { type ChosenQueue, chosenQueue } from '../../queue/chosen-queue';
import { peekQueue } from '../../queue/peek';
import { NOT_COUNTED, type RemainingMessages } from '../../queue/remaining-messages';
import { textsInFile } from './failure-files';
import { eachObject } from './failure-objects';
import type { FoundFailures } from './found-failures';
import { objectPrefixIn } from './object-prefix';

/** Where failure records are. */
export interface Source {
  /** URL of the queue, or what --from names. */
  readonly name: string;
  /** Absent with --from. */
  readonly queue?: ChosenQueue & Pick<Dlq, 'auditLogGroup'>;
  /** Adds all that are there. Messages of a queue are visible again afterwards. Returns about how many messages or objects could not be looked at. */
  collect(found: FoundFailures): Promise<number>;
}

export interface SourceOptions {
  readonly from?: string;
  readonly undeliverables: boolean;
  readonly countReceives: boolean;
  /** Whether messages are deleted: on a FIFO queue, those behind them come next. */
  readonly delete: boolean;
}

/** @throws CliError */
export async function sourceOf(context: Context, options: SourceOptions): Promise<Source> {
  const { from, undeliverables, countReceives } = options;
  if (from === undefined) {
    const { queue: named } = context.options;
    // Nothing around the queue is needed, and who has an incident may not be allowed to look for it.
    const dlq = await context.dlq(named !== undefined && !undeliverables ? { queue: named, isAlone: true } : undefined);
    const queue = await chosenQueue(await context.clients.sqs(), dlq, { undeliverables, parked: false });
    return {
      name: queue.queueUrl,
      queue: { ...queue, auditLogGroup: dlq.auditLogGroup },
      collect: async (found) => collectMessages(context, queue, { countReceives, goesOn: options.delete }, found),
    };
  }
  return {
    name: from,
    collect: async (found) => {
      const location = objectPrefixIn(from);
      if (location) return eachObject(context, location, (text) => found.add(text));
      for (const text of await textsInFile(from)) found.add(text);
      return 0;
    },
  };
}

interface LookOptions {
  readonly countReceives: boolean;
  /** Whether what is behind other messages is looked at later. */
  readonly goesOn: boolean;
}

async function collectMessages(context: Context, queue: ChosenQueue, { countReceives, goesOn }: LookOptions, found: FoundFailures): Promise<number> {
  const { output } = context;
  const progress = output.progress('looking', queue.messages.visible);
  const known = found.deadLetterIds.size;
  let rest: RemainingMessages = NOT_COUNTED;
  const { more, isExhausted } = await peekQueue(context, queue, { countReceives }, async (sweep, remaining) => {
    for await (const { MessageId: id = '', Body: text = '', Attributes } of sweep) {
      found.add({ id, text, sentAt: new Date(Number(Attributes?.SentTimestamp ?? 0)) });
      progress.add();
    }
    // There is another look after what was found is deleted.
    if (!queue.isFifo || !goesOn || found.deadLetterIds.size === known) rest = await remaining();
  }).finally(() => progress.stop());
  const { behind } = rest;
  const inFlight = isExhausted ? rest.inFlight : Math.max(rest.inFlight, more);
  const they = inFlight === 1 ? 'it' : 'them';
  if (inFlight > 0) output.note(`about ${count(inFlight, 'message')} could not be looked at: another consumer or a killed run has ${they}; run the same command again later`);
  if (behind > 0 && !goesOn) {
    output.note(`about ${count(behind, 'message')} could not be looked at: a FIFO queue gives them when those before them in their group are deleted, as --delete does`);
  }
  return inFlight + behind;
}
