import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { SendMessageCommandInput } from '@aws-sdk/client-sqs';
import { run as discard } from '../../commands/discard/run';
import { run as exportDeadLetters } from '../../commands/export/run';
import { run as importFile } from '../../commands/import/run';
import { run as ls, type LsOptions } from '../../commands/ls/run';
import { run as policy } from '../../commands/policy/run';
import { run as show, type ShowOptions } from '../../commands/show/run';
import { ExitCode } from '../../exit-code';
import type { ExportedMessage } from '../../file/exported-message';
import { arnOf, DLQ, FIFO_DLQ, FIFO_ORDERS, NativeOperation, ORDERS, REFUNDS } from '../support/native-operation';
import { BUCKET } from '../support/operation';

let it: NativeOperation;
beforeEach(() => (it = new NativeOperation()));
afterEach(() => it.close());

const PEEK = { filter: [], undeliverables: false, parked: false, countReceives: false };
const list = async (options: Partial<LsOptions> = {}, how = {}) =>
  it.run({ run: ls }, { ...PEEK, logs: true, sort: 'age', ...options }, { queueUrl: DLQ, ...how });
const showOne = async (id: string, options: Partial<ShowOptions> = {}, how = {}) =>
  it.run({ run: show }, { ...PEEK, all: false, raw: false, logs: false, ...options }, { queueUrl: DLQ, args: [id], ...how });

describe('ls of a native dead-letter queue', () => {
  test('lists id, ages, receives, group, source, size and the beginning of the body', async () => {
    it.move('{"order":\n  1}', { groupId: 'g1' });
    it.move('text', { from: REFUNDS });
    const { out } = await list();
    expect(out).toMatch(/^MESSAGE +SENT +EXPIRES +RECEIVES +GROUP +SOURCE +SIZE +BODY\n/);
    expect(out).toMatch(/ g1 +SourceOrders +14 B +\{"order": 1\}\n/);
    expect(out).toMatch(/2 dead letters in OrdersDlq, sent 0s ago\n +source +SourceOrders 1 +SourceRefunds 1\n/);
  });

  test('takes a message that looks like a dead letter of a stream for what it is here: a message', async () => {
    it.move('{"KinesisBatchInfo":{"streamArn":"arn"},"requestContext":{}}');
    const { document } = await list({}, { json: true });
    expect(document).toMatchObject({ messages: [{ sourceArn: arnOf(ORDERS), preview: expect.stringMatching(/^\{"Kinesis/) }] });
  });

  test.each([
    ['body.amount > `5`', ['{"amount":10}']],
    ['contains(body, \'text\')', ['some text']],
    ['attributes.number == `7`', ['some text']],
    ['source == \'SourceRefunds\'', ['{"amount":10}']],
    ['body.id == \'12345678901234567890\'', ['{"id":12345678901234567890}']],
  ])('finds by --where %s', async (where, bodies) => {
    it.move('{"amount":10}', { from: REFUNDS });
    it.move('some text', { attributes: { number: { DataType: 'Number', StringValue: '7' } } });
    it.move('{"id":12345678901234567890}');
    const { document } = await list({ where }, { json: true });
    expect((document!.messages as { preview: string }[]).map(({ preview }) => preview)).toEqual(bodies);
  });

  test('counts by source and message group', async () => {
    it.move('1', { groupId: 'a' });
    it.move('2', { groupId: 'a', from: REFUNDS });
    expect((await list({ by: 'source' }, { json: true })).document!.groups).toMatchObject([{ source: 'SourceOrders', deadLetters: 1 }, { source: 'SourceRefunds', deadLetters: 1 }]);
    expect((await list({ by: 'message-group' }, { json: true })).document!.groups).toMatchObject([{ 'message-group': 'a', deadLetters: 2 }]);
    expect((await list({ by: 'shard' })).error?.message).toBe('--by shard is for dead letters of a stream: messages that SQS moved here can be grouped by error, source, message-group, hour.');
  });

  test('counts by the error that the processor logged with the message id', async () => {
    const id = it.move('poison', { sentAt: Date.now() - 600_000 });
    it.lambda.mappings.push({ UUID: '1', State: 'Enabled', EventSourceArn: arnOf(ORDERS), FunctionArn: PROCESSOR });
    it.logs.log('/aws/lambda/orders', 'one', new Date(Date.now() - 590_000), JSON.stringify({
      level: 'ERROR', message: 'failed', messageId: id, requestId: 'b7', error: { name: 'OrderError', message: 'no quantity' },
    }));
    const { out } = await list({ by: 'error' });
    expect(out).toContain('OrderError: no quantity');
    const [, group] = /redrive --group (\w+)/.exec(out)!;
    it.move('other');
    expect(await it.redrive({ group })).toMatchObject({ exitCode: ExitCode.DONE });
    expect(it.bodies(ORDERS)).toEqual(['poison']);
  });
});

const PROCESSOR = 'arn:aws:lambda:us-east-1:123456789012:function:orders';

describe('show of a native dead letter', () => {
  test('prints what SQS says, attributes, and the body decoded, bytes as hex', async () => {
    const id = it.move('{"order":{"id":1}}', {
      groupId: 'g1', attributes: { kind: { DataType: 'String', StringValue: 'refund' }, raw: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 1, 255]) } },
    });
    const { out, exitCode } = await showOne(id.slice(0, 8));
    expect(exitCode).toBe(ExitCode.DONE);
    expect(out).toContain('a message that SQS moved here after too many receives');
    expect(out).toContain(arnOf(ORDERS));
    expect(out).toContain(`redrive ${id.slice(0, 8)}`);
    expect(out).toMatch(/message group +g1\n/);
    expect(out).toMatch(/attributes\n +kind +String +refund\n +raw +Binary\n.*\n +00000000 +00 01 ff/);
    expect(out).toContain('body  JSON, 18 B\n  {\n    "order": {\n      "id": 1\n    }\n  }\n');
  });

  test('prints the document that --where sees with --json, and the body alone with --raw', async () => {
    const id = it.move('{"order":1}');
    expect((await showOne(id, {}, { json: true })).document).toMatchObject({ document: { id, source: 'SourceOrders', attributes: {}, body: { order: 1 } }, body: '{"order":1}' });
    expect((await showOne(id, { raw: true })).out).toBe('{"order":1}\n');
  });

  test('reads a body that the Extended Client put into S3', async () => {
    it.objects.set('large', '{"large":true}');
    const id = it.move(JSON.stringify(['software.amazon.payloadoffloading.PayloadS3Pointer', { s3BucketName: BUCKET, s3Key: 'large' }]), {
      attributes: { ExtendedPayloadSize: { DataType: 'Number', StringValue: '14' } },
    });
    expect((await showOne(id)).out).toContain('"large": true');
    expect((await list({ where: 'body.large' })).out).toContain(`s3://${BUCKET}/large`);
  });

  test('shows the rest of a message whose body in S3 is gone', async () => {
    const id = it.move(JSON.stringify(['software.amazon.payloadoffloading.PayloadS3Pointer', { s3BucketName: BUCKET, s3Key: 'gone' }]), {
      attributes: { ExtendedPayloadSize: { DataType: 'Number', StringValue: '14' }, kind: { DataType: 'String', StringValue: 'refund' } },
    });
    const reason = `s3://${BUCKET}/gone must exist, got: "NoSuchKey: The specified key does not exist."`;
    const { out, err, exitCode } = await showOne(id);
    expect(exitCode).toBe(ExitCode.LEFT);
    expect(out).toContain(arnOf(ORDERS));
    expect(out).toMatch(/ kind +String +refund\n$/);
    expect(err).toContain(reason);
    const { document } = await showOne(id, {}, { json: true });
    expect(document).toMatchObject({ message: { messageId: id }, lostBody: expect.stringContaining(reason) });
    expect(document).not.toHaveProperty('body');
  });

  test('refuses what chooses records', async () => {
    const id = it.move('text');
    expect((await showOne(id, { where: 'body' })).error?.message).toContain('--where chooses records of a dead letter');
  });

  test('finds the error of the invocation that logged the message id', async () => {
    const id = it.move('poison', { sentAt: Date.now() - 600_000 });
    it.lambda.mappings.push({ UUID: '1', State: 'Enabled', EventSourceArn: arnOf(ORDERS), FunctionArn: PROCESSOR });
    const request = '8e1a4a5e-0000-4000-8000-000000000001';
    it.logs.log('/aws/lambda/orders', 'one', new Date(Date.now() - 590_000),
      `START RequestId: ${request} Version: 1`,
      `2026-11-29T00:00:00.000Z\t${request}\tINFO\thandles ${id}`,
      `2026-11-29T00:00:00.000Z\t${request}\tERROR\tInvoke Error \t{"errorType":"TypeError","errorMessage":"it is undefined","stack":["TypeError: it is undefined"]}`,
      `END RequestId: ${request}`);
    expect((await showOne(id, { logs: true })).out).toMatch(/reason +TypeError: it is undefined\n/);
  });

  test.each([
    ['no function reads the source queue', () => undefined, 'no function is known that reads SourceOrders'],
    ['the log does not have the message id', () => {
      it.lambda.mappings.push({ UUID: '1', State: 'Enabled', EventSourceArn: arnOf(ORDERS), FunctionArn: PROCESSOR });
      it.logs.log('/aws/lambda/orders', 'one', new Date(), 'something else');
    }, '/aws/lambda/orders has no line with the message ID from 2026-11-01T00:00:00.000Z to 2026-11-01T00:20:00.000Z: let the function log the messageId of ' +
      'each record that fails, with its error; if the message waited in its queue for longer, search later lines yourself'],
  ])('says why there is no reason: %s', async (_, arrange, text) => {
    const id = it.move('poison', { sentAt: Date.parse('2026-11-01T00:00:00Z') });
    arrange();
    expect((await showOne(id, { logs: true })).out).toContain(`not found: ${text}`);
  });
});

describe('files of native dead letters', () => {
  const lines = (file: string): ExportedMessage[] => {
    const bytes = readFileSync(file);
    return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().split('\n').filter(Boolean).map((line) => JSON.parse(line) as ExportedMessage);
  };

  test('an export has attributes, group, deduplication id and source, and import sends all but the deduplication id', async () => {
    const file = join(it.folder, 'export.jsonl');
    it.move('text', {
      to: FIFO_DLQ, from: FIFO_ORDERS, groupId: 'g1', system: { MessageDeduplicationId: 'first' },
      attributes: { raw: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) } },
    });
    await it.run({ run: exportDeadLetters }, { ...PEEK, force: false }, { queueUrl: FIFO_DLQ, args: [file] });
    expect(lines(file)).toMatchObject([{
      body: 'text', messageGroupId: 'g1', messageDeduplicationId: 'first', deadLetterQueueSourceArn: arnOf(FIFO_ORDERS),
      attributes: { raw: { type: 'Binary', value: 'AP8=' } },
    }]);
    const { exitCode } = await it.run(
      { run: importFile }, { undeliverables: false, parked: false, dryRun: false, concurrency: 1, yes: true, auditLog: it.auditLog },
      { queueUrl: FIFO_ORDERS, args: [file] },
    );
    expect(exitCode).toBe(ExitCode.DONE);
    const [sent] = it.sqs.callsOf<SendMessageCommandInput>('SendMessage');
    expect(sent).toMatchObject({ MessageBody: 'text', MessageGroupId: 'g1', MessageAttributes: { raw: { DataType: 'Binary', BinaryValue: Buffer.from([0, 255]) } } });
    expect(sent.MessageDeduplicationId).toMatch(/^import-/);
    // As a file, it is listed as what it is.
    expect((await list({ from: file })).out).toContain('text');
  });

  test('an import of a body of the Extended Client that is over the limit says that the queue has no bucket for it', async () => {
    it.objects.set('large', 'x'.repeat(1_048_577));
    it.move(JSON.stringify(['software.amazon.payloadoffloading.PayloadS3Pointer', { s3BucketName: BUCKET, s3Key: 'large' }]));
    const file = join(it.folder, 'export.jsonl');
    await it.run({ run: exportDeadLetters }, { ...PEEK, force: false }, { queueUrl: DLQ, args: [file] });
    const { exitCode, out } = await it.run(
      { run: importFile }, { undeliverables: false, parked: false, dryRun: false, concurrency: 1, yes: true, auditLog: it.auditLog },
      { queueUrl: ORDERS, args: [file] },
    );
    expect(exitCode).toBe(ExitCode.LEFT);
    expect(out).toContain('must have at most 1048576 bytes, got: 1048577, and no overflow bucket of it is known');
    expect(out).toContain('send a body of the Amazon SQS Extended Client, whose queue has no such bucket, with that client');
    expect(it.bodies(ORDERS)).toEqual([]);
  });

  test('discard writes them to a file before it deletes them', async () => {
    it.move('first');
    it.move('second');
    const file = join(it.folder, 'discarded.jsonl.gz');
    const options = {
      ...PEEK, yes: true, visibilityTimeout: 120, auditLog: it.auditLog, reason: 'test', export: file, yesForGood: false, all: false,
    };
    const { exitCode, err } = await it.run({ run: discard }, { ...options, where: 'body == \'first\'' }, { queueUrl: DLQ });
    expect(exitCode).toBe(ExitCode.DONE);
    expect(err).toContain('1 message, to be deleted');
    expect(lines(file)).toMatchObject([{ body: 'first', deadLetterQueueSourceArn: arnOf(ORDERS) }]);
    expect(it.bodies(DLQ)).toEqual(['second']);
    expect(readdirSync(it.folder)).toContain('discarded.jsonl.gz');
  });
});

describe('policy for a native dead-letter queue', () => {
  const statements = async (options: object) => {
    it.lambda.mappings.push({ UUID: '1', State: 'Enabled', EventSourceArn: arnOf(ORDERS), FunctionArn: PROCESSOR });
    it.sqs.createQueue(ORDERS, { KmsMasterKeyId: 'arn:aws:kms:us-east-1:123456789012:key/1' });
    const { out } = await it.run({ run: policy }, options, { queueUrl: DLQ });
    const { Statement } = JSON.parse(out) as { Statement: { Sid: string; Action: string[]; Resource: string[] }[] };
    return Object.fromEntries(Statement.map(({ Sid, Action, Resource }) => [Sid, [Action, Resource]]));
  };

  test('lets operators look, and read the log of the function that reads the source queue', async () => {
    expect(await statements({ read: true, logs: true })).toMatchObject({
      FindSourceQueues: [['sqs:ListDeadLetterSourceQueues'], [arnOf(DLQ)]],
      ReadKeys: [['kms:Decrypt'], ['arn:aws:kms:us-east-1:123456789012:key/1']],
      ReadProcessorLogs: [['logs:FilterLogEvents', 'logs:GetLogEvents'], ['arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/orders:*']],
    });
  });

  test('lets operators have SQS move messages, import them, and send to the source queues with their keys', async () => {
    expect(await statements({ redrive: true })).toMatchObject({
      MoveMessages: [['sqs:StartMessageMoveTask', 'sqs:ListMessageMoveTasks', 'sqs:CancelMessageMoveTask'], [arnOf(DLQ)]],
      ChangeQueues: [['sqs:DeleteMessage', 'sqs:SendMessage'], [arnOf(DLQ)]],
      SendToSourceQueues: [['sqs:SendMessage'], [arnOf(ORDERS), arnOf(REFUNDS)]],
      SendWithKeysOfSourceQueues: [['kms:Decrypt', 'kms:GenerateDataKey'], ['arn:aws:kms:us-east-1:123456789012:key/1']],
    });
  });
});
