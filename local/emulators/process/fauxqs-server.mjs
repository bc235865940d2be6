// Runs fauxqs in a child process, with its limits and queues brought in line with the services it stands for.
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { localQueueClass } from './local-queue.mjs';

const [appFile, accountId, region] = process.argv.slice(2);
const app = pathToFileURL(appFile);

// fauxqs has no option for these. A release that reads otherwise is refused, not run with other limits.
const corrections = [
  ['common/types.js', '"000000000000"', JSON.stringify(accountId)],
  // SQS allows #x10000 to #x10FFFF.
  ['sqs/sqsTypes.js', '\\uE000-\\uFFFD]/', '\\uE000-\\uFFFD\\u{10000}-\\u{10FFFF}]/u'],
  // Ten messages of 1 MiB, their JSON escapes included, and whole dead letters in S3.
  ['app.js', 'bodyLimit: 11 * 1_048_576', 'bodyLimit: 64 * 1_048_576'],
  // Deduplication within a group (`DeduplicationScope`) needs the group.
  ['sqs/actions/sendMessage.js', 'checkDeduplication(messageDeduplicationId)', 'checkDeduplication(messageDeduplicationId, messageGroupId)'],
  [
    'sqs/actions/sendMessage.js',
    'recordDeduplication(messageDeduplicationId, msg.messageId, msg.sequenceNumber)',
    'recordDeduplication(messageDeduplicationId, msg.messageId, msg.sequenceNumber, messageGroupId)',
  ],
  ['sqs/actions/sendMessageBatch.js', 'checkDeduplication(dedupId)', 'checkDeduplication(dedupId, entry.MessageGroupId)'],
  [
    'sqs/actions/sendMessageBatch.js',
    'recordDeduplication(dedupId, msg.messageId, msg.sequenceNumber)',
    'recordDeduplication(dedupId, msg.messageId, msg.sequenceNumber, entry.MessageGroupId)',
  ],
  // Where a dead letter comes from is an attribute that fauxqs does not know.
  [
    'sqs/actions/receiveMessage.js',
    'if (Object.keys(attrs).length > 0) {',
    `if (entry.message.deadLetterQueueSourceArn && wants(systemAttributeNames, wantsAll, "DeadLetterQueueSourceArn")) {
            attrs.DeadLetterQueueSourceArn = entry.message.deadLetterQueueSourceArn;
        }
        if (Object.keys(attrs).length > 0) {`,
  ],
].map(([file, from, to]) => ({ url: new URL(file, app).href, from, to }));
const corrected = new Set();

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const wanted = corrections.filter((entry) => entry.url === url);
    if (wanted.length === 0) return loaded;
    let source = loaded.source.toString();
    for (const { from, to } of wanted) {
      if (!source.includes(from)) throw new Error(`${url} no longer contains ${from}: look at what it does now`);
      source = source.replace(from, () => to);
    }
    corrected.add(url);
    return { ...loaded, source };
  },
});

const [{ buildApp }, { SqsQueue, SqsStore }, { SnsStore }, { S3Store }] = await Promise.all(
  ['app.js', 'sqs/sqsStore.js', 'sns/snsStore.js', 's3/s3Store.js'].map((file) => import(new URL(file, app))),
);
for (const { url } of corrections) {
  if (!corrected.has(url)) throw new Error(`${url} was not loaded, so it could not be corrected`);
}

const LocalQueue = localQueueClass(SqsQueue);

class LocalSqsStore extends SqsStore {
  origin;

  createQueue(name, url, arn, attributes, tags) {
    const queue = new LocalQueue(name, url, arn, attributes, tags);
    this.queues.set(url, queue);
    this.queuesByName.set(name, queue);
    this.queuesByArn.set(arn, queue);
    return queue;
  }

  buildQueueUrl(name, port, requestHost) {
    return `${this.origin ?? `http://${requestHost}`}/${accountId}/${name}`;
  }

  setOrigin(origin) {
    this.origin = origin;
    for (const queue of [...this.queues.values()]) {
      this.queues.delete(queue.url);
      queue.url = this.buildQueueUrl(queue.name);
      this.queues.set(queue.url, queue);
    }
  }
}

const sqsStore = new LocalSqsStore();
const server = buildApp({
  logger: false,
  defaultRegion: region,
  stores: { sqsStore, snsStore: new SnsStore(), s3Store: new S3Store() },
});
server.put('/_local/queue-url-origin', async (request) => {
  sqsStore.setOrigin(request.body.toString());
  return {};
});
server.post('/_local/visibility-timeouts/:queue', async (request, reply) => {
  const queue = sqsStore.getQueueByName(request.params.queue);
  if (!queue) return reply.status(404).send({});
  queue.endVisibilityTimeouts();
  return {};
});
await server.listen({ port: 0, host: '127.0.0.1' });
