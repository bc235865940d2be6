import type { Metrics } from './metrics';
import { queueMetric } from './service-metrics';

interface QueueMessage {
  /** When it arrived in this queue: in a dead-letter queue, when it was moved. */
  readonly arrivalTimestamp: number;
  readonly approximateReceiveCount: number;
  /** In the queue that it was moved from. */
  readonly receivesBefore: number;
}

interface QueueState {
  readonly name: string;
  readonly messages: {
    readonly ready: readonly QueueMessage[];
    readonly inflight: readonly { readonly message: QueueMessage; readonly visibilityDeadline: number }[];
  };
}

/** A message that was received as often from the queue is left out of the age of the oldest message. */
const RECEIVED_OFTEN = 3;

/**
 * Records the metrics of every queue, as SQS does once a minute. Looks at the messages without receiving them. Messages in flight and the age
 * of the oldest message are reported only where there are messages.
 *
 * @param endpoint of the SQS emulator
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export async function recordQueueMetrics(endpoint: string, metrics: Metrics): Promise<void> {
  const queues = await get<readonly { readonly name: string }[]>(`${endpoint}/_fauxqs/queues`);
  await Promise.all(queues.map(async ({ name }) => record(await get<QueueState>(`${endpoint}/_fauxqs/queues/${name}`), metrics)));
}

function record({ name, messages: { ready, inflight } }: QueueState, metrics: Metrics): void {
  const now = metrics.now();
  // The emulator moves a message back only when somebody receives.
  const hidden = inflight.filter(({ visibilityDeadline }) => visibilityDeadline > Date.now()).length;
  metrics.record(queueMetric('ApproximateNumberOfMessagesVisible', name), ready.length + inflight.length - hidden, now);
  if (hidden > 0) metrics.record(queueMetric('ApproximateNumberOfMessagesNotVisible', name), hidden, now);
  const arrived = [...ready, ...inflight.map(({ message }) => message)]
    .filter(({ approximateReceiveCount: count, receivesBefore: before }) => count - before < RECEIVED_OFTEN)
    .map(({ arrivalTimestamp }) => arrivalTimestamp);
  if (arrived.length > 0) metrics.record(queueMetric('ApproximateAgeOfOldestMessage', name), Math.floor((now - Math.min(...arrived)) / 1_000), now);
}

async function get<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the SQS emulator does not show its queues: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
