import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { jsonError } from '../gateway/error-bodies';
import { Forwarder } from '../gateway/forward';
import type { GatewayResponse, HttpRequest } from '../gateway/types';
import { parseObject } from '../json';
import { DynamoDbArns } from './dynamodb-arns';
import type { AccountAndRegion } from './dynamodb-arns';
import { DynamoDbLocal } from './dynamodb-local';
import { RecordTimes, type TimedRecord } from './record-times';
import { StreamFollower } from './stream-follower';

const CONTENT_TYPE = 'application/x-amz-json-1.0';
/** DynamoDB Local wants to see somebody's signature, and does not verify it. */
const SIGNED = 'AWS4-HMAC-SHA256 Credential=local/20000101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0';

type Json = Record<string, unknown>;

/**
 * DynamoDB Local as the account's own DynamoDB and DynamoDB Streams, for everybody: it speaks of the account's ARNs and region, and
 * tells the second in which a record was written. The address is there at once. Java starts with the first request.
 */
export class DynamoDb {
  static async start(names: AccountAndRegion, startLocal: () => DynamoDbLocal = () => DynamoDbLocal.start()): Promise<DynamoDb> {
    const front = new DynamoDb(new DynamoDbArns(names), startLocal);
    front.server.listen(0, '127.0.0.1');
    await once(front.server, 'listening');
    return front;
  }

  private readonly server: Server;
  private readonly times = new RecordTimes();
  private readonly follower = new StreamFollower(async (target, input) => this.call(target, input));
  private local?: DynamoDbLocal;
  private listening?: Promise<Forwarder>;

  private constructor(private readonly names: DynamoDbArns, private readonly startLocal: () => DynamoDbLocal) {
    this.server = createServer({ keepAliveTimeout: 60_000 }, (incoming, outgoing) => void this.handle(incoming, outgoing));
    // As with the emulators that are children: a program that is done can end.
    this.server.on('connection', (socket) => socket.unref()).unref();
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Java runs. */
  get started(): boolean {
    return this.local?.running ?? false;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await this.local?.stop();
    const forwarder = await this.listening?.catch(() => undefined);
    forwarder?.close();
    await closed;
  }

  private async handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    let answer: GatewayResponse;
    try {
      const { method, url, headers } = incoming;
      answer = await this.answer({ method: method!, url: url!, headers, body: await buffer(incoming) });
    } catch (error) {
      // A status that clients do not try again on.
      answer = jsonError('DynamoDbLocalUnavailable', (error as Error).message, 501, CONTENT_TYPE);
    }
    outgoing.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length }).end(answer.body);
  }

  private async answer(request: HttpRequest): Promise<GatewayResponse> {
    const body = this.names.request(request.body);
    const answer = await (await this.running()).send({ ...request, body });
    if (answer.status !== 200) return { ...answer, body: this.names.error(answer.body) };

    const action = String(request.headers['x-amz-target']).split('.')[1];
    if (action === 'GetRecords') return { ...answer, body: this.names.answer(this.page(parseObject(body), parseObject(answer.body))) };
    await this.afterwards(action, parseObject(body));
    return { ...answer, body: this.names.answer(answer.body) };
  }

  private async afterwards(action: string, input: Json): Promise<void> {
    if (/^(Create|Update|Delete)Table$/.test(action)) this.follower.forget(String(input.TableName));
    else if (/^(Put|Update|Delete)Item$/.test(action)) await this.follower.afterWrite([String(input.TableName)]);
    else if (action === 'BatchWriteItem') await this.follower.afterWrite(Object.keys(input.RequestItems as object));
    else if (action === 'TransactWriteItems') await this.follower.afterWrite(transactionTables(input));
  }

  /** A page of records with the account's region, and with seconds. */
  private page(input: Json, answer: Json): Buffer {
    this.times.correct(String(input.ShardIterator).split('|')[0], answer.Records as TimedRecord[]);
    for (const record of answer.Records as { awsRegion: string }[]) record.awsRegion = this.names.region;
    return Buffer.from(JSON.stringify(answer));
  }

  private async call(target: string, input: object): Promise<Json | undefined> {
    const body = Buffer.from(JSON.stringify(input));
    const headers = { 'content-type': CONTENT_TYPE, 'x-amz-target': target, authorization: SIGNED };
    const { status, body: text } = await (await this.running()).send({ method: 'POST', url: '/', headers, body });
    if (status !== 200) return undefined;
    const answer = parseObject(text);
    if (target.endsWith('.GetRecords')) this.page(input as Json, answer);
    return answer;
  }

  private async running(): Promise<Forwarder> {
    this.listening ??= this.launch();
    return this.listening;
  }

  private async launch(): Promise<Forwarder> {
    this.local = this.startLocal();
    const endpoint = await this.local.listening();
    this.local.warnOnExit();
    return new Forwarder(endpoint);
  }
}

function transactionTables({ TransactItems: items }: Json): string[] {
  const operations = (items as Record<string, { TableName: string }>[]).flatMap((item) => Object.values(item));
  return [...new Set(operations.map(({ TableName: name }) => name))];
}
