import type { ReceiveMessageCommand } from '@aws-sdk/client-sqs';

/** What the Date header of an answer leaves out. */
const RESOLUTION_MILLIS = 1_000;

/**
 * The clock of the service, by which it stamps messages. The SDK's `systemClockOffset` does not serve: it takes the Date header, cut to
 * the second, for the time, and so is up to a second behind. What was sent in that second would be taken for what came later.
 */
export class ServerClock {
  private offset?: number;

  /** Time of the service, in milliseconds, at a moment of this machine's clock. */
  at(localMillis: number): number {
    return localMillis + (this.offset ?? 0);
  }

  /** Has a command that is about to be sent compare the clocks, if none has so far. */
  watch(command: ReceiveMessageCommand): void {
    if (this.offset !== undefined) return;
    command.middlewareStack.add(
      (next) => async (args) => {
        const sentAt = Date.now();
        const result = await next(args);
        this.compare(sentAt, Date.now(), result.response);
        return result;
      },
      { step: 'deserialize', name: 'compareClocks', priority: 'low' },
    );
  }

  /** Moves this machine's time no further than the answer proves it wrong. */
  private compare(sentAt: number, receivedAt: number, response: unknown): void {
    const date = Date.parse((response as { headers?: { date?: string } }).headers?.date ?? '');
    if (Number.isNaN(date)) return;
    // Receives that began together all compare: what one has proven another does not take back.
    this.offset = Math.min(Math.max(this.offset ?? 0, date - receivedAt), date + RESOLUTION_MILLIS - sentAt);
  }
}
