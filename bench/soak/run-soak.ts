import { stopwatch } from '../../local/clock';
import { checkDelivery, type DeliveryReport } from '../../test/faults/delivery-report';
import { randomFaults } from '../../test/faults/fault-plan';
import { HydratePipeline } from '../../test/faults/hydrate-pipeline';
import type { Notification } from '../../test/faults/notification';
import { SeededRandom } from '../../test/faults/seeded-random';
import { dynamoWorkload } from './dynamo-workload';
import { kinesisWorkload } from './kinesis-workload';
import { notification, trim, type Workload } from './workload';

/** Whatever its records are made of. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type AnyWorkload = Workload<any>;

const WORKLOADS = { kinesis: kinesisWorkload, dynamodb: dynamoWorkload } satisfies Record<string, AnyWorkload>;

export type SoakSource = keyof typeof WORKLOADS;
export const SOAK_SOURCES = Object.keys(WORKLOADS) as SoakSource[];

export interface SoakOptions {
  /** Default: 'kinesis'. */
  readonly source?: SoakSource;
  readonly seed: number;
  /** Failure records and what is none, each published at least once. */
  readonly failures: number;
  readonly shards?: number;
  readonly concurrency?: number;
  /** Hears what goes on. */
  readonly progress?: (what: string) => void;
}

export interface SoakResult extends DeliveryReport {
  readonly source: SoakSource;
  readonly seed: number;
  readonly records: number;
  readonly recordBytes: number;
  /** Messages on the topic, those included that came twice. */
  readonly published: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly invocations: number;
  readonly faultyInvocations: number;
  readonly seconds: { readonly start: number; readonly put: number; readonly hydrate: number; readonly check: number };
  /** Nothing lost, nothing wrong. */
  readonly sound: boolean;
}

/** How a message comes to the function. */
type Way = 'topic' | 'topic twice' | 'in vain';

/** In real time, of which the function keeps 20 for writing. */
const TIMEOUT_SECONDS = 45;

const TICK_MILLIS = 10_000;

/** A stream, faults, and thousands of failure records; and what became of each. */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { source = 'kinesis', seed, failures, shards = 4, concurrency = 32, progress = () => undefined } = options;
  const workload: AnyWorkload = WORKLOADS[source];
  const chance = new SeededRandom(seed);
  const names = new Map<string, string>();
  const watch = stopwatch();
  const clock = () => Math.round(watch() / 100) / 10;
  const stage = await HydratePipeline.start(workload.source, {
    shards,
    concurrency,
    pageLimit: workload.pageLimit,
    timeoutSeconds: TIMEOUT_SECONDS,
    trimmedStart: (shardId, index) => chance.pick(workload.trimmedStarts, 'trimmed start', shardId, index),
    nameOf: ({ body, deadLetterId }) => names.get(deadLetterId ?? messageOf(body!)),
  });
  const ticking = setInterval(() => progress(`${stage.injector.invocations.size} invocations so far`), TICK_MILLIS);
  try {
    const start = clock();
    const data = workload.records(chance);
    progress(`putting ${data.length} records`);
    await stage.put(data);
    const put = clock();
    const past = stage.history.shardIds.flatMap((id) => stage.history.shard(id));
    trim(stage.history);
    const { failureSource } = stage;
    const from = { ...failureSource, eventSourceArns: workload.eventSourceArns(failureSource.eventSourceArn) };
    const notifications = Array.from({ length: failures }, (_, number) => notification(number, chance, stage.history, from));
    for (const { name, deadLetterId, message } of notifications) names.set(deadLetterId ?? message, name);

    stage.injector.follow(randomFaults(chance, workload.faultRates));
    progress(`publishing ${failures} notifications`);
    const published = await publish(stage, notifications, chance, 2 * concurrency);
    progress('waiting until all is idle');
    await stage.settle();
    const hydrate = clock();

    progress('taking account');
    const [deadLetters, undeliverables] = [await stage.deadLetterMessages(), await stage.undeliverables()];
    const { s3 } = stage.pipeline.cloud.clients;
    const report = await checkDelivery({ notifications, history: stage.history, deadLetters, undeliverables, s3 });
    const faults = Object.fromEntries([...stage.injector.met].sort());
    const wrong = [...report.wrong, ...tooManyUnreadable(report, faults, workload.readDenials)];
    return {
      source,
      seed,
      records: past.length,
      recordBytes: past.reduce((sum, { bytes }) => sum + bytes, 0),
      published,
      ...report,
      wrong,
      faults,
      invocations: stage.injector.invocations.size,
      faultyInvocations: stage.injector.faultyInvocations.size,
      seconds: { start, put, hydrate, check: clock() },
      sound: report.lost.length === 0 && wrong.length === 0,
    };
  } finally {
    clearInterval(ticking);
    await stage.stop();
  }
}

async function publish(stage: HydratePipeline<never>, notifications: readonly Notification[], chance: SeededRandom, atMost: number): Promise<number> {
  const ways = new Map<Way, string[]>();
  for (const { name, message } of notifications) {
    const way = chance.pick<Way>([[96, 'topic'], [3, 'topic twice'], [1, 'in vain']], 'way', name);
    ways.set(way, [...(ways.get(way) ?? []), message]);
  }
  const messages = (way: Way) => ways.get(way) ?? [];
  const order = (message: string, time: number) => chance.number('order', names(message), time);
  const names = (message: string) => message.replace(/\d{20,}|\d{4}-\d\d-\d\dT[\d:.]+Z/g, '');
  const onTopic = [...messages('topic'), ...messages('topic twice'), ...messages('topic twice')];
  const shuffled = onTopic.map((message, time) => [order(message, time), message] as const).sort(([a], [b]) => a - b);

  await stage.notifyWithoutIntake(messages('in vain'));
  await stage.notify(shuffled.map(([, message]) => message), atMost);
  return onTopic.length + messages('in vain').length;
}

/** The notification in what the function sends to the undeliverable queue. */
function messageOf(body: string): string {
  return (JSON.parse(body) as { readonly Message: string }).Message;
}

/** A dead letter may say that the stream was not to be read only where it was refused: each refusal makes one at most. */
function tooManyUnreadable({ statuses }: DeliveryReport, faults: SoakResult['faults'], forbidding: ReadonlySet<string>): string[] {
  const refusals = Object.entries(faults).reduce((sum, [name, count]) => (forbidding.has(name.split(': ')[1]) ? sum + count : sum), 0);
  return statuses.UNREADABLE > refusals ? [`UNREADABLE: got ${statuses.UNREADABLE} dead letters, for ${refusals} refusals`] : [];
}
