import { createHash } from 'node:crypto';
import type { KinesisStreamRecord } from 'aws-lambda';

export const TARGETS = ['processor', 'stream'] as const;
export type TargetKind = (typeof TARGETS)[number];

/** What was to arrive, what did, and what was deleted before it had. Letters go by their numbers. */
export interface Account {
  /** Events or records that arrived as they were in the dead letter, once each. */
  readonly once: number;
  readonly again: number;
  readonly missing: number;
  /** Events or records that are of no dead letter, or not as they were in it. */
  readonly strange: number;
  /** Dead letters that were deleted before all of their records had arrived. */
  readonly deletedTooEarly: number;
}

interface Part {
  readonly letter: number;
  arrivals: number;
}

/** Compares what arrives at the processor or in the stream with what the dead letters hold, byte for byte. */
export class Ledger {
  private readonly parts = new Map<string, Part>();
  private readonly toCome: number[] = [];
  private strange = 0;
  private deletedTooEarly = 0;

  /** The dead letters are numbered in the order in which they are told. */
  expect(target: TargetKind, functionArn: string, payload: { readonly Records: readonly KinesisStreamRecord[] }): void {
    const keys = target === 'processor'
      ? [invocation(functionArn, JSON.stringify(payload))]
      : payload.Records.map(({ kinesis }) => streamRecord(kinesis.partitionKey, kinesis.data));
    const letter = this.toCome.push(keys.length) - 1;
    for (const key of keys) this.parts.set(key, { letter, arrivals: 0 });
  }

  invoked(functionArn: string, event: Buffer): void {
    this.arrived(invocation(functionArn, event));
  }

  /** @param data base64 */
  put(partitionKey: string, data: string): void {
    this.arrived(streamRecord(partitionKey, data));
  }

  deleted(letter: number): void {
    if (this.toCome[letter] !== 0) this.deletedTooEarly++;
  }

  get account(): Account {
    const parts = [...this.parts.values()];
    return {
      once: parts.filter(({ arrivals }) => arrivals === 1).length,
      again: parts.filter(({ arrivals }) => arrivals > 1).length,
      missing: parts.filter(({ arrivals }) => arrivals === 0).length,
      strange: this.strange,
      deletedTooEarly: this.deletedTooEarly,
    };
  }

  private arrived(key: string): void {
    const part = this.parts.get(key);
    if (!part) {
      this.strange++;
      return;
    }
    if (part.arrivals++ === 0) this.toCome[part.letter]--;
  }
}

function invocation(functionArn: string, event: string | Buffer): string {
  return `${functionArn} ${digest(event)}`;
}

function streamRecord(partitionKey: string, data: string): string {
  return `${partitionKey} ${digest(data)}`;
}

function digest(bytes: string | Buffer): string {
  return createHash('sha1').update(bytes).digest('base64');
}
