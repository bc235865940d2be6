import { median } from '../median';
import type { Contestant, Usage } from './contestant';
import type { TargetKind } from './fake-aws/delivery-tracker';
import type { Report } from './fake-aws/fake-aws';

export interface Run extends Usage, Report {
  readonly contestant: Contestant;
  readonly to: TargetKind;
  readonly deadLetters: number;
}

export interface Comparison {
  readonly to: TargetKind;
  readonly contestants: Readonly<Record<Contestant, Medians>>;
  /** Of the dead letters a second, 1 being as fast as the loop: median, least and greatest of the pairs that ran one after the other. */
  readonly ratio: { readonly median: number; readonly least: number; readonly greatest: number };
}

/** Medians of the runs. */
export interface Medians {
  readonly deadLettersPerSecond: number;
  readonly sendingSeconds: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMebibytes: number;
  readonly calls: Readonly<Record<string, number>>;
}

/** Three times as many dead letters may take this much more memory: a heap is swept now or later. Held bodies would take three times as much. */
const FLAT = 1.5;

/** Peaks by the number of dead letters. */
export interface Peak {
  readonly deadLetters: number;
  readonly peakMebibytes: number;
}

/** Of the runs to one target. */
export function compare(to: TargetKind, runs: readonly Run[]): Comparison {
  const runsOf = (contestant: Contestant) => runs.filter((it) => it.to === to && it.contestant === contestant);
  const figures = (contestant: Contestant): Medians => {
    const those = runsOf(contestant);
    const of = (name: 'sendingSeconds' | 'seconds' | 'cpuSeconds' | 'peakMebibytes') => median(those.map((it) => it[name]));
    return {
      deadLettersPerSecond: those[0].deadLetters / of('sendingSeconds'),
      sendingSeconds: of('sendingSeconds'),
      seconds: of('seconds'),
      cpuSeconds: of('cpuSeconds'),
      peakMebibytes: of('peakMebibytes'),
      calls: those[0].calls,
    };
  };
  const contestants = { 'redrive': figures('redrive'), 'bare loop': figures('bare loop') };
  const loops = runsOf('bare loop');
  const ratios = runsOf('redrive').map(({ sendingSeconds }, pair) => loops[pair].sendingSeconds / sendingSeconds);
  return { to, contestants, ratio: { median: median(ratios), least: Math.min(...ratios), greatest: Math.max(...ratios) } };
}

/** What was not as it must be. */
export function problemsOf({ contestant, to, deadLetters, missing, again, unexpected: strange, deletedTooEarly, remaining, unknown }: Run): string[] {
  const faults = {
    'never arrived': missing,
    'arrived more than once': again,
    'arrived that are of no dead letter': strange,
    'dead letters deleted too early': deletedTooEarly,
    'messages left in the queue': remaining,
    'unknown requests': unknown.length,
  };
  return Object.entries(faults)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${contestant}, ${deadLetters} dead letters to the ${to}: ${count} ${what} ${unknown.join(', ')}`.trimEnd());
}

/** Where the last of the peaks, of the most dead letters, is too far above those of fewer. */
export function memoryProblems(peaks: readonly Peak[]): string[] {
  const [last, ...fewer] = peaks.map((it) => it.peakMebibytes).reverse();
  if (last <= FLAT * Math.max(...fewer)) return [];
  return [`memory of redrive must be flat, got: ${peaks.map((it) => `${it.peakMebibytes} MiB for ${it.deadLetters} dead letters`).join(', ')}`];
}
