import fc from 'fast-check';
import { toEventRecord } from '../../../../lambda/shared/stream/kinesis-event-record';
import { CONSUMER_ARN, sequenceNumber, SHARD_ID, STREAM_ARN, streamRecord } from '../../../support/records';

const SOURCE = { shardId: SHARD_ID, eventSourceArn: STREAM_ARN };

describe('a record of a stream', () => {
  test('becomes the record of a Lambda event, byte for byte, without the role of the function', () => {
    const record = streamRecord(7, {
      Data: Buffer.from('Hello, this is a test.'),
      PartitionKey: '1',
      ApproximateArrivalTimestamp: new Date(1_545_084_650_987),
    });
    // As Lambda writes it, key order included.
    const event =
      `{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"1","sequenceNumber":"${sequenceNumber(7)}",` +
      '"data":"SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==","approximateArrivalTimestamp":1545084650.987},' +
      `"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"${SHARD_ID}:${sequenceNumber(7)}",` +
      `"eventName":"aws:kinesis:record","awsRegion":"us-east-1","eventSourceARN":"${STREAM_ARN}"}`;
    expect(JSON.stringify(toEventRecord(record, SOURCE))).toBe(event);
  });

  test('keeps bytes that are not text', () => {
    const bytes = Uint8Array.from([0xff, 0xfe, 0x00, 0xc3, 0x28, 0xf3, 0x89, 0x9a, 0xc2]);
    const { kinesis } = toEventRecord(streamRecord(0, { Data: bytes }), SOURCE);
    expect(kinesis!.data).toBe('//4AwyjziZrC');
  });

  test('keeps a view on bytes apart from the bytes around it', () => {
    const Data = new Uint8Array(new TextEncoder().encode('left RIGHT').buffer, 5);
    expect(toEventRecord(streamRecord(0, { Data }), SOURCE).kinesis!.data).toBe(btoa('RIGHT'));
  });

  test('may be empty', () => {
    expect(toEventRecord(streamRecord(0, { Data: new Uint8Array() }), SOURCE).kinesis!.data).toBe('');
  });

  test('without a partition key stays without one', () => {
    const { kinesis } = toEventRecord(streamRecord(0, { PartitionKey: undefined }), SOURCE);
    expect(Object.keys(kinesis!)).toEqual(['kinesisSchemaVersion', 'sequenceNumber', 'data', 'approximateArrivalTimestamp']);
  });

  test('keeps an empty partition key', () => {
    expect(toEventRecord(streamRecord(0, { PartitionKey: '' }), SOURCE).kinesis!.partitionKey).toBe('');
  });

  test.each([
    [1_545_084_650_000, '1545084650'],
    [1_545_084_650_987, '1545084650.987'],
    [1_545_084_650_001, '1545084650.001'],
    [1_545_084_650_100, '1545084650.1'],
  ])('that arrived at %d ms did so at %s s', (millis, seconds) => {
    const { kinesis } = toEventRecord(streamRecord(0, { ApproximateArrivalTimestamp: new Date(millis) }), SOURCE);
    expect(JSON.stringify(kinesis!.approximateArrivalTimestamp)).toBe(seconds);
  });

  test('of a consumer names the consumer and its region', () => {
    const eventSourceArn = CONSUMER_ARN.replace('us-east-1', 'eu-central-1');
    expect(toEventRecord(streamRecord(0), { ...SOURCE, eventSourceArn })).toMatchObject({
      awsRegion: 'eu-central-1',
      eventSourceARN: eventSourceArn,
    });
  });

  test('has no encryption type, like a Lambda event', () => {
    expect(JSON.stringify(toEventRecord(streamRecord(0, { EncryptionType: 'KMS' }), SOURCE))).not.toMatch(/encryption/i);
  });
});

describe('any record', () => {
  test('gives its bytes back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (Data) => {
        const { kinesis } = toEventRecord(streamRecord(0, { Data }), SOURCE);
        expect(new Uint8Array(Buffer.from(kinesis!.data, 'base64'))).toEqual(Data);
      }),
    );
  });

  test('gives its time back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (millis) => {
        const { kinesis } = toEventRecord(streamRecord(0, { ApproximateArrivalTimestamp: new Date(millis) }), SOURCE);
        expect(Math.round(kinesis!.approximateArrivalTimestamp * 1000)).toBe(millis);
      }),
    );
  });

  test('gives its partition key back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (PartitionKey) => {
        const text = JSON.stringify(toEventRecord(streamRecord(0, { PartitionKey }), SOURCE));
        expect(JSON.parse(text).kinesis.partitionKey).toBe(PartitionKey);
      }),
    );
  });
});
