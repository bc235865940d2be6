/** What `redrive --check` says of a record. */
export const Verdict = {
  /** The item is as the record left it. */
  MATCHES_NEW: 'matches-new',
  /** The item is as it was before the record. */
  MATCHES_OLD: 'matches-old',
  /** The item is neither: it changed since. */
  DIFFERS: 'differs',
  /** The record does not say how it left the item: the stream has no images of that. */
  UNKNOWN: 'unknown',
  /** No dead letter that waits in the queue has a later record of the same partition key. */
  NEWEST: 'newest',
  /** A dead letter that waits in the queue has a later record of the same partition key. */
  NEWER_WAITS: 'newer-waits',
} as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** Records by verdict: only those that there are. */
export type VerdictCounts = Readonly<Partial<Record<Verdict, number>>>;

export function countVerdicts(verdicts: readonly Verdict[]): VerdictCounts {
  const counts: Partial<Record<Verdict, number>> = {};
  for (const verdict of Object.values(Verdict)) {
    const number = verdicts.filter((it) => it === verdict).length;
    if (number > 0) counts[verdict] = number;
  }
  return counts;
}

export function sumVerdicts(one: VerdictCounts = {}, other: VerdictCounts = {}): VerdictCounts {
  const sums = Object.values(Verdict).map((verdict) => [verdict, (one[verdict] ?? 0) + (other[verdict] ?? 0)] as const);
  return Object.fromEntries(sums.filter(([, number]) => number > 0));
}

/** As in `3 matches-new, 1 differs`. */
export function verdictsText(counts: VerdictCounts): string {
  return Object.entries(counts).map(([verdict, number]) => `${number.toLocaleString('en-US')} ${verdict}`).join(', ');
}

/** The others are on records of Kinesis streams. */
const ON_TABLES: readonly Verdict[] = [Verdict.MATCHES_NEW, Verdict.MATCHES_OLD, Verdict.DIFFERS, Verdict.UNKNOWN];

/** Those of some verdicts that none of the checked records can have, as they are of another kind of stream. */
export function verdictsOfOtherStreams(verdicts: readonly Verdict[], checked: VerdictCounts): readonly Verdict[] {
  const found = Object.keys(checked) as Verdict[];
  const isOnTable = (verdict: Verdict): boolean => ON_TABLES.includes(verdict);
  return found.length === 0 ? [] : verdicts.filter((verdict) => found.every((it) => isOnTable(it) !== isOnTable(verdict)));
}
