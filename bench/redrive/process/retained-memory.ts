import { randomUUID } from 'node:crypto';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { RedriveRun } from '../../../cli/commands/redrive/redrive-run';
import { QueueReader } from '../../../cli/dead-letters/queue-reader';
import { Selection } from '../../../cli/dead-letters/selection';
import { DeadLetterQueue } from '../../../lambda/shared/dead-letter/dead-letter-queue';
import type { ObjectReader } from '../../../lambda/shared/dead-letter/object-reader';
import { ProcessorTarget } from '../../../lambda/shared/redrive/processor-target';
import { FUNCTION_ARN, ROLE_ARN, sampleDeadLetter } from '../sample-dead-letters';

const MOST_RECEIVED = 10;
const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/123456789012/orders-dead-letters';
const { signal } = new AbortController();

/** A dead letter as it is in the queue: the same in each message, so that only what redrive keeps can grow. */
async function sampleMessage(): Promise<Message> {
  let sent: SendMessageCommand['input'] | undefined;
  const client = { send: async ({ input }: SendMessageCommand) => (sent = input) } as unknown as SQSClient;
  await new DeadLetterQueue(client, undefined!, { queueUrl, maxMessageBytes: 1_048_576 }).send(sampleDeadLetter(0, 1), signal);
  return { Body: sent!.MessageBody, MessageAttributes: sent!.MessageAttributes, Attributes: { SentTimestamp: '1700000000000', ApproximateReceiveCount: '1' } };
}

/** A queue of so many messages, each of which it gives and deletes once. */
function queueOf(messages: number, sample: Message): { readonly client: SQSClient; readonly deleted: () => number } {
  let [received, deleted] = [0, 0];
  const send = async (command: { readonly input: unknown }): Promise<object> => {
    if (command instanceof ReceiveMessageCommand) {
      const count = Math.min(MOST_RECEIVED, command.input.MaxNumberOfMessages!, messages - received);
      received += count;
      return { Messages: Array.from({ length: count }, () => ({ ...sample, MessageId: randomUUID(), ReceiptHandle: randomUUID() })) };
    }
    if (!(command instanceof DeleteMessageBatchCommand)) throw new Error(`the queue must be read and emptied only, got: ${command.constructor.name}`);
    const { Entries = [] } = command.input;
    deleted += Entries.length;
    return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] };
  };
  return { client: { send } as unknown as SQSClient, deleted: () => deleted };
}

/** Redrives so many dead letters, and prints what the run still holds at its end, after garbage collection, in bytes. */
async function main(): Promise<void> {
  const messages = Number(process.argv[2]);
  const { client, deleted } = queueOf(messages, await sampleMessage());
  const lambda = { send: async (command: object) => (command.constructor.name.startsWith('GetFunction') ? { Role: ROLE_ARN } : {}) } as unknown as LambdaClient;
  const target = new ProcessorTarget(lambda, { onRoleUnknown: () => undefined });
  const reader = new QueueReader(client, undefined as unknown as ObjectReader, { send: async () => undefined }, {
    queueUrl, visibilityTimeout: 300, isFifo: false, aborted: signal,
  });
  const held = () => {
    global.gc!();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = held();
  const run = new RedriveRun(reader, target, Selection.everything(), { write: async () => undefined }, {
    rules: { include: [], onlyFailedRecords: false, toStream: false }, targets: [FUNCTION_ARN], concurrency: 16, stopAfterFailures: 0,
    commandOf: (command) => command, stopped: signal, aborted: signal,
  }, { onResult: () => undefined, onAlarm: () => undefined });
  await run.run();
  const bytes = held() - before;
  if (run.tally.count('sent') !== messages || deleted() !== messages) {
    throw new Error(`every message must be sent and deleted, got: ${run.tally.count('sent')} and ${deleted()} of ${messages}`);
  }
  process.stdout.write(JSON.stringify({ bytes, peakMebibytes: Math.round(process.resourceUsage().maxRSS / 1_024) }));
}

void main();
