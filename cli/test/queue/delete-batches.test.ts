import type { DeleteMessageBatchCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import { DeleteBatches } from '../../queue/delete-batches';

/** Answers of SQS, in turn: which handles it refuses, and which it does not speak of. */
function clientWith(answer: (input: DeleteMessageBatchCommandInput) => object) {
  const batches: string[][] = [];
  const client = {
    send: async ({ input }: { input: DeleteMessageBatchCommandInput }) => {
      batches.push(input.Entries!.map(({ ReceiptHandle }) => ReceiptHandle!));
      return answer(input);
    },
  } as unknown as SQSClient;
  return { client, batches };
}

const allOf = ({ Entries }: DeleteMessageBatchCommandInput) => ({ Successful: Entries!.map(({ Id }) => ({ Id })) });
const handles = (count: number) => Array.from({ length: count }, (_, index) => `handle-${index}`);

describe('deletes', () => {
  test('go ten at a time, and what remains when its time is over', async () => {
    const { client, batches } = clientWith(allOf);
    const deletes = new DeleteBatches(client, { queueUrl: 'queue', deleteWaitMillis: 5 });
    await Promise.all(handles(23).map(async (handle) => deletes.delete(handle)));
    expect(batches.map(({ length }) => length)).toEqual([10, 10, 3]);
    expect(batches.flat()).toEqual(handles(23));
  });

  test('fail one by one, as SQS says', async () => {
    const { client } = clientWith(({ Entries }) => ({
      Successful: [{ Id: Entries![0].Id }],
      Failed: [
        { Id: Entries![1].Id, SenderFault: true, Code: 'ReceiptHandleIsInvalid', Message: 'no such handle' },
        { Id: Entries![2].Id, SenderFault: false, Code: 'InternalError', Message: 'later' },
      ],
    }));
    const deletes = new DeleteBatches(client, { queueUrl: 'queue' });
    const results = await Promise.allSettled(handles(4).map(async (handle) => deletes.delete(handle)));
    expect(results.map((it) => (it.status === 'rejected' ? (it.reason as object) : it.status))).toEqual([
      'fulfilled',
      expect.objectContaining({ name: 'ReceiptHandleIsInvalid', message: 'no such handle', $fault: 'client' }),
      expect.objectContaining({ name: 'InternalError', message: 'later', $fault: 'server' }),
      expect.objectContaining({ name: 'InvalidResponseError' }),
    ]);
  });

  test('all fail with their call, and the next call is made all the same', async () => {
    let calls = 0;
    const { client } = clientWith((input) => {
      if (calls++ === 0) throw new Error('connection reset');
      return allOf(input);
    });
    const deletes = new DeleteBatches(client, { queueUrl: 'queue' });
    const results = await Promise.allSettled(handles(12).map(async (handle) => deletes.delete(handle)));
    expect(results.map(({ status }) => status)).toEqual([...Array.from({ length: 10 }, () => 'rejected'), 'fulfilled', 'fulfilled']);
  });
});
