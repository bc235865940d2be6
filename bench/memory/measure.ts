import { readFileSync } from 'node:fs';
import { HydrationStatus } from '../../src/contract';
import { problemsOf, type ReceivedDeadLetter } from '../../test/faults/dead-letter-check';
import { readDeadLetter } from '../../test/faults/delivery-report';
import { HydratePipeline } from '../../test/faults/hydrate-pipeline';
import { kinesisSource, putRecord } from '../../test/faults/kinesis-source';
import { failureNotification } from '../../test/faults/notification';
import { SeededRandom } from '../../test/faults/seeded-random';
import type { PastRecord } from '../../test/faults/stream-history';
import { notificationText } from '../../test/support/records';
import { inMemoryShard } from './in-memory-shard';

export interface LargeCase {
  readonly name: string;
  readonly records: number;
  readonly bytes: number;
  /** Whether only the first and the last record failed: the range holds more than any batch, and is read as far as there is memory. */
  readonly isRange?: boolean;
  /** The least memory that must be enough, in MB (default: that of the hydrate function). */
  readonly promisedMemory?: number;
}

/** The largest that Lambda's 6 MB and Kinesis's 10 MiB a record lead to, and a range of which the records are small and many. */
export const CASES: readonly LargeCase[] = [
  { name: '10,000 × 600 B', records: 10_000, bytes: 600, promisedMemory: 256 },
  { name: '5 × 1,000,000 B', records: 5, bytes: 1_000_000 },
  { name: '1 × 10 MiB', records: 1, bytes: 10 * 1024 * 1024 },
  { name: 'range of 300,000 × 20 B', records: 300_000, bytes: 20, isRange: true },
];

export interface Measurement {
  readonly case: string;
  readonly memorySize: number;
  /** Why the memory was not enough. Otherwise the dead letter is there, and right. */
  readonly failure?: string;
  /** From the event to the answer, the start of the process included. */
  readonly seconds: number;
  /** The most that the process had resident, the Node binary included. */
  readonly peakMebibytes: number;
  /** The most of its own memory that was seen: this is what the limit is about. */
  readonly ownMebibytes: number;
  readonly deadLetterBytes?: number;
  readonly recoveredRecords?: number;
}

const SHARD_ID = 'shardId-000000000000';
const FIRST_SEQUENCE_NUMBER = 49646986683135544286507457936321625675700192471156785154n;
const POLL_MILLIS = 10;

/** Runs the hydrate function on one case, in a process of its own that is killed when it takes more than its memory size. */
export async function measure({ name, records, bytes, isRange = false }: LargeCase, memorySize: number): Promise<Measurement> {
  const stage = await HydratePipeline.start(kinesisSource, { concurrency: 1, memorySize });
  try {
    const chance = new SeededRandom(1);
    const sent = Array.from({ length: records }, (_, index) => ({
      shardId: SHARD_ID,
      sequenceNumber: String(FIRST_SEQUENCE_NUMBER + BigInt(index)),
      partitionKey: `customer-${index}`,
      data: chance.bytes(bytes, index),
    }));
    const arrivedAt = Date.now();
    stage.history.add(sent.map((record) => putRecord(record, arrivedAt)));
    stage.pipeline.cloud.gateway.use(inMemoryShard(sent, arrivedAt));
    const all = stage.history.shard(SHARD_ID);
    const notification = failureNotification(1, { ...stage.failureSource, failed: isRange ? [all[0], all.at(-1)!] : all });

    const peak = { VmHWM: 0, RssAnon: 0 };
    const look = () => stage.hydrate.processIds.forEach((pid) => raise(peak, pid));
    const timer = setInterval(look, POLL_MILLIS);
    const start = performance.now();
    // Without a receipt handle, as the message is in no queue.
    const message = { eventSource: 'aws:sqs', messageId: notification.name, body: notificationText(notification.message) };
    const { functionError, payload } = await stage.hydrate.invoke({ Records: [message] });
    const seconds = Math.round((performance.now() - start) / 10) / 100;
    look();
    clearInterval(timer);

    const [sentMessage] = await stage.deadLetterMessages();
    const received = sentMessage && (await readDeadLetter(sentMessage, stage.pipeline.cloud.clients.s3));
    const isCut = isRange && received?.deadLetter.hydration.error?.name === 'RangeTooLarge';
    const faults = (letter: ReceivedDeadLetter) => (isCut ? faultsOfCut(letter, all) : problemsOf(letter, notification, stage.history));
    const ownMebibytes = Math.round(peak.RssAnon / 1024);
    // A short peak can pass between two looks of the harness: Lambda would not let it.
    const failure = functionError ? outOfMemory(name, payload) : ownMebibytes > memorySize ? `it took ${ownMebibytes} MiB` : undefined;
    const wrong = functionError ? [] : received ? faults(received) : ['no dead letter'];
    if (wrong.length > 0) throw new Error(`the dead letter of ${name} with ${memorySize} MB must be right, got: ${wrong.join(', ')}`);
    return {
      case: name,
      memorySize,
      ...(failure !== undefined && { failure: failure.replace(/RequestId: \S+ /, '') }),
      seconds,
      peakMebibytes: Math.round(peak.VmHWM / 1024),
      ownMebibytes,
      ...(received?.overflowBytes !== undefined && { deadLetterBytes: received.overflowBytes }),
      ...(received && { recoveredRecords: received.deadLetter.hydration.recoveredRecords }),
    };
  } finally {
    await stage.stop();
  }
}

/** How a function ended that ran out of memory. @throws Error for any other error: its figures would mean nothing */
function outOfMemory(name: string, payload: string): string {
  const { errorType, errorMessage } = JSON.parse(payload) as { readonly errorType?: string; readonly errorMessage: string };
  if (errorType === 'Runtime.ExitError') return errorMessage;
  throw new Error(`the hydrate function must handle ${name}, got: ${errorMessage}`);
}

/** What is wrong with a dead letter of a range that there was not the memory for: it holds the first records of the range, and says so. */
function faultsOfCut({ deadLetter: { hydration, payload } }: ReceivedDeadLetter, all: readonly PastRecord[]): string[] {
  const isPrefix = payload.Records.length > 0 && payload.Records.every((record, index) => all[index].matches(record));
  return hydration.status === HydrationStatus.PARTIAL && isPrefix ? [] : [`${hydration.status} with ${payload.Records.length} records`];
}

/** Takes in what Linux says of a process now. One that has just ended is no longer to be asked. */
function raise(peak: Record<'VmHWM' | 'RssAnon', number>, pid: number): void {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return;
  }
  for (const name of ['VmHWM', 'RssAnon'] as const) {
    const kibibytes = Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    peak[name] = Math.max(peak[name], kibibytes);
  }
}
