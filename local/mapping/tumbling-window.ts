import type { InvokeResult } from '../functions/function-spec';
import { isObject } from '../json';
import type { StreamRecord } from './stream-reader';

/** What the event of a window has beside its records, in Lambda's order. */
export interface WindowFields {
  readonly shardId: string;
  readonly eventSourceARN: string;
  readonly window: { readonly start: string; readonly end: string };
  readonly state: object;
  readonly isFinalInvokeForWindow: boolean;
  readonly isWindowTerminatedEarly: boolean;
}

/** Beyond it Lambda ends a window early. */
const MAXIMUM_STATE_BYTES = 1_048_576;

/**
 * The tumbling windows of one shard, by the arrival of its records. As recorded, the final call of a window comes with the first record
 * of a later one and not by the clock, and each window begins with an empty state.
 */
export class TumblingWindows {
  private start?: number;
  private state: object = {};

  /** @param lengthMillis in wall time, as arrivals are */
  constructor(private readonly lengthMillis: number, private readonly source: Pick<WindowFields, 'shardId' | 'eventSourceARN'>) {}

  /** Records of one window each. */
  parts(batch: readonly StreamRecord[]): readonly (readonly StreamRecord[])[] {
    const parts: StreamRecord[][] = [];
    for (const record of batch) {
      const last = parts.at(-1);
      if (last && this.startOf(last[0]) === this.startOf(record)) last.push(record);
      else parts.push([record]);
    }
    return parts;
  }

  /** Whether the window that is open must be finished before this record. */
  isOver(next: StreamRecord): boolean {
    return this.start !== undefined && this.start !== this.startOf(next);
  }

  /** Opens the window of a record, unless it is open. */
  open(first: StreamRecord): void {
    if (this.start === undefined) this.start = this.startOf(first);
  }

  /** Closes the window that is open. */
  close(): void {
    this.start = undefined;
    this.state = {};
  }

  get isStateTooLarge(): boolean {
    return Buffer.byteLength(JSON.stringify(this.state)) > MAXIMUM_STATE_BYTES;
  }

  /** What an event of the open window has. */
  fields(isFinalInvokeForWindow: boolean): WindowFields {
    const window = { start: formatted(this.start!), end: formatted(this.start! + this.lengthMillis) };
    const isWindowTerminatedEarly = isFinalInvokeForWindow && this.isStateTooLarge;
    return { ...this.source, window, state: this.state, isFinalInvokeForWindow, isWindowTerminatedEarly };
  }

  /** Keeps the state of an answer. An answer without a state has failed. */
  take(answer: InvokeResult): InvokeResult {
    if (answer.functionError) return answer;
    const response: unknown = JSON.parse(answer.payload);
    if (!isObject(response) || !isObject(response.state)) return { ...answer, functionError: 'Unhandled' };
    this.state = response.state;
    return answer;
  }

  private startOf({ arrivedAt }: StreamRecord): number {
    return Math.floor(arrivedAt / this.lengthMillis) * this.lengthMillis;
  }
}

/** To the second. */
function formatted(time: number): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
