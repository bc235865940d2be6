import type { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

/** What the Date header of an answer leaves out. */
const RESOLUTION_MILLIS = 1_000;

/**
 * The clock of the service, by which it stamps messages. The SDK corrects its own clock only where it is wrong by minutes; a minute is
 * enough to take what was there for what came later.
 */
export class ServerClock {
  private offset?: number;

  constructor(private readonly client: SQSClient) {}

  /** Time of the service, in milliseconds, at a moment of this machine's clock. */
  at(localMillis: number): number {
    return localMillis + (this.offset ?? this.client.config.systemClockOffset);
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
    const known = this.client.config.systemClockOffset;
    this.offset = Math.min(Math.max(known, date - receivedAt), date + RESOLUTION_MILLIS - sentAt);
  }
}
