import { HydrationStatus } from '../../src/contract';
import type { DeadLetterReader, FoundDeadLetter } from '../dead-letters/dead-letter-reader';
import type { DeadLetterSource } from '../dead-letters/dead-letter-source';
import { count } from '../output/text';
import type { FilteringMappings } from './filtering-mappings';
import { provenBatch } from './proven-batch';

/** The same dead letters. A SUPERSET of which the failed batch is proven is COMPLETE, and has the records of that batch only. */
export function provenSource<Found extends FoundDeadLetter>(
  source: DeadLetterSource<Found>, mappings: FilteringMappings, aborted: AbortSignal,
): DeadLetterSource<Found> {
  /** Dead letters that were proven as the source was looked at, with the records that did not fail. */
  const proven = new Map<string, number>();
  const withProofs = (reader: DeadLetterReader<Found>) => provenReader(reader, async (found) => {
    const better = await proveFound(found, mappings, aborted);
    if (better) proven.set(found.messageId, found.summary!.recoveredRecords - better.summary!.recoveredRecords);
    return better ?? found;
  });
  return {
    ...source,
    get notes() {
      const others = [...proven.values()].reduce((sum, it) => sum + it, 0);
      return [
        ...source.notes,
        ...(proven.size === 0 ? [] : [
          `${count(proven.size, 'SUPERSET dead letter')} ${proven.size === 1 ? 'is' : 'are'} COMPLETE by proof: as many records pass the filters of the mapping ` +
          `as failed. The other ${count(others, 'record')} never reached the processor, and ${others === 1 ? 'is' : 'are'} not sent.`,
        ]),
        ...mappings.notes,
      ];
    },
    look: () => withProofs(source.look()),
    take: async (options) => withProofs(await source.take(options)),
  };
}

async function proveFound<Found extends FoundDeadLetter>(
  found: Found, mappings: FilteringMappings, aborted: AbortSignal,
): Promise<Found | undefined> {
  const { summary, defect } = found;
  if (summary?.status !== HydrationStatus.SUPERSET || defect) return undefined;
  const mapping = await mappings.between(summary);
  if (!mapping) return undefined;
  // What cannot be read is for the one who sends it.
  const read = await found.read(aborted).catch(() => undefined);
  const proven = read && provenBatch(read, mapping);
  if (!proven) return undefined;
  const { status, expectedRecords, recoveredRecords } = proven.deadLetter;
  const better = { ...summary, status, expectedRecords, recoveredRecords };
  return { ...found, summary: better, provenFrom: summary.status, read: async () => proven.deadLetter };
}

/** All else is the reader's own. */
function provenReader<Found extends FoundDeadLetter>(
  reader: DeadLetterReader<Found>, prove: (found: Found) => Promise<Found>,
): DeadLetterReader<Found> {
  async function* deadLetters(ending: AbortSignal): AsyncGenerator<Found, void, void> {
    for await (const found of reader.deadLetters(ending)) yield prove(found);
  }
  return new Proxy(reader, {
    get(target, name) {
      if (name === 'deadLetters') return deadLetters;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
