/** The clients and commands of the functions. */
export const USED = {
  'cloudwatch-logs': ['CloudWatchLogsClient', 'CreateLogStreamCommand', 'PutLogEventsCommand'],
  'dynamodb-streams': ['DynamoDBStreamsClient', 'GetRecordsCommand', 'GetShardIteratorCommand'],
  'kinesis': ['KinesisClient', 'GetRecordsCommand', 'GetShardIteratorCommand'],
  'lambda': ['LambdaClient', 'GetFunctionConfigurationCommand', 'InvokeCommand'],
  's3': ['S3Client', 'CopyObjectCommand', 'GetObjectCommand', 'PutObjectCommand'],
  'sqs': ['SQSClient', 'ChangeMessageVisibilityCommand', 'GetQueueAttributesCommand', 'SendMessageCommand'],
} as const;

export type Service = keyof typeof USED;

export interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** A call of a client, and what the service answers to each of its requests. */
export interface Call {
  readonly title: string;
  readonly service: Service;
  readonly command: string;
  readonly input: object;
  readonly answers: readonly Answer[];
}

const PARTITIONS: Readonly<Record<string, string>> = {
  'cn-north-1': 'aws-cn', 'us-gov-west-1': 'aws-us-gov', 'eusc-de-east-1': 'aws-eusc', 'us-iso-east-1': 'aws-iso',
};
const streamArn = (region: string) => `arn:${PARTITIONS[region] ?? 'aws'}:kinesis:${region}:123456789012:stream/orders`;

const s3Error = (status: number, code: string, headers = {}): Answer => ({
  status, headers: { 'x-amz-request-id': 'R1', ...headers },
  body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>because of ${code}</Message><RequestId>R1</RequestId></Error>`,
});
const jsonError = (status: number, name: string, headers = {}): Answer => ({
  status, headers: { 'x-amzn-requestid': 'R1', 'x-amzn-errortype': name, ...headers }, body: JSON.stringify({ __type: name, message: `because of ${name}` }),
});
const json = (body: object): Answer => ({ headers: { 'x-amzn-requestid': 'R1' }, body: JSON.stringify(body) });

/** Of `123456789`. */
const CRC64 = { 'x-amz-checksum-crc64nvme': Buffer.from('ae8b14860a799888', 'hex').toString('base64') };
const QueueUrl = 'https://sqs.us-east-1.amazonaws.com/1/orders';
const TIME = 1_769_000_000;

const call = (service: Service, command: string, input: object) => (title: string, answers: readonly Answer[], other: object = {}): Call => ({
  title, service, command: `${command}Command`, input: { ...input, ...other }, answers,
});
const get = call('s3', 'GetObject', { Bucket: 'orders', Key: 'dead letters/1+ü.json' });
const put = call('s3', 'PutObject', { Bucket: 'orders', Key: 'k', Body: Buffer.from('{}'), ContentType: 'application/json' });
const copy = call('s3', 'CopyObject', {
  Bucket: 'orders', Key: 'k', CopySource: 'orders/from', ContentType: 'application/json', MetadataDirective: 'REPLACE', TaggingDirective: 'REPLACE',
});
const send = call('sqs', 'SendMessage', {
  QueueUrl, MessageBody: 'hello', MessageAttributes: { status: { DataType: 'String', StringValue: 'COMPLETE' } },
});
const hide = call('sqs', 'ChangeMessageVisibility', { QueueUrl, ReceiptHandle: 'r', VisibilityTimeout: 0 });
const attributes = call('sqs', 'GetQueueAttributes', { QueueUrl, AttributeNames: ['VisibilityTimeout'] });
const items = call('dynamodb-streams', 'GetRecords', { ShardIterator: 'i' });
const invoke = call('lambda', 'Invoke', { FunctionName: 'orders', InvocationType: 'RequestResponse', Payload: '{}' });
const role = call('lambda', 'GetFunctionConfiguration', { FunctionName: 'orders' });
const log = call('cloudwatch-logs', 'PutLogEvents', { logGroupName: 'g', logStreamName: 's', logEvents: [{ timestamp: 1, message: 'm' }] });

/** What the functions call, and what can come of it. */
export function callsIn(region: string): readonly Call[] {
  const page = call('kinesis', 'GetRecords', { StreamARN: streamArn(region), ShardIterator: 'i' });
  return [
    put('writes an object', [{ headers: { 'etag': '"1"', 'x-amz-request-id': 'R1', 'x-amz-expiration': 'never' } }]),
    put('writes a large object', [{}], { Body: Buffer.alloc(3_000_000) }),
    put('writes to a bucket with an old name', [{}], { Bucket: 'Old_Name' }),
    put('is throttled, then writes', [s3Error(503, 'SlowDown'), {}]),
    put('is sent to another Region', [s3Error(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'eu-west-1' })]),
    put('must not write', [s3Error(403, 'AccessDenied')]),
    put('writes to a bucket that does not exist', [s3Error(404, 'NoSuchBucket')]),
    get('reads an object', [{ body: '123456789', headers: { ...CRC64, 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT', 'expires': 'bad' } }]),
    get('reads an object with another checksum', [{ body: '12345678', headers: CRC64 }]),
    get('reads an object with a CRC-32', [{ body: 'abc', headers: { 'x-amz-checksum-crc32': 'NSRBwg==' } }]),
    get('reads an object with a SHA-1', [{ body: 'abc', headers: { 'x-amz-checksum-sha1': 'qZk+NkcGgWq6PiVxeFDCbJzQ2J0=' } }]),
    get('reads an object with a SHA-256', [{ body: 'abc', headers: { 'x-amz-checksum-sha256': 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=' } }]),
    get('reads an object with another CRC-32C', [{ body: 'abc', headers: { 'x-amz-checksum-crc32c': 'AAAAAA==' } }]),
    get('reads an object that does not exist', [s3Error(404, 'NoSuchKey')]),
    get('reads an archived object', [s3Error(403, 'InvalidObjectState')]),
    get('gets an error that is no XML', [{ status: 500, body: 'oh' }, { body: 'x' }]),
    copy('copies an object', [
      { body: '<CopyObjectResult><ETag>"1"</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified></CopyObjectResult>' },
    ]),
    copy('copies an object, which fails after 200', [s3Error(200, 'InternalError'), { body: '<CopyObjectResult></CopyObjectResult>' }]),
    send('sends a message', [json({ MessageId: '1', MD5OfMessageBody: '5d41402abc4b2a76b9719d911017c592' })]),
    send('sends a message, and another one arrives', [json({ MessageId: '1', MD5OfMessageBody: '0d41402abc4b2a76b9719d911017c592' })]),
    send('sends to a queue that does not exist', [
      jsonError(400, 'com.amazonaws.sqs#QueueDoesNotExist', { 'x-amzn-query-error': 'AWS.SimpleQueueService.NonExistentQueue;Sender' }),
    ]),
    hide('hides a message', [json({})]),
    attributes('reads attributes', [json({ Attributes: { VisibilityTimeout: '30' } })]),
    page('reads records of Kinesis', [
      json({ Records: [{ SequenceNumber: '1', Data: 'aGk=', PartitionKey: 'p', ApproximateArrivalTimestamp: TIME }], MillisBehindLatest: 0 }),
    ]),
    page('is throttled by Kinesis', [jsonError(400, 'ProvisionedThroughputExceededException'), json({ Records: [] })]),
    page('has an old iterator of Kinesis', [jsonError(400, 'ExpiredIteratorException')]),
    items('reads records of a table', [
      json({ Records: [{ eventID: '1', dynamodb: { ApproximateCreationDateTime: TIME, Keys: { id: { B: 'aGk=' } }, SequenceNumber: '1' } }] }),
    ]),
    items('reads records of a table that are gone', [jsonError(400, 'com.amazonaws.dynamodb.v20120810#TrimmedDataAccessException')]),
    invoke('invokes a function that throws', [{ body: '{"errorMessage":"no"}', headers: { 'x-amz-function-error': 'Unhandled' } }]),
    invoke('invokes a function that is busy', [jsonError(429, 'TooManyRequestsException'), { body: 'null' }]),
    invoke('invokes a function that does not exist', [jsonError(404, 'ResourceNotFoundException')]),
    role('reads the role of a function', [json({ Role: 'arn:aws:iam::1:role/r', FunctionName: 'orders', Environment: { Variables: { A: 'b' } } })]),
    log('writes log events', [jsonError(503, 'ServiceUnavailableException'), json({})]),
  ];
}
