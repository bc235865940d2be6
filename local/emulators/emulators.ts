import type { ServiceEndpoints } from '../endpoints';
import { DynamoDb } from './dynamodb';
import type { AccountAndRegion } from './dynamodb-arns';
import { startFauxqs } from './fauxqs';
import { startKinesis } from './kinesis';
import type { NodeProcess } from './node-process';

export interface Emulators {
  /** Base URLs on loopback. Reading one whose emulator was not started is an error. */
  readonly endpoints: ServiceEndpoints;
  stop(): Promise<void>;
}

export interface EmulatorOptions extends AccountAndRegion {
  /** @default true */
  readonly kinesis?: boolean;
  /** SQS, SNS and S3. @default true */
  readonly fauxqs?: boolean;
}

export async function startEmulators(options: EmulatorOptions): Promise<Emulators> {
  const { kinesis = true, fauxqs = true } = options;
  // Always there: it is no more than an address until the first request.
  const dynamodb = await DynamoDb.start(options);
  const starts = await Promise.allSettled([
    kinesis ? startKinesis(options) : undefined,
    fauxqs ? startFauxqs(options) : undefined,
  ]);
  const children: NodeProcess[] = starts.flatMap((start) =>
    start.status === 'fulfilled' && start.value ? [start.value.child] : [],
  );
  const stop = async () => {
    await Promise.all([dynamodb, ...children].map(async (emulator) => emulator.stop()));
  };
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }

  const [kinesisEndpoint, fauxqsEndpoint] = starts.map((start) =>
    start.status === 'fulfilled' ? start.value?.endpoint : undefined,
  );
  return {
    endpoints: {
      get kinesis() {
        return started('kinesis', kinesisEndpoint);
      },
      get sqs() {
        return started('fauxqs', fauxqsEndpoint);
      },
      get sns() {
        return started('fauxqs', fauxqsEndpoint);
      },
      get s3() {
        return started('fauxqs', fauxqsEndpoint);
      },
      dynamodb: dynamodb.endpoint,
    },
    stop,
  };
}

function started(name: string, endpoint: string | undefined): string {
  if (!endpoint) throw new Error(`the ${name} emulator was not started: pass \`${name}: true\` to startEmulators`);
  return endpoint;
}
