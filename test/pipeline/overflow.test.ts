import { GetObjectCommand } from '@aws-sdk/client-s3';
import { App, Stack } from 'aws-cdk-lib';
import { KinesisStreamProcessor, type KinesisStreamProcessorProps } from '../../src';
import { itNeedsExtendedClient, readByExtendedClient } from './extended-client';
import { Pipeline, processorProps, withoutRoles } from './pipeline';

/** A batch that fails as a whole, whose dead letter is over 1 MiB. */
const LARGE = [
  { key: 'a', data: `throw ${'x'.repeat(600_000)}` },
  { key: 'ключ 🧡', data: new Uint8Array(600_000).fill(0xff) },
];

describe('a dead letter over the limit of its queue', () => {
  let pipeline: Pipeline | undefined;

  async function failed(props: Partial<KinesisStreamProcessorProps> = {}): Promise<Pipeline> {
    const define = (app: App) => [
      new KinesisStreamProcessor(new Stack(app, 'Test'), 'Orders', {
        processorProps: processorProps(),
        retryAttempts: 0,
        bisectBatchOnError: false,
        ...props,
      }),
    ];
    pipeline = await Pipeline.start({ define });
    await pipeline.publish(LARGE);
    await pipeline.settle();
    return pipeline;
  }

  async function objectAt(cloud: Pipeline['cloud'], body: string): Promise<string> {
    const [, { s3BucketName, s3Key }] = JSON.parse(body);
    const { Body } = await cloud.clients.s3.send(new GetObjectCommand({ Bucket: s3BucketName, Key: s3Key }));
    return Body!.transformToString();
  }

  afterEach(async () => {
    await pipeline?.stop();
    pipeline = undefined;
  });

  it('is an object in the overflow bucket that the message points to', async () => {
    const it = await failed();
    const [message, ...more] = await it.deadLetterMessages();
    expect(more).toEqual([]);
    const [kind, { s3Key }] = JSON.parse(message.Body!);
    expect(kind).toBe('software.amazon.payloadoffloading.PayloadS3Pointer');

    const body = await objectAt(it.cloud, message.Body!);
    const letter = JSON.parse(body);
    expect(letter.payload).toEqual(withoutRoles(it.received[0]));
    expect(letter.hydration).toMatchObject({ status: 'COMPLETE', recoveredRecords: 2 });
    expect(s3Key).toMatch(new RegExp(`^dead-letters/[\\da-f]{8}/\\d{4}/\\d{2}/\\d{2}/${letter.hydration.deadLetterId}\\.json$`));
    expect(message.MessageAttributes!.ExtendedPayloadSize).toMatchObject({ DataType: 'Number', StringValue: String(Buffer.byteLength(body)) });
  });

  itNeedsExtendedClient('is fetched by the official Extended Client for Python, as any message', async () => {
    const pipe = await failed();
    const body = await readByExtendedClient(pipe);

    expect(JSON.parse(body).payload).toEqual(withoutRoles(pipe.received[0]));
    // It deletes what it has handled, by the receipt handle that names the object as well.
    expect(await pipe.deadLetterMessages()).toEqual([]);
  });

  it('is inline again where the limit is not reached', async () => {
    const it = await failed({ batchSize: 1 });
    const [letter] = await it.deadLetters();
    expect(letter.payload).toEqual(withoutRoles(it.received[0]));
  });
});
