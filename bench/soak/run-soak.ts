import type { SNSEvent } from 'aws-lambda';
import { Chance } from '../../test/faults/chance';
import { FORBIDDING } from '../../test/faults/kinesis-faults';
import type { Notification } from '../../test/faults/notification';
import { byChance } from '../../test/faults/plan';
import { reckon, type Reckoning } from '../../test/faults/reckoning';
import { Stage } from '../../test/faults/stage';
import { ODDS } from './odds';
import { notification, records, trim } from './workload';

export interface SoakOptions {
  readonly seed: number;
  /** Failure records and what is none, each published at least once. */
  readonly failures: number;
  readonly shards?: number;
  readonly concurrency?: number;
  /** Hears what goes on. */
  readonly progress?: (what: string) => void;
}

export interface SoakResult extends Reckoning {
  readonly seed: number;
  readonly records: number;
  readonly recordBytes: number;
  /** Messages on the topic, those included that came twice. */
  readonly published: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly invocations: number;
  readonly faultyInvocations: number;
  readonly seconds: { readonly start: number; readonly put: number; readonly hydrate: number; readonly reckon: number };
  /** Nothing lost, nothing wrong. */
  readonly sound: boolean;
}

/** How a message comes to the function. */
type Way = 'topic' | 'topic twice' | 'in vain' | 'together';

/** In real time, of which the function keeps 20 for writing. */
const TIMEOUT_SECONDS = 45;

/** The emulator takes long over long pages; the function takes what it gets. */
const PAGE_LIMIT = 60;

const TICK_MILLIS = 10_000;

/** Events of several notifications are rare, and are not promised never to come. */
const TOGETHER = 3;

/** A stream, faults, and thousands of failure records; and what became of each. */
export async function runSoak({ seed, failures, shards = 4, concurrency = 32, progress = () => undefined }: SoakOptions): Promise<SoakResult> {
  const chance = new Chance(seed);
  const names = new Map<string, string>();
  const clock = stopwatch();
  const stage = await Stage.start({
    shards,
    concurrency,
    pageLimit: PAGE_LIMIT,
    timeoutSeconds: TIMEOUT_SECONDS,
    trimmedStart: (shardId, index) =>
      chance.pick([[2, 'refused'], [2, 'skipped'], [1, 'empty for ever']] as const, 'trimmed start', shardId, index),
    nameOf: ({ body, deadLetterId }) => names.get(deadLetterId ?? messageOf(body!)),
  });
  const ticking = setInterval(() => progress(`${stage.injector.invocations.size} invocations so far`), TICK_MILLIS);
  try {
    const start = clock();
    const data = records(chance);
    progress(`putting ${data.length} records`);
    await stage.put(data);
    const put = clock();
    trim(stage.history);
    const source = { streamArn: stage.streamArn, functionArn: stage.processorArn };
    const notifications = Array.from({ length: failures }, (_, number) => notification(number, chance, stage.history, source));
    for (const { name, deadLetterId, message } of notifications) names.set(deadLetterId ?? message, name);

    stage.injector.follow(byChance(chance, ODDS));
    progress(`publishing ${failures} notifications`);
    const published = await publish(stage, notifications, chance, 2 * concurrency);
    progress('waiting until all is idle');
    await stage.settle();
    const hydrate = clock();

    progress('taking account');
    const [deadLetters, undeliverables] = [await stage.deadLetterMessages(), await stage.undeliverables()];
    const { s3 } = stage.pipeline.cloud.clients;
    const reckoning = await reckon({ notifications, history: stage.history, deadLetters, undeliverables, s3 });
    const faults = Object.fromEntries([...stage.injector.met].sort());
    const wrong = [...reckoning.wrong, ...tooManyUnreadable(reckoning, faults)];
    return {
      seed,
      records: data.length,
      recordBytes: data.reduce((sum, datum) => sum + datum.data.length, 0),
      published,
      ...reckoning,
      wrong,
      faults,
      invocations: stage.injector.invocations.size,
      faultyInvocations: stage.injector.faultyInvocations.size,
      seconds: { start, put, hydrate, reckon: clock() },
      sound: reckoning.lost.length === 0 && wrong.length === 0,
    };
  } finally {
    clearInterval(ticking);
    await stage.stop();
  }
}

async function publish(stage: Stage, notifications: readonly Notification[], chance: Chance, atMost: number): Promise<number> {
  const ways = new Map<Way, string[]>();
  for (const { name, message } of notifications) {
    const way = chance.pick<Way>([[93, 'topic'], [3, 'topic twice'], [1, 'in vain'], [3, 'together']], 'way', name);
    ways.set(way, [...(ways.get(way) ?? []), message]);
  }
  const messages = (way: Way) => ways.get(way) ?? [];
  const order = (message: string, time: number) => chance.number('order', names(message), time);
  const names = (message: string) => message.replace(/\d{20,}|\d{4}-\d\d-\d\dT[\d:.]+Z/g, '');
  const onTopic = [...messages('topic'), ...messages('topic twice'), ...messages('topic twice')];
  const shuffled = onTopic.map((message, time) => [order(message, time), message] as const).sort(([a], [b]) => a - b);

  // First, while nothing else is on the topic.
  await stage.notifyInVain(messages('in vain'));
  for (let first = 0; first < messages('together').length; first += TOGETHER) {
    stage.invokeAsync(snsEvent(messages('together').slice(first, first + TOGETHER)));
  }
  await stage.notify(shuffled.map(([, message]) => message), atMost);
  return onTopic.length + messages('in vain').length + messages('together').length;
}

function snsEvent(messages: readonly string[]): { readonly Records: readonly object[] } {
  return { Records: messages.map((Message) => ({ EventSource: 'aws:sns', Sns: { Message, MessageId: 'together', TopicArn: 'together' } })) };
}

/** The notification in what the function sends to the undeliverable queue. */
function messageOf(body: string): string {
  return (JSON.parse(body) as SNSEvent).Records[0].Sns.Message;
}

/** A dead letter may say that the stream was not to be read only where it was refused: each refusal makes one at most. */
function tooManyUnreadable({ statuses }: Reckoning, faults: Readonly<Record<string, number>>): string[] {
  const refusals = Object.entries(faults).reduce((sum, [name, count]) => (FORBIDDING.has(name.split(': ')[1]) ? sum + count : sum), 0);
  return statuses.UNREADABLE > refusals ? [`UNREADABLE: got ${statuses.UNREADABLE} dead letters, for ${refusals} refusals`] : [];
}

/** Each call gives the seconds since the one before. */
function stopwatch(): () => number {
  let before = performance.now();
  return () => {
    const now = performance.now();
    const seconds = Math.round((now - before) / 100) / 10;
    before = now;
    return seconds;
  };
}
