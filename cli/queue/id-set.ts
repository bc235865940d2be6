import { createHash } from 'node:crypto';

/** 32-bit words of a fingerprint. With 128 bits no two ids of a queue have the same one. */
const WORDS = 4;
const FIRST_CAPACITY = 1 << 10;

/** A set of message ids that takes about 32 bytes for each: a `Set` of a million strings takes 100 MB. */
export class IdSet {
  private table = new Uint32Array(FIRST_CAPACITY * WORDS);
  private count = 0;

  get size(): number {
    return this.count;
  }

  has(id: string): boolean {
    return this.find(this.table, fingerprint(id)).isThere;
  }

  add(id: string): void {
    const words = fingerprint(id);
    const { slot, isThere } = this.find(this.table, words);
    if (isThere) return;
    this.table.set(words, slot);
    this.count++;
    // Never more than three quarters full: a search ends soon.
    if (this.count * WORDS > 0.75 * this.table.length) this.grow();
  }

  private grow(): void {
    const table = new Uint32Array(2 * this.table.length);
    for (let at = 0; at < this.table.length; at += WORDS) {
      const words = this.table.subarray(at, at + WORDS);
      if (isFree(words)) continue;
      table.set(words, this.find(table, words).slot);
    }
    this.table = table;
  }

  /** The slot of a fingerprint, or the free one where it goes. */
  private find(table: Uint32Array, words: Uint32Array): { readonly slot: number; readonly isThere: boolean } {
    const slots = table.length / WORDS;
    for (let number = words[0] % slots; ; number = (number + 1) % slots) {
      const slot = number * WORDS;
      const there = table.subarray(slot, slot + WORDS);
      if (isFree(there)) return { slot, isThere: false };
      if (words.every((word, index) => word === there[index])) return { slot, isThere: true };
    }
  }
}

/** Not all zero, which is a free slot. */
function fingerprint(id: string): Uint32Array {
  const digest = createHash('sha256').update(id).digest();
  const words = Uint32Array.from({ length: WORDS }, (_, index) => digest.readUInt32LE(index * WORDS));
  words[WORDS - 1] |= 1;
  return words;
}

function isFree(words: Uint32Array): boolean {
  return words[WORDS - 1] === 0;
}
