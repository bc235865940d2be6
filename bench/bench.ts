import type { Options, Values } from './options';

/** The limit of a figure's value, or of its ratio. */
export interface Target {
  readonly of: 'value' | 'ratio';
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** One measured value, a row of the table. */
export interface Figure {
  /** The case, then what was measured: `10 processors: synth`. */
  readonly name: string;
  readonly value: number;
  /** `ms`, `MiB`, `calls` and the like. */
  readonly unit: string;
  /** The same figure of what it is compared with. */
  readonly rival?: { readonly name: string; readonly value: number };
  /** Value by that of the rival: the median of pairs of runs, where runs are paired (default: one by the other). */
  readonly ratio?: number;
  readonly target?: Target;
  /** What a reader has to know beside the value, in a few words. */
  readonly note?: string;
}

/** A benchmark. `bench.ts` of a folder of `bench/` exports it as `bench`: the folder's name is its name. */
export interface Bench<O extends Options = Options> {
  /** One line: what it measures, and the rival. */
  readonly summary: string;
  /** Each has a default, and may have a shorter one for a run of all benches. */
  readonly options: O;
  /** What this machine or checkout lacks, and how to get it. A run of all benches then skips this one, and says so. */
  missing?(): string | undefined;
  /** @throws Error where a result is wrong: its figures would mean nothing. A missed target is no error */
  run(values: Values<O>, progress: (what: string) => void): Promise<readonly Figure[]>;
}

/** A bench whose `run` knows the types of its options. */
export function defineBench<O extends Options>(bench: Bench<O>): Bench<O> {
  return bench;
}

export function ratioOf({ value, rival, ratio }: Figure): number | undefined {
  return ratio ?? (rival && rival.value !== 0 ? value / rival.value : undefined);
}

/** Whether a figure meets its target. `undefined` where it has none. */
export function isMet(figure: Figure): boolean | undefined {
  const { target } = figure;
  if (!target) return undefined;
  const measured = target.of === 'ratio' ? ratioOf(figure) : figure.value;
  if (measured === undefined || Number.isNaN(measured)) return false;
  return measured <= (target.atMost ?? Infinity) && measured >= (target.atLeast ?? -Infinity);
}
