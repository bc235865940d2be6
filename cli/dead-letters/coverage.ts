import { count } from '../output/text';
import type { RemainingMessages } from '../queue/remaining-messages';
import type { Plan } from './plan';
import type { Selection } from './selection';

const AGAIN = 'Run it again';

/** What a run was asked for, and how far it came. */
export interface RunProgress {
  /** Absent where none was made. */
  readonly plan?: Pick<Plan, 'toDo'>;
  readonly selection: Pick<Selection, 'isComplete'>;
  /** Messages that it has begun to work on. */
  readonly begun: number;
  readonly limit?: number;
  readonly unreached: RemainingMessages;
  /** What could not be given back, in words. */
  readonly notReleased?: string;
}

/** What keeps a run from being all that was asked for, though nothing failed. */
export interface Coverage {
  readonly notes: readonly string[];
  /** For `--json`. */
  readonly report: {
    readonly inFlight: number;
    readonly behind: number;
    readonly exhausted: boolean;
    readonly missed: number;
    readonly notReleased?: string;
  };
}

/** A run that was not interrupted, and has not given up, is done where this has no notes. */
export function coverageOf({ plan, selection, begun, limit = Infinity, unreached, notReleased }: RunProgress): Coverage {
  const { end, inFlight, behind } = unreached;
  const missed = Math.max(0, Math.min(plan?.toDo ?? 0, limit) - begun);
  const hasAll = selection.isComplete || begun >= limit;
  const notes: string[] = [];
  if (missed > 0) {
    notes.push(`${count(missed, 'message')} of the plan did not come: another consumer has them, or they are still hidden from the first look. ${AGAIN} in a minute.`);
  }
  if (!hasAll && inFlight > 0) {
    notes.push(`About ${count(inFlight, 'message')} in flight were not reached: another consumer has them, or a run that was killed. ${AGAIN} when they are back.`);
  }
  if (!hasAll && behind > 0) {
    notes.push(`About ${count(behind, 'message')} were not reached: a FIFO queue gives them when those before them in their group are gone.`);
  }
  if (end === 'flooded') notes.push(`So many messages came meanwhile that some that were there before may not have been reached. ${AGAIN}.`);
  if (end === 'inFlightLimit') notes.push(`SQS gives out no more while so many messages are in flight. ${AGAIN} for the rest.`);
  return { notes, report: { inFlight, behind, exhausted: end === 'exhausted', missed, notReleased } };
}

/** Whether a look at a queue found that there is nothing to do, and nothing that will be later. */
export function isNothingLeft({ toDo, isAll, inFlight, isFound }: Plan): boolean {
  return toDo === 0 && isAll && inFlight === 0 && isFound;
}

/** Whether a run would find nothing to do now. */
export function isNothingToDo({ toDo, isAll, behind }: Plan): boolean {
  return toDo === 0 && (isAll || behind > 0);
}
