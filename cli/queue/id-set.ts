import { hash } from 'node:crypto';

/** 32-bit words of a fingerprint. With 128 bits no two ids of a queue have the same one. */
const WORDS = 4;
const FIRST_CAPACITY = 1 << 10;

/** In the last word of a slot: whether it is taken, and whether its id is marked. */
const TAKEN = 1;
const MARKED = 2;

/** A set of message ids, each marked or not, that takes about 32 bytes for each: a `Set` of a million strings takes 100 MB. */
export class IdSet {
  private table = new Uint32Array(FIRST_CAPACITY * WORDS);
  private count = 0;

  get size(): number {
    return this.count;
  }

  has(id: string): boolean {
    return this.find(this.table, fingerprint(id)).isThere;
  }

  /** Whether it is new. */
  add(id: string): boolean {
    return this.put(fingerprint(id));
  }

  /** Marks an id, which it adds if it is new. */
  mark(id: string): void {
    const words = fingerprint(id);
    this.put(words);
    this.table[this.find(this.table, words).slot + WORDS - 1] |= MARKED;
  }

  isMarked(id: string): boolean {
    const { slot, isThere } = this.find(this.table, fingerprint(id));
    return isThere && (this.table[slot + WORDS - 1] & MARKED) !== 0;
  }

  private put(words: Uint32Array): boolean {
    const { slot, isThere } = this.find(this.table, words);
    if (isThere) return false;
    this.table.set(words, slot);
    this.count++;
    // Never more than three quarters full: a search ends soon.
    if (this.count * WORDS > 0.75 * this.table.length) this.grow();
    return true;
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
      if (isSame(words, there)) return { slot, isThere: true };
    }
  }
}

/** Not all zero, which is a free slot. */
function fingerprint(id: string): Uint32Array {
  const digest = hash('sha256', id, 'buffer');
  const words = new Uint32Array(WORDS);
  for (let index = 0; index < WORDS; index++) words[index] = digest.readUInt32LE(index * Uint32Array.BYTES_PER_ELEMENT);
  words[WORDS - 1] = withoutMark(words[WORDS - 1]) | TAKEN;
  return words;
}

function withoutMark(word: number): number {
  return (word & ~MARKED) >>> 0;
}

/** Whether two fingerprints are of one id, which is marked in the set or not. */
function isSame(words: Uint32Array, there: Uint32Array): boolean {
  return words[0] === there[0] && words[1] === there[1] && words[2] === there[2] && words[3] === withoutMark(there[3]);
}

function isFree(words: Uint32Array): boolean {
  return words[WORDS - 1] === 0;
}
