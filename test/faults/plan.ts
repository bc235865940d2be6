import { Chance } from './chance';
import type { Fault } from './fault';

/** One request of the function, as a plan looks at it. */
export interface Ask {
  readonly action: string;
  /** What it is about, said in a way that is the same in every run. */
  readonly subject: string;
  /** From 1: how often the action was asked for. */
  readonly nth: number;
  /** From 1: how often it was asked for about this subject. */
  readonly nthOfSubject: number;
}

/** What goes wrong with which request. */
export type Plan = (ask: Ask) => Fault | undefined;

export const nothing: Plan = () => undefined;

export interface Planned {
  readonly action: string;
  /** Default: every one. */
  readonly nth?: number;
  readonly fault: Fault;
}

/** A plan that says it call by call. */
export function byList(...list: readonly Planned[]): Plan {
  return (ask) => list.find(({ action, nth }) => action === ask.action && (nth === undefined || nth === ask.nth))?.fault;
}

export interface Odds {
  /** How likely each fault is for one request of an action. */
  readonly requests: Readonly<Record<string, readonly (readonly [probability: number, fault: Fault])[]>>;
  /** Refusals that last: how likely one is for a subject, and for how many requests at most it goes on. */
  readonly spells: Readonly<Record<string, readonly (readonly [probability: number, atMost: number, fault: Fault])[]>>;
}

/** A plan by chance: the same seed gives the same fault to the same request about the same subject, in whatever order they come. */
export function byChance(chance: Chance, { requests, spells }: Odds): Plan {
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
