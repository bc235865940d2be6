import { HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { App, Stack } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import { FailureCapture, KinesisStreamProcessor } from '../../src';
import { consume } from './consumer';
import { itNeedsExtendedClient, readByExtendedClient } from './extended-client';
import { Pipeline, processorProps, withoutRoles } from './pipeline';

const HYDRATE = 0;
const S3 = 1;

const SMALL = [{ key: 'a', data: 'throw' }, { key: 'schlüssel 🧡', data: new Uint8Array([0, 0xff, 0xfe]) }];
/** Its dead letter is over the limit of a message. */
const LARGE = [{ key: 'a', data: `throw ${'x'.repeat(600_000)}` }, { key: 'ключ', data: new Uint8Array(600_000).fill(0xff) }];

/** Two processors of one stream, with a capture of each kind. */
function define(app: App): KinesisStreamProcessor[] {
  const stack = new Stack(app, 'Test');
  const stream = new kinesis.Stream(stack, 'Stream');
  const props = { stream, processorProps: processorProps(), retryAttempts: 0, bisectBatchOnError: false };
  return [FailureCapture.hydrate(), FailureCapture.s3()].map(
    (capture, index) => new KinesisStreamProcessor(stack, ['Hydrated', 'Captured'][index], { ...props, capture }),
  );
}

describe.each(['string', 'object'] as const)('one consumer of both captures, where Lambda writes payload as %s', (s3Payload) => {
  let pipeline: Pipeline;

  beforeEach(async () => {
    pipeline = await Pipeline.start({ define, s3Payload });
  });
  afterEach(async () => pipeline?.stop());

  /** The events as a dead letter of the capture has them. */
  function receivedBy(processor: number): readonly object[] {
    return processor === HYDRATE ? pipeline.received.map(withoutRoles) : pipeline.received;
  }

  async function failed(records: typeof SMALL | typeof LARGE): Promise<void> {
    await pipeline.publish(records);
    await pipeline.settle();
  }

  it.each([
    ['inline', SMALL],
    ['by a pointer', LARGE],
  ])('reads a dead letter %s', async (where, records) => {
    await failed(records);

    for (const processor of [HYDRATE, S3]) {
      const [message, ...more] = await pipeline.deadLetterMessages(processor);
      const letter = await consume(message, pipeline.cloud.clients.s3);
      expect(more).toEqual([]);
      expect(letter.status).toBe('COMPLETE');
      expect(letter.id).toMatch(/^[\da-f]{32}$/);
      expect(receivedBy(processor)).toContainEqual(letter.event);
      expect(letter.event.Records).toHaveLength(2);
      expect(letter.key === undefined).toBe(where === 'inline');
    }
    expect(pipeline.cloud.account.denials).toEqual([]);
  });

  it('is led to the very object that Lambda wrote, which is in no other place', async () => {
    await failed(LARGE);

    const { s3 } = pipeline.cloud.clients;
    const [message] = await pipeline.deadLetterMessages(S3);
    const [, { s3BucketName: Bucket, s3Key: Key }] = JSON.parse(message.Body!);
    expect(Key).toMatch(/^aws\/lambda\//);
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents!.map((object) => object.Key)).toEqual([Key]);
    const { ContentLength } = await s3.send(new HeadObjectCommand({ Bucket, Key }));
    expect(message.MessageAttributes!.ExtendedPayloadSize).toMatchObject({ DataType: 'Number', StringValue: String(ContentLength) });
  });

  itNeedsExtendedClient('may be the official Extended Client for Python, for the body', async () => {
    await failed(LARGE);

    for (const processor of [HYDRATE, S3]) {
      const { payload } = JSON.parse(await readByExtendedClient(pipeline, processor));
      const event = typeof payload === 'string' ? JSON.parse(payload) : payload;
      expect(receivedBy(processor)).toContainEqual(event);
      expect(await pipeline.deadLetterMessages(processor)).toEqual([]);
    }
  });
});
