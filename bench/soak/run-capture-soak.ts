import { stopwatch } from '../../local/clock';
import type { DeliveryMiddleware } from '../../local/events/event-bus';
import { CapturePipeline } from '../../test/faults/capture-pipeline';
import { captureCheck } from '../../test/faults/captured-dead-letter-check';
import { nameInKey } from '../../test/faults/captured-failure';
import { checkDeliveryWith, type DeliveryReport } from '../../test/faults/delivery-report';
import { randomFaults } from '../../test/faults/fault-plan';
import { kinesisSource } from '../../test/faults/kinesis-source';
import { SeededRandom } from '../../test/faults/seeded-random';
import { CAPTURE_FAULT_RATES } from './capture-fault-rates';
import { object } from './capture-workload';

export interface CaptureSoakOptions {
  readonly seed: number;
  /** Objects of failed batches, and of what is none. */
  readonly failures: number;
  readonly concurrency?: number;
  /** Hears what goes on. */
  readonly progress?: (what: string) => void;
}

export interface CaptureSoakResult extends DeliveryReport {
  readonly seed: number;
  /** Objects in the bucket that are of another stream. */
  readonly ofAnother: number;
  readonly objectBytes: number;
  /** Attempts of EventBridge to bring an event. */
  readonly deliveries: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly invocations: number;
  readonly faultyInvocations: number;
  readonly seconds: { readonly start: number; readonly capture: number; readonly check: number };
  /** Nothing lost, nothing wrong. */
  readonly sound: boolean;
}

/** In real time, of which the function keeps 20 for writing. */
const TIMEOUT_SECONDS = 45;

const TICK_MILLIS = 10_000;

/** How EventBridge brings an event. */
type Way = 'once' | 'twice' | 'at another attempt' | 'in vain';

/** A bucket, faults, and thousands of objects; and what became of each. */
export async function runCaptureSoak(options: CaptureSoakOptions): Promise<CaptureSoakResult> {
  const { seed, failures, concurrency = 32, progress = () => undefined } = options;
  const chance = new SeededRandom(seed);
  const names = new Map<string, string>();
  const watch = stopwatch();
  const clock = () => Math.round(watch() / 100) / 10;
  const wayOf = (name: string) => chance.pick<Way>([[88, 'once'], [6, 'twice'], [4, 'at another attempt'], [2, 'in vain']], 'way', name);
  const deliveries = new Map<string, number>();
  const stage = await CapturePipeline.start(kinesisSource, {
    concurrency,
    timeoutSeconds: TIMEOUT_SECONDS,
    nameOf: (deadLetterId) => names.get(deadLetterId),
    delivery: delivering(wayOf, deliveries),
  });
  const ticking = setInterval(() => progress(`${stage.injector.invocations.size} invocations so far`), TICK_MILLIS);
  try {
    const start = clock();
    const objects = Array.from({ length: failures }, (_, number) => object(number, chance, stage.failureSource));
    for (const { name, deadLetterId } of objects) if (deadLetterId !== undefined) names.set(deadLetterId, name);

    stage.injector.follow(randomFaults(chance, CAPTURE_FAULT_RATES));
    progress(`writing ${failures} objects`);
    // First, while no other event is on its way.
    await stage.writeWithoutFunction(objects.filter(({ name }) => wayOf(name) === 'in vain'));
    await stage.write(objects.filter(({ name }) => wayOf(name) !== 'in vain'), 2 * concurrency);
    progress('waiting until all is idle');
    await stage.settle();
    const capture = clock();

    progress('taking account');
    const [deadLetters, undeliverables] = [await stage.deadLetterMessages(), await stage.undeliverables()];
    // The rule keeps what it could not hand over, whoever's it is.
    const notifications = objects.filter(({ name, isOurs = true }) => isOurs || wayOf(name) === 'in vain');
    const report = await checkDeliveryWith(captureCheck, { notifications, deadLetters, undeliverables, s3: stage.pipeline.cloud.clients.s3 });
    return {
      seed,
      ...report,
      ofAnother: objects.length - notifications.length,
      objectBytes: objects.reduce((sum, { body = '' }) => sum + Buffer.byteLength(body), 0),
      deliveries: [...deliveries.values()].reduce((sum, count) => sum + count, 0),
      faults: Object.fromEntries([...stage.injector.met].sort()),
      invocations: stage.injector.invocations.size,
      faultyInvocations: stage.injector.faultyInvocations.size,
      seconds: { start, capture, check: clock() },
      sound: report.lost.length === 0 && report.wrong.length === 0,
    };
  } finally {
    clearInterval(ticking);
    await stage.stop();
  }
}

function delivering(wayOf: (name: string) => Way, deliveries: Map<string, number>): DeliveryMiddleware {
  return async ({ event }, next) => {
    const name = nameInKey((event.detail as { readonly object: { readonly key: string } }).object.key);
    const nth = (deliveries.get(name) ?? 0) + 1;
    deliveries.set(name, nth);
    const way = wayOf(name);
    if (way === 'at another attempt' && nth <= 2) throw new Error('EventBridge could not reach Lambda (injected)');
    await next();
    if (way === 'twice') await next();
  };
}
