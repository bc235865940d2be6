// Runs fauxqs in a child process, with its limits brought in line with those of the services it stands for.
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const [appFile, accountId, region] = process.argv.slice(2);
const app = pathToFileURL(appFile);

// fauxqs has no option for these. A release that reads otherwise is refused, not run with other limits.
const corrections = [
  ['common/types.js', '"000000000000"', JSON.stringify(accountId)],
  // SQS allows #x10000 to #x10FFFF.
  ['sqs/sqsTypes.js', '\\uE000-\\uFFFD]/', '\\uE000-\\uFFFD\\u{10000}-\\u{10FFFF}]/u'],
  // Ten messages of 1 MiB, their JSON escapes included, and whole dead letters in S3.
  ['app.js', 'bodyLimit: 11 * 1_048_576', 'bodyLimit: 64 * 1_048_576'],
].map(([file, from, to]) => ({ url: new URL(file, app).href, from, to }));
const corrected = new Set();

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const correction = corrections.find((entry) => entry.url === url);
    if (!correction) return loaded;
    const source = loaded.source.toString();
    if (!source.includes(correction.from))
      throw new Error(`${url} no longer contains ${correction.from}: look at its new limits`);
    corrected.add(url);
    return { ...loaded, source: source.replace(correction.from, () => correction.to) };
  },
});

const [{ buildApp }, { SqsQueue, SqsStore }, { SnsStore }, { S3Store }] = await Promise.all(
  ['app.js', 'sqs/sqsStore.js', 'sns/snsStore.js', 's3/s3Store.js'].map((file) => import(new URL(file, app))),
);
for (const { url } of corrections) {
  if (!corrected.has(url)) throw new Error(`${url} was not loaded, so its limits could not be corrected`);
}

// fauxqs counts as of the last receive: a message whose visibility timeout is over would be in flight until somebody asks for it.
const { getAttribute } = SqsQueue.prototype;
SqsQueue.prototype.getAttribute = function (name) {
  const value = getAttribute.call(this, name);
  const sign = { ApproximateNumberOfMessages: 1, ApproximateNumberOfMessagesNotVisible: -1 }[name];
  if (sign === undefined) return value;
  const now = Date.now();
  const back = [...this.inflightMessages.values()].filter(({ visibilityDeadline }) => visibilityDeadline <= now).length;
  return String(Number(value) + sign * back);
};

class LocalSqsStore extends SqsStore {
  origin;

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
await server.listen({ port: 0, host: '127.0.0.1' });
