import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { CASES, pageBodies, placeOf } from '../cases';

/** One case of the bench, at the HTTP interfaces of Kinesis, DynamoDB Streams, SQS and S3. Answers are made before the first request. */
const it = CASES.find(({ name }) => name === process.argv[2])!;
const pages = pageBodies(it).map((body) => Buffer.from(body));
let calls: Record<string, number> = {};

function answer(action: string, body: Buffer): Buffer | string {
  const input = () => JSON.parse(body.toString()) as Record<string, string>;
  switch (action) {
    case 'GetShardIterator':
      // Each service has its own name for it.
      return JSON.stringify({ ShardIterator: `${Math.floor(placeOf(it.kind, input().StartingSequenceNumber ?? input().SequenceNumber) / it.pageRecords)}` });
    case 'GetRecords':
      return pages[Number(input().ShardIterator)] ?? JSON.stringify({ Records: [], NextShardIterator: `${pages.length}`, MillisBehindLatest: 0 });
    case 'SendMessage':
      return JSON.stringify({ MessageId: 'bench', MD5OfMessageBody: createHash('md5').update(input().MessageBody).digest('hex') });
    default:
      return '';
  }
}

const server = createServer((request, response) => {
  void buffer(request).then((body) => {
    // Asked by the bench: the calls since it asked last.
    if (request.url === '/calls') {
      response.end(JSON.stringify(calls));
      calls = {};
      return;
    }
    const action = (request.headers['x-amz-target'] as string | undefined)?.split('.').at(-1) ?? (request.method === 'PUT' ? 'PutObject' : 'unknown');
    calls[action] = (calls[action] ?? 0) + 1;
    response.writeHead(action === 'unknown' ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' }).end(answer(action, body));
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1');
