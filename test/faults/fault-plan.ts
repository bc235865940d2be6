import type { Fault } from './fault';
import { SeededRandom } from './seeded-random';

/** One request of the function. */
export interface PlannedRequest {
  readonly action: string;
  /** Identifies what the request is about. The same in every run. */
  readonly subject: string;
  /** Number of this request among the requests with its action, from 1. */
  readonly nth: number;
  /** Number of this request among those with its action and subject, from 1. */
  readonly nthOfSubject: number;
}

/** Returns the fault of a request, if it has one. */
export type FaultPlan = (ask: PlannedRequest) => Fault | undefined;

export const noFaults: FaultPlan = () => undefined;

export interface PlannedFault {
  readonly action: string;
  /** Default: every request. */
  readonly nth?: number;
  readonly fault: Fault;
}

/** A plan that lists faults by action and number. */
export function listedFaults(...list: readonly PlannedFault[]): FaultPlan {
  return (ask) => list.find(({ action, nth }) => action === ask.action && (nth === undefined || nth === ask.nth))?.fault;
}

export interface FaultRates {
  /** Probability of each fault for one request, by action. */
  readonly requests: Readonly<Record<string, readonly (readonly [probability: number, fault: Fault])[]>>;
  /** Faults that last: their probability for a subject, and for how many requests they last at most. */
  readonly outages: Readonly<Record<string, readonly (readonly [probability: number, atMost: number, fault: Fault])[]>>;
}

/** A random plan. The same seed gives the same faults, in any order of the requests. */
export function randomFaults(chance: SeededRandom, { requests, outages: spells }: FaultRates): FaultPlan {
  return ({ action, subject, nthOfSubject }) => {
    for (const [probability, atMost, fault] of spells[action] ?? []) {
      const drawnFor = ['spell', action, fault.name, subject];
      const lasts = chance.number(...drawnFor) < probability ? chance.integer(1, atMost, ...drawnFor, 'length') : 0;
      if (nthOfSubject <= lasts) return fault;
    }
    let left = chance.number('request', action, subject, nthOfSubject);
    for (const [probability, fault] of requests[action] ?? []) {
      left -= probability;
      if (left < 0) return fault;
    }
    return undefined;
  };
}
