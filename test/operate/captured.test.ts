import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import type { FailureRecord } from '../../lambda/shared/dead-letter/failure-record';
import { CAPTURE_PREFIX } from '../../src/contract';
import { OperatorSession, type StackName } from './operator-session';

type Batch = FailureRecord & { readonly payload: string | { readonly Records: readonly object[] } };

const names = ['poison-a', 'poison-b', 'poison-c'];

describe('what Lambda wrote without all records of the batch', () => {
  let stage: OperatorSession;

  beforeAll(async () => {
    stage = await OperatorSession.start('Captured', 'StandingBy');
  });

  afterAll(async () => stage?.stop());

  /** Has a batch fail that is over the limit of the queue, and Lambda write it twice more: once without a record, once without payload. */
  async function fail(stack: StackName): Promise<void> {
    const { s3 } = stage.cloud.clients;
    await stage.publish(stack, ...names.map((name) => JSON.stringify({ name, padding: 'x'.repeat(600_000) })));
    const Bucket = stage.bucket(stack);
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: CAPTURE_PREFIX }));
    const [{ Key }] = Contents;
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    const { payload, ...failure } = JSON.parse(await Body!.transformToString()) as Batch;
    const { Records } = typeof payload === 'string' ? (JSON.parse(payload) as { Records: object[] }) : payload;
    expect(Records).toHaveLength(names.length);
    for (const [name, written] of Object.entries({ partial: { ...failure, payload: { Records: Records.slice(1) } }, unreadable: failure })) {
      await s3.send(new PutObjectCommand({ Bucket, Key: `${Key}-${name}`, Body: JSON.stringify(written) }));
    }
    await stage.pipeline.settle();
    expect(await statuses(stack)).toEqual(['COMPLETE', 'PARTIAL', 'UNREADABLE']);
  }

  async function statuses(stack: StackName): Promise<string[]> {
    const { document } = await stage.tool.json('ls', '--stack', stack);
    return document.messages.map(({ status }: { status: string }) => status).sort();
  }

  it('is left by a stack that has nothing to read the stream with: the plan says what to deploy', async () => {
    await fail('Captured');
    const { exitCode, document } = await stage.tool.json('rehydrate', '--stack', 'Captured', '--yes');
    const reason = { name: 'NoFunction', message: expect.stringContaining('deploy the stack with keepCapture: FailureCapture.hydrate()') };
    expect([exitCode, document.plan.toDo]).toEqual([1, 0]);
    expect(document.plan.lines).toEqual(expect.arrayContaining(['PARTIAL', 'UNREADABLE'].map((status) => expect.objectContaining({ status, reason }))));
    expect(await statuses('Captured')).toEqual(['COMPLETE', 'PARTIAL', 'UNREADABLE']);
  });

  it('is whole once that is deployed, large and small, and is sent', async () => {
    await fail('StandingBy');
    const { exitCode, document } = await stage.tool.json('rehydrate', '--stack', 'StandingBy', '--yes');
    expect([exitCode, document.counts.better]).toEqual([0, 2]);
    expect(await statuses('StandingBy')).toEqual(['COMPLETE', 'COMPLETE', 'COMPLETE']);
    expect(await stage.undeliverables('StandingBy')).toEqual({ visible: 0, inFlight: 0 });

    stage.processors.StandingBy.fix();
    const processed = stage.processedBy('StandingBy');
    expect((await stage.tool.run('redrive', '--stack', 'StandingBy', '--yes')).exitCode).toBe(0);
    expect([...processed()].sort()).toEqual(names.flatMap((name) => [name, name, name]));
    expect(stage.cloud.account.denials).toEqual([]);
  });
});
