import { createHash } from 'node:crypto';

/**
 * Random values without a state: a value depends only on the seed and on what it is drawn for. The order of the calls does not change it.
 */
export class SeededRandom {
  constructor(readonly seed: number) {}

  /** At least 0, below 1. */
  number(...drawnFor: readonly (string | number)[]): number {
    const digest = createHash('sha256').update(JSON.stringify([this.seed, ...drawnFor])).digest();
    return digest.readUIntBE(0, 6) / 2 ** 48;
  }

  /** A whole number, both ends included. */
  integer(min: number, max: number, ...drawnFor: readonly (string | number)[]): number {
    return min + Math.floor(this.number(...drawnFor) * (max - min + 1));
  }

  bytes(length: number, ...drawnFor: readonly (string | number)[]): Buffer {
    const blocks: Buffer[] = [];
    for (let block = 0; block * 32 < length; block++) {
      blocks.push(createHash('sha256').update(JSON.stringify([this.seed, ...drawnFor, block])).digest());
    }
    return Buffer.concat(blocks).subarray(0, length);
  }

  /** One of several, each as likely as its weight says. */
  pick<T>(choices: readonly (readonly [weight: number, choice: T])[], ...drawnFor: readonly (string | number)[]): T {
    let left = this.number(...drawnFor) * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, choice] of choices) {
      left -= weight;
      if (left < 0) return choice;
    }
    return choices[choices.length - 1][1];
  }
}
