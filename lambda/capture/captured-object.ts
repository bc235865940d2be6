import { Overflow } from '../shared/dead-letter/dead-letter-queue';
import { Pointer, pointerTo } from '../shared/dead-letter/pointer';

/** An object that Lambda wrote. A dead letter over the limit of the queue is there already: nothing is copied. */
export class CapturedObject implements Overflow {
  constructor(
    private readonly bucket: string,
    private readonly key: string,
    private readonly bytes: number,
    readonly text: string,
  ) {}

  async keep(): Promise<Pointer> {
    return pointerTo(this.bucket, this.key, this.bytes);
  }
}
