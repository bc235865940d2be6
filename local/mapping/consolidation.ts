import { GivenUp } from './failure-record';
import { StreamRecord } from './stream-reader';

/**
 * How the failed pieces of a batch become failure records when the batch ends. AWS documents that Lambda can merge them. A recording shows
 * adjacent pieces as one failure record (theburningmonk/hydrate-kinesis-dlq, examples/kinesis-sns-message.json). Other pieces are not
 * recorded, so readers of failure records must accept all modes: `none`, `adjacent`, and `all` (one range with good records in it).
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
