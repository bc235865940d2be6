import type { Reason } from '../../lambda/shared/redrive/target';
import type { HydrationStatus } from '../../src/contract';
import { sumVerdicts, type VerdictCounts } from '../check/verdict';
import { Duplicates } from '../messages/duplicates';
import { NEWER_FORMAT } from '../messages/message-summary';
import { NOT_COUNTED, type RemainingMessages } from '../queue/remaining-messages';
import type { FoundDeadLetter } from './dead-letter-reader';
import type { Selection } from './selection';

/** Messages that a plan looks at: enough to see what is there, few enough not to hide a large queue from others. */
export const MOST_LOOKED_AT = 1_000;

/** What all of one status have in common. */
export interface PlanLine {
  readonly status: HydrationStatus | 'NOT A DEAD LETTER' | 'NEWER FORMAT' | 'NATIVE';
  deadLetters: number;
  records: number;
  /** Of the records, those to be sent, where only some are. */
  chosenRecords?: number;
  /** Where to, with the number of dead letters, where that is not the same for all. */
  readonly to: Record<string, number>;
  /** Why they are left. */
  readonly reason?: Reason;
}

/** What is to be done with a dead letter: left where it is, for a reason, or not. */
export interface Decision {
  readonly to?: string;
  readonly reason?: Reason;
  /** Records to be sent, where not all are. */
  readonly chosenRecords?: number;
  /** What `--check` found, by the number of records. */
  readonly verdicts?: VerdictCounts;
  /** Other dead letters that wait, and have a later record of one of its partition keys. */
  readonly newerWaiting?: number;
}

/** A decision that depends on what else there is: the rest of it is known when all was looked at. */
export type LateDecision = Decision & { atEnd?(): Decision };

/** What one dead letter would meet. Without its body: there may be many. */
export interface PlannedDeadLetter extends Decision {
  readonly deadLetter: Pick<FoundDeadLetter, 'messageId' | 'summary' | 'defect' | 'native'>;
}

/** What a run would do, as far as was looked. */
export interface Plan {
  readonly lookedAt: number;
  /** Whether there is nothing beyond that could be reached now. */
  readonly isAll: boolean;
  /** Messages that somebody else has, about. */
  readonly inFlight: number;
  /** Messages of a FIFO queue behind others of their group, about. */
  readonly behind: number;
  readonly chosen: number;
  readonly toDo: number;
  readonly recordsToDo: number;
  /** Records of what is to be done, by the verdict of `--check`. */
  readonly verdicts?: VerdictCounts;
  readonly toLeave: number;
  /** Messages among the chosen ones whose dead letter was chosen before: one failure that was noted, or imported, more than once. */
  readonly repeats: number;
  /** Whether everything that was asked for by its id is there, as far as was looked. */
  readonly isFound: boolean;
  readonly lines: readonly PlanLine[];
}

export interface PlanRules<Found extends FoundDeadLetter> {
  readonly limit?: number;
  /** Whether what is not chosen is passed over, however much it is: looking at a file hides nothing from anybody. */
  readonly passesOver?: boolean;
  decide(deadLetter: Found): LateDecision | Promise<LateDecision>;
  /** Sees what is looked at beside the chosen dead letters. */
  beside?(deadLetter: Found): Promise<void>;
}

/** Looks at dead letters and says what a run would do with them. `unreached` is asked at the end: what there is beside them. */
export async function makePlan<Found extends FoundDeadLetter>(
  deadLetters: AsyncIterable<Found>,
  selection: Selection,
  { limit = Infinity, passesOver = false, decide: judge, beside }: PlanRules<Found>,
  unreached: () => Promise<RemainingMessages>,
  onProspect: (prospect: PlannedDeadLetter) => void = () => undefined,
  onLook: () => void = () => undefined,
): Promise<Plan> {
  const lines = new Map<string, PlanLine>();
  const failures = new Duplicates();
  let lookedAt = 0;
  const planned: (PlannedDeadLetter & LateDecision)[] = [];
  let toDo = 0;
  let isCut = false;
  for await (const { item: deadLetter, result: isMeant } of selection.choose(deadLetters)) {
    lookedAt++;
    onLook();
    if (isMeant) {
      const { messageId, summary, defect, native } = deadLetter;
      const prospect = { deadLetter: { messageId, summary, defect, native }, ...(await judge(deadLetter)) };
      if (prospect.reason === undefined && toDo === limit) break;
      if (prospect.reason === undefined) toDo++;
      failures.add(deadLetter);
      planned.push(prospect);
    } else {
      await beside?.(deadLetter);
    }
    if ((passesOver ? planned.length : lookedAt) === MOST_LOOKED_AT) {
      isCut = true;
      break;
    }
  }
  const totals = { toDo: 0, recordsToDo: 0, verdicts: undefined as VerdictCounts | undefined };
  for (const { atEnd, ...early } of planned) {
    const prospect = { ...early, ...atEnd?.() };
    addTo(lines, prospect);
    onProspect(prospect);
    if (prospect.verdicts) totals.verdicts = sumVerdicts(totals.verdicts, prospect.verdicts);
    if (prospect.reason) continue;
    totals.toDo++;
    totals.recordsToDo += prospect.chosenRecords ?? recordsOf(prospect);
  }
  const sorted = [...lines.values()].sort((one, other) => other.deadLetters - one.deadLetters);
  const toLeave = sorted.reduce((sum, { reason, deadLetters: count }) => sum + (reason ? count : 0), 0);
  const isFound = selection.notFound.length === 0;
  const { end, inFlight, behind } = isCut ? NOT_COUNTED : await unreached();
  const isAll = end === 'exhausted' && behind === 0;
  return { lookedAt, isAll, inFlight, behind, chosen: planned.length, ...totals, toLeave, repeats: failures.count, isFound, lines: sorted };
}

function addTo(lines: Map<string, PlanLine>, prospect: PlannedDeadLetter): void {
  const { deadLetter: { summary, defect, native }, to, reason, chosenRecords } = prospect;
  const status = summary?.status ?? (native ? 'NATIVE' : defect?.name === NEWER_FORMAT ? 'NEWER FORMAT' : 'NOT A DEAD LETTER');
  const key = `${status} ${reason?.message}`;
  // A function may be called as something that every object has.
  const none = Object.create(null) as Record<string, number>;
  const line = lines.get(key) ?? { status, deadLetters: 0, records: 0, to: none, ...(reason && { reason }) };
  line.deadLetters++;
  if (chosenRecords !== undefined) line.chosenRecords = (line.chosenRecords ?? line.records) + chosenRecords;
  else if (line.chosenRecords !== undefined) line.chosenRecords += recordsOf(prospect);
  line.records += recordsOf(prospect);
  if (to !== undefined) line.to[to] = (line.to[to] ?? 0) + 1;
  lines.set(key, line);
}

function recordsOf({ deadLetter: { summary } }: PlannedDeadLetter): number {
  return summary?.recoveredRecords ?? 0;
}
