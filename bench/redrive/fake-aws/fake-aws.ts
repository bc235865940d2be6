import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { DeadLetterQueue } from '../../../lambda/shared/dead-letter/dead-letter-queue';
import { QueueModel, type StoredMessage } from '../../../local/fakes/queue-model';
import { Listener } from '../../../local/gateway/listener';
import { ACCOUNT_ID, FUNCTION_ARN, REGION, ROLE_ARN, sampleDeadLetter } from '../sample-dead-letters';
import { type DeliveryCounts, DeliveryTracker, type TargetKind } from './delivery-tracker';
import { FakeSqs, MAX_MESSAGE_BYTES, QUEUE_NAME } from './fake-sqs';
import { type ServiceResponse, json, ServiceError } from './service-response';

/** What happened since the queue was filled. */
export interface Report extends DeliveryCounts {
  /** Messages that are still in the queue, in flight or not. */
  readonly remaining: number;
  /** By the names of the services' operations. */
  readonly calls: Readonly<Record<string, number>>;
  /** Unsupported requests. */
  readonly unknown: readonly string[];
  /** From the first dead letter that was sent to the last that was deleted. */
  readonly sendingSeconds: number;
}

export interface FillOptions {
  readonly to: TargetKind;
  readonly latencyMillis?: number;
  /** Whether dead letters have one record each, and are written only before they are received: of a million, not all fit into memory. */
  readonly isLarge?: boolean;
}

/** Dead letters that a large queue has ready. */
const READY = 1_000;

interface Request {
  readonly method: string;
  readonly url: URL;
  readonly target: string;
  readonly body: Buffer;
  readonly gone: AbortSignal;
}

interface PutRecords {
  readonly Records: readonly { readonly PartitionKey: string; readonly Data: string }[];
}

const JSON_1_1 = 'application/x-amz-json-1.1';

/**
 * The part of AWS that `redrive` needs, in memory, behind one endpoint. It counts the calls and tracks every dead letter.
 */
export class FakeAws {
  static async start(): Promise<FakeAws> {
    const aws = new FakeAws();
    aws.listener = await Listener.start('bench', async (incoming, outgoing) => aws.handle(incoming, outgoing));
    return aws;
  }

  private listener!: Listener;
  private queue = new QueueModel();
  private ledger = new DeliveryTracker();
  private sqs!: FakeSqs;
  private beforeReceive!: () => Promise<void>;
  private notWritten!: () => number;
  private calls = new Map<string, number>();
  private unknown = new Set<string>();
  private latencyMillis = 0;
  private firstSent?: number;
  private lastDeleted?: number;

  get endpoint(): string {
    return this.listener.endpoint;
  }

  get queueUrl(): string {
    return `${this.endpoint}/${ACCOUNT_ID}/${QUEUE_NAME}`;
  }

  /** Starts over with this many dead letters in the queue, written by the code of the hydrate function. */
  async fill(deadLetters: number, { to, latencyMillis = 0, isLarge = false }: FillOptions): Promise<void> {
    const queue = new QueueModel();
    const numbers = new Map<StoredMessage, number>();
    const ledger = new DeliveryTracker();
    const sentAt = Date.now();
    let written = 0;
    const client = {
      send: async ({ input }: { input: { MessageBody: string; MessageAttributes: StoredMessage['attributes'] } }) =>
        numbers.set(queue.send({ body: input.MessageBody, attributes: input.MessageAttributes, sentAt }), written),
    } as unknown as SQSClient;
    const overflow = { keep: () => Promise.reject(new Error('a dead letter of the bench must fit its queue')) };
    const deadLetterQueue = new DeadLetterQueue(client, overflow, { queueUrl: this.queueUrl, maxMessageBytes: MAX_MESSAGE_BYTES });
    const { signal } = new AbortController();
    const write = async (count: number) => {
      for (const end = Math.min(deadLetters, written + count); written < end; written++) {
        const it = sampleDeadLetter(written, isLarge ? 1 : undefined);
        ledger.expect(to, FUNCTION_ARN, it.payload);
        await deadLetterQueue.send(it, signal);
      }
    };
    await write(isLarge ? READY : deadLetters);
    const queueArn = `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${QUEUE_NAME}`;
    const onDeleted = (message: StoredMessage) => {
      const number = numbers.get(message);
      if (number === undefined) return;
      ledger.deleted(number);
      numbers.delete(message);
      // The queue remembers the handles of messages that are gone.
      if (isLarge) Object.assign(message, { body: '', attributes: {} });
    };
    const notWritten = () => deadLetters - written;
    let writing = Promise.resolve();
    Object.assign(this, {
      queue,
      ledger,
      sqs: new FakeSqs(queue, { queueUrl: this.queueUrl, queueArn, notWritten }, onDeleted),
      notWritten,
      beforeReceive: async () => (writing = writing.then(() => write(numbers.size < READY ? READY - numbers.size : 0))),
      calls: new Map(),
      unknown: new Set(),
      latencyMillis,
      firstSent: undefined,
      lastDeleted: undefined,
    });
  }

  get report(): Report {
    return {
      ...this.ledger.counts,
      remaining: this.queue.messages.length + this.notWritten(),
      calls: Object.fromEntries(this.calls),
      unknown: [...this.unknown],
      sendingSeconds: ((this.lastDeleted ?? 0) - (this.firstSent ?? 0)) / 1_000,
    };
  }

  async stop(): Promise<void> {
    await this.listener.stop();
  }

  private async handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const gone = new AbortController();
    outgoing.once('close', () => gone.abort());
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const { status, type, body } = await this.answer({
        method: incoming.method!,
        url: new URL(incoming.url!, this.endpoint),
        target: String(incoming.headers['x-amz-target'] ?? ''),
        body: Buffer.concat(chunks),
        gone: gone.signal,
      });
      if (this.latencyMillis > 0) await sleep(this.latencyMillis);
      outgoing.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
    } catch (error) {
      // A client that was killed has broken off its requests.
      if (!gone.signal.aborted) outgoing.writeHead(500, { 'content-type': 'text/plain' }).end(String(error));
    }
  }

  private async answer(request: Request): Promise<ServiceResponse> {
    try {
      return await this.route(request);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return { status: 400, type: 'application/x-amz-json-1.0', body: JSON.stringify({ __type: error.code, message: error.message }) };
    }
  }

  private route(request: Request): ServiceResponse | Promise<ServiceResponse> {
    const { method, url, target, body } = request;
    const [api, action] = target.split('.');
    if (api === 'AmazonSQS' && Object.hasOwn(this.sqs.actions, action)) return this.sqsAction(action, request);
    if (target === 'Kinesis_20131202.PutRecords') return this.putRecords(JSON.parse(body.toString()) as PutRecords);
    if (target === 'ResourceGroupsTaggingAPI_20170126.GetResources') {
      this.count('GetResources');
      return json(JSON_1_1, { PaginationToken: '', ResourceTagMappingList: [] });
    }
    const [, functionArn] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(url.pathname) ?? [];
    if (method === 'POST' && functionArn) return this.invoke(decodeURIComponent(functionArn), body);
    if (method === 'GET' && /^\/2015-03-31\/functions\/[^/]+\/configuration$/.test(url.pathname)) return this.configuration();
    if (method === 'POST' && /(^|&)Action=GetCallerIdentity(&|$)/.test(body.toString())) return this.callerIdentity();
    const what = target || `${method} ${url.pathname}`;
    this.unknown.add(what);
    throw new ServiceError('UnknownOperationException', `the benchmark does not support ${what}`);
  }

  private async sqsAction(action: string, { body, gone }: Request): Promise<ServiceResponse> {
    this.count(action);
    if (action === 'ReceiveMessage') await this.beforeReceive();
    const answer = await this.sqs.actions[action](JSON.parse(body.toString()) as object, gone);
    if (action.startsWith('DeleteMessage')) this.lastDeleted = performance.now();
    return answer;
  }

  private invoke(functionArn: string, event: Buffer): ServiceResponse {
    this.count('Invoke');
    this.firstSent ??= performance.now();
    this.ledger.invoked(functionArn, event);
    return json('application/json', { batchItemFailures: [] });
  }

  private configuration(): ServiceResponse {
    this.count('GetFunctionConfiguration');
    return json('application/json', { Role: ROLE_ARN });
  }

  private putRecords({ Records }: PutRecords): ServiceResponse {
    this.count('PutRecords');
    this.firstSent ??= performance.now();
    for (const { PartitionKey, Data } of Records) this.ledger.put(PartitionKey, Data);
    const put = Records.map((_, index) => ({ SequenceNumber: String(index + 1), ShardId: 'shardId-000000000000' }));
    return json(JSON_1_1, { FailedRecordCount: 0, Records: put });
  }

  private callerIdentity(): ServiceResponse {
    this.count('GetCallerIdentity');
    const identity = `<Arn>arn:aws:iam::${ACCOUNT_ID}:user/bench</Arn><UserId>AIDAEXAMPLE</UserId><Account>${ACCOUNT_ID}</Account>`;
    const body = '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
      + `<GetCallerIdentityResult>${identity}</GetCallerIdentityResult></GetCallerIdentityResponse>`;
    return { status: 200, type: 'text/xml', body };
  }

  private count(operation: string): void {
    this.calls.set(operation, (this.calls.get(operation) ?? 0) + 1);
  }
}
