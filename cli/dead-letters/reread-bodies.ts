import type { ObjectReader } from '../../lambda/shared/dead-letter/object-reader';

/** Characters of bodies that are kept: what does not fit is read again. */
const MOST_CHARACTERS = 32 * 1_048_576;

/** Keeps a body that was read until it is read again: once to choose its dead letter, once to work on it. */
export class RereadBodies implements ObjectReader {
  private readonly kept = new Map<string, string>();
  private characters = 0;

  constructor(private readonly objects: ObjectReader) {}

  async read(bucket: string, key: string, signal: AbortSignal): Promise<string> {
    const name = `${bucket}/${key}`;
    const known = this.kept.get(name);
    if (known !== undefined) {
      this.drop(name, known);
      return known;
    }
    const body = await this.objects.read(bucket, key, signal);
    this.keep(name, body);
    return body;
  }

  private keep(name: string, body: string): void {
    this.kept.set(name, body);
    this.characters += body.length;
    for (const [oldest, text] of this.kept) {
      if (this.characters <= MOST_CHARACTERS) return;
      this.drop(oldest, text);
    }
  }

  private drop(name: string, body: string): void {
    this.kept.delete(name);
    this.characters -= body.length;
  }
}
