import { randomUUID } from 'node:crypto';
import { CloudWatchLogsClient, CreateLogStreamCommand, InputLogEvent, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';

/** Of one PutLogEvents: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
const MAX_EVENTS = 10_000;
const MAX_BYTES = 1_048_576;
const BYTES_BESIDE_MESSAGE = 26;

/** A log stream of one writer. The first events create it, and later events recreate it after it was deleted. */
export class LogStream {
  private readonly logStreamName: string;
  private isThere = false;

  constructor(
    private readonly client: () => Promise<CloudWatchLogsClient>,
    private readonly logGroupName: string,
    writer: string,
  ) {
    this.logStreamName = `${new Date().toISOString().slice(0, 10).replaceAll('-', '/')}/${writer}/${randomUUID()}`;
  }

  /** @throws where the service does not accept all events */
  async put(events: readonly InputLogEvent[], abortSignal?: AbortSignal): Promise<void> {
    for (const logEvents of batches(events)) await this.putBatch(logEvents, abortSignal);
  }

  private async putBatch(logEvents: InputLogEvent[], abortSignal?: AbortSignal): Promise<void> {
    const { logGroupName, logStreamName, isThere } = this;
    const client = await this.client();
    if (!isThere) await this.create(client, abortSignal);
    try {
      const { rejectedLogEventsInfo } = await client.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }), { abortSignal });
      // The call succeeds, although the service dropped events with a wrong timestamp.
      if (rejectedLogEventsInfo) throw new Error(`CloudWatch Logs rejected events by their timestamps: ${JSON.stringify(rejectedLogEventsInfo)}`);
    } catch (error) {
      if (!isThere || (error as Error).name !== 'ResourceNotFoundException') throw error;
      this.isThere = false;
      await this.putBatch(logEvents, abortSignal);
    }
  }

  private async create(client: CloudWatchLogsClient, abortSignal?: AbortSignal): Promise<void> {
    const { logGroupName, logStreamName } = this;
    try {
      await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }), { abortSignal });
    } catch (error) {
      // The name is unique: the response to an earlier attempt was lost.
      if ((error as Error).name !== 'ResourceAlreadyExistsException') throw error;
    }
    this.isThere = true;
  }
}

function* batches(events: readonly InputLogEvent[]): Generator<InputLogEvent[]> {
  // The service requires the order of timestamps, and clocks can be set back.
  const rest = [...events].sort((one, other) => one.timestamp! - other.timestamp!);
  let batch: InputLogEvent[] = [];
  let bytes = 0;
  for (const event of rest) {
    const size = Buffer.byteLength(event.message!) + BYTES_BESIDE_MESSAGE;
    if (batch.length === MAX_EVENTS || bytes + size > MAX_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(event);
    bytes += size;
  }
  yield batch;
}
