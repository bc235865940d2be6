/** As much of a stream's record as its time takes. */
export interface TimedRecord {
  readonly dynamodb: { ApproximateCreationDateTime: number; readonly SequenceNumber: string };
}

/** Every record up to this sequence number, and beyond that of the step before, was there in this second, and not seen earlier. */
interface Step {
  upTo: bigint;
  readonly second: number;
}

const SECONDS_IN_MINUTE = 60;

/**
 * The seconds in which records came onto streams: DynamoDB Local tells the minute only, and a mapping's record age would be wrong by
 * that. It is the second in which a record was first read, within its minute. A later read finds the same second.
 */
export class RecordTimes {
  private readonly steps = new Map<string, Step[]>();

  /** @param page records of one shard, in their order */
  correct(streamArn: string, page: readonly TimedRecord[], nowMillis: number = Date.now()): void {
    const last = page.at(-1);
    if (!last) return;
    const steps = this.stepsUpTo(streamArn, BigInt(last.dynamodb.SequenceNumber), Math.floor(nowMillis / 1000));
    let index = 0;
    for (const { dynamodb } of page) {
      while (steps[index].upTo < BigInt(dynamodb.SequenceNumber)) index++;
      const minute = dynamodb.ApproximateCreationDateTime;
      dynamodb.ApproximateCreationDateTime = Math.min(Math.max(minute, steps[index].second), minute + SECONDS_IN_MINUTE - 1);
    }
  }

  private stepsUpTo(streamArn: string, upTo: bigint, second: number): readonly Step[] {
    const steps = this.steps.get(streamArn) ?? [];
    this.steps.set(streamArn, steps);
    const latest = steps.at(-1);
    if (latest && latest.upTo >= upTo) return steps;
    if (latest?.second === second) latest.upTo = upTo;
    else steps.push({ upTo, second });
    return steps;
  }
}
