import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type DescribeStreamSummaryCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import type { S3Client } from '@aws-sdk/client-s3';
import { DeadLetter, toDeadLetter } from '../../../lambda/shared/dead-letter/dead-letter';
import { DeadLetterQueue } from '../../../lambda/shared/dead-letter/dead-letter-queue';
import { OverflowBucket } from '../../../lambda/shared/dead-letter/overflow-bucket';
import type { ReadResult } from '../../../lambda/shared/dead-letter/read-result';
import { toEventRecord } from '../../../lambda/shared/stream/kinesis-event-record';
import { HydrationStatus, OVERFLOW_PREFIX } from '../../../src/contract';
import { FUNCTION_ARN, failureRecord, indexOf, Range, SHARD_ID, STREAM_ARN, streamRecord } from '../../../test/support/records';
import type { Clients, CommandModule, Context, GlobalOptions, NamedQueue } from '../../context';
import type { Dlq } from '../../dlq';
import { TerminalOutput } from '../../output/terminal-output';
import { FakeLambda } from './fake-lambda';
import { FakeLogs } from './fake-logs';
import { FakeSqs } from './fake-sqs';
import { memoryStreams } from './memory-streams';
import { requireRunnable } from './printed-commands';

export const QUEUE = 'https://sqs.us-east-1.amazonaws.com/123456789012/Orders';
export const FIFO_QUEUE = `${QUEUE}.fifo`;
export const UNDELIVERABLE_QUEUE = `${QUEUE}Undeliverable`;
export const PARKING_QUEUE = `${QUEUE}Parking`;
export const BUCKET = 'overflow';
export const CALLER = 'arn:aws:sts::123456789012:assumed-role/Operator/mia';
export const HYDRATE_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:hydrate';
export const CAPTURE_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:capture';
export const REDRIVE_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:redrive';

/** The records of a batch, as the processor gets them. */
export function eventRecords({ from = 0, to = 2 }: Range = {}): unknown[] {
  return Array.from({ length: to - from + 1 }, (_, place) =>
    toEventRecord(streamRecord(from + place), { shardId: SHARD_ID, eventSourceArn: STREAM_ARN }));
}

/** A dead letter of a batch of three, or of another range, with the verdict that its status takes. */
export function deadLetterOf(range: Range & { readonly status?: HydrationStatus; readonly records?: readonly unknown[] } = {}): DeadLetter {
  const { status = HydrationStatus.COMPLETE, from = 0, to = 2 } = range;
  const all = eventRecords({ from, to });
  const readings: Record<HydrationStatus, ReadResult> = {
    COMPLETE: { records: all, hasStart: true, hasEnd: true },
    SUPERSET: { records: [...all, ...eventRecords({ from: to + 1, to: to + 1 })], hasStart: true, hasEnd: true },
    PARTIAL: { records: all.slice(1), hasStart: false, hasEnd: true },
    EXPIRED: { records: [], hasStart: false, hasEnd: false },
    UNREADABLE: { records: all.slice(0, 1), hasStart: true, hasEnd: false, unreadable: true, error: { name: 'AccessDeniedException', message: 'no' } },
  };
  const { records = readings[status].records } = range;
  return toDeadLetter(failureRecord({ from, to }), { ...readings[status], records });
}

/** A processor that remembers what it has processed, and fails as it is told to. */
export class FakeProcessor {
  readonly processed: number[] = [];
  /** Records that it cannot deal with. */
  readonly poison = new Set<number>();
  /** Whether it says so by batchItemFailures, or throws. */
  reports = false;

  readonly handler = ({ Records }: { Records: unknown[] }): object => {
    const indices = Records.map(indexOf);
    const firstBad = indices.findIndex((index) => this.poison.has(index));
    if (firstBad >= 0 && !this.reports) throw Object.assign(new Error('poison'), { name: 'PoisonError' });
    this.processed.push(...(firstBad < 0 ? indices : indices.slice(0, firstBad)));
    const failures = firstBad < 0 ? [] : [{ itemIdentifier: (Records[firstBad] as { kinesis: { sequenceNumber: string } }).kinesis.sequenceNumber }];
    return { batchItemFailures: failures };
  };
}

export interface RunHow {
  readonly args?: readonly string[];
  readonly json?: boolean;
  readonly queueUrl?: string;
  /** What the command line says of the queue, where a command repeats it. */
  readonly globals?: Partial<GlobalOptions>;
}

/** A stack with its queues, and an operator who works on it. */
export class Operation {
  readonly sqs = new FakeSqs();
  readonly lambda = new FakeLambda();
  readonly logs = new FakeLogs();
  readonly processor = new FakeProcessor();
  readonly objects = new Map<string, string>();
  /** Keys that a listing has, and that no object has any more. */
  readonly listedAndDeleted: string[] = [];
  /** Hours that streams keep records, of those that the operator may ask. */
  readonly retentions = new Map<string, number>();
  /** Streams that were asked for that. */
  readonly askedStreams: string[] = [];
  /** Whether the operator may be told that an object is missing. No policy that the tool prints lets anybody. */
  mayList = true;
  readonly folder = mkdtempSync(join(tmpdir(), 'cdk-stream-dlq-'));
  readonly auditLog = join(this.folder, 'audit.jsonl');
  readonly stop = new AbortController();
  readonly abort = new AbortController();
  /** What is known of the stack. */
  dlq: Partial<Dlq> = {
    functions: [{ role: 'hydrate', functionArn: HYDRATE_ARN }, { role: 'redrive', functionArn: REDRIVE_ARN }],
    undeliverableQueueUrl: UNDELIVERABLE_QUEUE,
    parkingQueueUrl: PARKING_QUEUE,
    overflowBucket: BUCKET,
  };
  /** What the operator answers. No answer: there is no terminal. */
  answers: boolean[] = [];
  readonly questions: string[] = [];
  /** Replaced by tests of the services beside. */
  more: Partial<Clients> = {};

  constructor() {
    process.env.XDG_STATE_HOME = this.folder;
    for (const url of [QUEUE, UNDELIVERABLE_QUEUE, PARKING_QUEUE]) this.sqs.createQueue(url);
    this.sqs.createQueue(FIFO_QUEUE, { FifoQueue: 'true' });
    this.lambda.functions.set(FUNCTION_ARN, this.processor.handler);
  }

  /** Puts a dead letter into a queue, as the hydrate function does. Its message id is empty where a FIFO queue has dropped it. */
  async put(deadLetter: DeadLetter, queueUrl = QUEUE, maxMessageBytes = 1_048_576): Promise<string> {
    const known = new Set(this.sqs.messages(queueUrl).map(({ messageId }) => messageId));
    const overflow = new OverflowBucket(this.s3, BUCKET, OVERFLOW_PREFIX);
    await new DeadLetterQueue(this.sqs.client, overflow, { queueUrl, maxMessageBytes }).send(deadLetter, new AbortController().signal);
    this.sqs.calls.length = 0;
    return this.sqs.messages(queueUrl).find(({ messageId }) => !known.has(messageId))?.messageId ?? '';
  }

  /** Puts dead letters of three records each, one after another. */
  async putBatches(count: number, queueUrl = QUEUE): Promise<string[]> {
    const ids: string[] = [];
    for (let place = 0; place < count; place++) ids.push(await this.put(deadLetterOf({ from: place * 10, to: place * 10 + 2 }), queueUrl));
    return ids;
  }

  async run<Options>(
    command: CommandModule<Options>, options: Options, { args = [], json = false, queueUrl = QUEUE, globals = {} }: RunHow = {},
  ) {
    const streams = memoryStreams();
    const output = new TerminalOutput(streams, { command: 'test', json, color: false, env: {}, stopped: this.stop.signal });
    const requireAnswer = (what: string) => {
      if (this.answers.length === 0) throw new Error(`nobody is there to be asked: ${what}`);
    };
    output.requireTerminal = () => requireAnswer('whatever it is');
    output.confirm = async (question) => {
      this.questions.push(question);
      requireAnswer(question);
      return this.answers.shift()!;
    };
    const context: Context = {
      options: { json, ...globals },
      clients: this.clients,
      output,
      stopped: this.stop.signal,
      aborted: this.abort.signal,
      dlq: async (named) => this.dlqNamed(named, queueUrl),
    };
    let exitCode: number | undefined;
    let error: Error | undefined;
    try {
      exitCode = await command.run(context, args, options);
    } catch (thrown) {
      error = thrown as Error;
    }
    const out = streams.out();
    // Whatever is printed can be run.
    await requireRunnable([out, streams.err(), error?.message ?? ''].join('\n').replaceAll('\\"', '"'));
    return { exitCode, error, out, err: streams.err(), document: json && out ? (JSON.parse(out) as Record<string, never>) : undefined };
  }

  get audit(): Record<string, string>[] {
    return readFileSync(this.auditLog, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as Record<string, string>);
  }

  /** Dead letters in a queue: of each, the records that it holds. */
  deadLettersIn(queueUrl = QUEUE): { status: string; records: number[]; body: DeadLetter }[] {
    return this.sqs.messages(queueUrl).map(({ body, attributes }) => {
      const [, place] = body.startsWith('[') ? (JSON.parse(body) as [string, { s3Key: string }]) : [];
      const deadLetter = JSON.parse(place ? this.objects.get(place.s3Key)! : body) as DeadLetter;
      return { status: attributes.status.StringValue!, records: deadLetter.payload.Records.map(indexOf), body: deadLetter };
    });
  }

  close(): void {
    delete process.env.XDG_STATE_HOME;
    rmSync(this.folder, { recursive: true, force: true });
  }

  get clients(): Clients {
    const none = (name: string) => async () => {
      throw new Error(`${name} is not to be asked`);
    };
    return {
      sqs: async () => this.sqs.client,
      lambda: async () => this.lambda.client,
      s3: async () => this.s3,
      sts: async () => ({ send: async () => ({ Arn: CALLER }), config: { credentials: async () => ({ accessKeyId: 'AKIAEXAMPLE' }) } }) as never,
      kinesis: async () => this.kinesis,
      dynamodb: none('DynamoDB'),
      tableStreams: none('DynamoDB Streams'),
      logs: none('CloudWatch Logs'),
      logReader: async (region) => this.logs.clientOf(region),
      tagging: none('tagging'),
      ...this.more,
    };
  }

  private get kinesis(): KinesisClient {
    const send = async (command: DescribeStreamSummaryCommand): Promise<object> => {
      const { StreamARN = '' } = command.input;
      if (command.constructor.name !== 'DescribeStreamSummaryCommand') throw new Error('nothing else of Kinesis is to be asked');
      this.askedStreams.push(StreamARN);
      const hours = this.retentions.get(StreamARN);
      if (hours !== undefined) return { StreamDescriptionSummary: { RetentionPeriodHours: hours } };
      const denial = `User: ${CALLER} is not authorized to perform: kinesis:DescribeStreamSummary on resource: ${StreamARN}`;
      throw Object.assign(new Error(denial), { name: 'AccessDeniedException', $fault: 'client' });
    };
    return { send, config: { region: async () => 'us-east-1' } } as unknown as KinesisClient;
  }

  private get s3(): S3Client {
    const send = async (command: { input: { Key?: string; Body?: Uint8Array } }): Promise<object> => {
      const { Key, Body } = command.input;
      if (Key === undefined) return { Contents: [...this.objects.keys(), ...this.listedAndDeleted].map((key) => ({ Key: key })) };
      if (Body !== undefined) {
        this.objects.set(Key, Buffer.from(Body).toString());
        return {};
      }
      const text = this.objects.get(Key);
      if (text === undefined && this.mayList) throw Object.assign(new Error('The specified key does not exist.'), { name: 'NoSuchKey' });
      if (text === undefined) {
        const denial = `User: ${CALLER} is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::${BUCKET}" because no policy allows it`;
        throw Object.assign(new Error(denial), { name: 'AccessDenied' });
      }
      return { Body: Readable.from([Buffer.from(text)]) };
    };
    return { send } as unknown as S3Client;
  }

  private dlqNamed(named: NamedQueue | undefined, queueUrl: string): Dlq {
    const { functions, ...alone } = this.dlqOf(named?.stack ?? named?.queue ?? queueUrl);
    return named?.isAlone ? { ...alone, functions: [] } : { ...alone, functions };
  }

  private dlqOf(queueUrl: string): Dlq {
    return {
      queueUrl,
      queueArn: `arn:aws:sqs:us-east-1:123456789012:${queueUrl.split('/').at(-1)}`,
      maxMessageBytes: 1_048_576,
      isFifo: queueUrl.endsWith('.fifo'),
      messages: { visible: this.sqs.visible(queueUrl).length, inFlight: 0, delayed: 0 },
      functions: [],
      ...this.dlq,
    };
  }
}
