import type { Reason } from '../../lambda/shared/redrive/target';
import type { HydrationStatus } from '../../src/contract';
import { Duplicates } from '../messages/duplicates';
import { NEWER_FORMAT } from '../messages/message-summary';
import { NOT_COUNTED, type RemainingMessages } from '../queue/remaining-messages';
import type { FoundDeadLetter } from './dead-letter-reader';
import type { Selection } from './selection';

/** Messages that a plan looks at: enough to see what is there, few enough not to hide a large queue from others. */
export const MOST_LOOKED_AT = 1_000;

/** What all of one status have in common. */
export interface PlanLine {
  readonly status: HydrationStatus | 'NOT A DEAD LETTER' | 'NEWER FORMAT';
  deadLetters: number;
  records: number;
  /** Where to, with the number of dead letters, where that is not the same for all. */
  readonly to: Record<string, number>;
  /** Why they are left. */
  readonly reason?: Reason;
}

/** What is to be done with a dead letter: left where it is, for a reason, or not. */
export interface Decision {
  readonly to?: string;
  readonly reason?: Reason;
}

/** What one dead letter would meet. */
export interface PlannedDeadLetter extends Decision {
  readonly deadLetter: FoundDeadLetter;
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
  readonly toLeave: number;
  /** Messages among the chosen ones whose dead letter was chosen before: one failure that was noted, or imported, more than once. */
  readonly repeats: number;
  /** Whether everything that was asked for by its id is there, as far as was looked. */
  readonly isFound: boolean;
  readonly lines: readonly PlanLine[];
}

export interface PlanRules<Found extends FoundDeadLetter> {
  readonly limit?: number;
  decide(deadLetter: Found): Decision;
}

/** Looks at dead letters and says what a run would do with them. `unreached` is asked at the end: what there is beside them. */
export async function makePlan<Found extends FoundDeadLetter>(
  deadLetters: AsyncIterable<Found>,
  selection: Selection,
  { limit = Infinity, decide: judge }: PlanRules<Found>,
  unreached: () => Promise<RemainingMessages>,
  onProspect: (prospect: PlannedDeadLetter) => void = () => undefined,
  onLook: () => void = () => undefined,
): Promise<Plan> {
  const lines = new Map<string, PlanLine>();
  const failures = new Duplicates();
  let lookedAt = 0;
  let chosen = 0;
  let toDo = 0;
  let recordsToDo = 0;
  let isCut = false;
  for await (const { item: deadLetter, result: isMeant } of selection.choose(deadLetters)) {
    lookedAt++;
    onLook();
    if (isMeant) {
      const prospect = { deadLetter, ...judge(deadLetter) };
      const isDone = prospect.reason === undefined;
      if (isDone && toDo === limit) break;
      chosen++;
      failures.add(deadLetter);
      const records = deadLetter.summary?.recoveredRecords ?? 0;
      addTo(lines, prospect, records);
      if (isDone) {
        toDo++;
        recordsToDo += records;
      }
      onProspect(prospect);
    }
    if (lookedAt === MOST_LOOKED_AT) {
      isCut = true;
      break;
    }
  }
  const sorted = [...lines.values()].sort((one, other) => other.deadLetters - one.deadLetters);
  const toLeave = sorted.reduce((sum, { reason, deadLetters: count }) => sum + (reason ? count : 0), 0);
  const isFound = selection.notFound.length === 0;
  const { end, inFlight, behind } = isCut ? NOT_COUNTED : await unreached();
  const isAll = end === 'exhausted' && behind === 0;
  return { lookedAt, isAll, inFlight, behind, chosen, toDo, recordsToDo, toLeave, repeats: failures.count, isFound, lines: sorted };
}

function addTo(lines: Map<string, PlanLine>, { deadLetter: { summary, defect }, to, reason }: PlannedDeadLetter, records: number): void {
  const status = summary?.status ?? (defect?.name === NEWER_FORMAT ? 'NEWER FORMAT' : 'NOT A DEAD LETTER');
  const key = `${status} ${reason?.message}`;
  // A function may be called as something that every object has.
  const none = Object.create(null) as Record<string, number>;
  const line = lines.get(key) ?? { status, deadLetters: 0, records: 0, to: none, ...(reason && { reason }) };
  line.deadLetters++;
  line.records += records;
  if (to !== undefined) line.to[to] = (line.to[to] ?? 0) + 1;
  lines.set(key, line);
}
