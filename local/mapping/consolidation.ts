import { GivenUp } from './failure-record';
import { StreamRecord } from './stream-port';

/**
 * How the failed pieces of one original batch become failure records, at its end. Lambda says that it may merge them. Pieces that lie
 * next to each other were seen as one failure record (theburningmonk/hydrate-kinesis-dlq, examples/kinesis-sns-message.json). What comes
 * of others is not known, so that a reader of failure records has to stand all three: `none`, `adjacent` and `all` (one range, good
 * records between).
 */
export type ConsolidateFailures = 'none' | 'adjacent' | 'all';

export function consolidate(
  pieces: readonly GivenUp[],
  batch: readonly StreamRecord[],
  mode: ConsolidateFailures,
): readonly GivenUp[] {
  if (mode === 'none') return pieces;
  const merged: GivenUp[] = [];
  for (const piece of pieces) {
    const mate = merged.findIndex((other) => sameKind(other, piece) && (mode === 'all' || follows(other, piece, batch)));
    if (mate === -1) merged.push(piece);
    else merged[mate] = merge(merged[mate], piece);
  }
  return merged;
}

function sameKind(a: GivenUp, b: GivenUp): boolean {
  return a.condition === b.condition && (a.responseContext === undefined) === (b.responseContext === undefined);
}

function follows(a: GivenUp, b: GivenUp, batch: readonly StreamRecord[]): boolean {
  return batch.indexOf(a.records[a.records.length - 1]) + 1 === batch.indexOf(b.records[0]);
}

function merge(a: GivenUp, b: GivenUp): GivenUp {
  return {
    ...b,
    records: [...a.records, ...b.records],
    approximateInvokeCount: Math.max(a.approximateInvokeCount, b.approximateInvokeCount),
  };
}
