import { RecordFilter } from '../../mapping-filters/record-filter';

const kinesis = (data: string | object, partitionKey = 'k') => ({
  event: {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey,
      sequenceNumber: '1',
      data: Buffer.from(typeof data === 'string' ? data : JSON.stringify(data)).toString('base64'),
      approximateArrivalTimestamp: 1_545_084_650.987,
    },
    eventSource: 'aws:kinesis',
    eventName: 'aws:kinesis:record',
  },
});

const dynamo = (eventName: string, image: object) => ({
  event: { eventName, eventSource: 'aws:dynamodb', dynamodb: { NewImage: image, SequenceNumber: '1' } },
});

const accepts = (record: { event: object }, ...patterns: object[]) => new RecordFilter(patterns.map((each) => JSON.stringify(each))).accepts(record);

it('accepts everything without filters', () => {
  expect(accepts(kinesis('text'))).toBe(true);
});

it('accepts what one of the filters matches', () => {
  const filters = [{ data: { type: ['buy'] } }, { data: { quantity: [{ numeric: ['>', 10] }] } }];
  expect(accepts(kinesis({ type: 'buy' }), ...filters)).toBe(true);
  expect(accepts(kinesis({ type: 'sell', quantity: 11 }), ...filters)).toBe(true);
  expect(accepts(kinesis({ type: 'sell', quantity: 10 }), ...filters)).toBe(false);
});

describe('a Kinesis record', () => {
  it('is filtered by its other fields, too', () => {
    expect(accepts(kinesis('text', 'a'), { partitionKey: ['a'] })).toBe(true);
    expect(accepts(kinesis('text', 'b'), { partitionKey: ['a'] })).toBe(false);
    expect(accepts(kinesis('text'), { eventName: ['aws:kinesis:record'] })).toBe(true);
  });

  it('needs to match both its data and its other fields when a filter names both', () => {
    const filter = { partitionKey: ['a'], data: { type: ['buy'] } };
    expect(accepts(kinesis({ type: 'buy' }, 'a'), filter)).toBe(true);
    expect(accepts(kinesis({ type: 'buy' }, 'b'), filter)).toBe(false);
    expect(accepts(kinesis({ type: 'sell' }, 'a'), filter)).toBe(false);
  });

  it('whose data is no JSON matches no filter on data, not even one on what is missing', () => {
    expect(accepts(kinesis('text'), { data: { type: [{ exists: false }] } })).toBe(false);
    expect(accepts(kinesis('5'), { data: { type: [{ exists: false }] } })).toBe(true);
    expect(accepts(kinesis('text', 'a'), { data: { type: ['buy'] } }, { partitionKey: ['a'] })).toBe(true);
  });
});

describe('a DynamoDB record', () => {
  it('is filtered by the name of its event and by its images', () => {
    expect(accepts(dynamo('INSERT', {}), { eventName: ['INSERT'] })).toBe(true);
    expect(accepts(dynamo('REMOVE', {}), { eventName: ['INSERT'] })).toBe(false);
    expect(accepts(dynamo('INSERT', { paid: { BOOL: true } }), { dynamodb: { NewImage: { paid: { BOOL: [true] } } } })).toBe(true);
  });

  it('holds its numbers as text, which no number equals', () => {
    const image = { price: { N: '10' } };
    expect(accepts(dynamo('INSERT', image), { dynamodb: { NewImage: { price: { N: [{ numeric: ['=', 10] }] } } } })).toBe(false);
    expect(accepts(dynamo('INSERT', image), { dynamodb: { NewImage: { price: { N: ['10'] } } } })).toBe(true);
  });
});

describe('refuses', () => {
  it.each<[string, object[], string]>([
    ['more filters than a raised quota allows', Array<object>(11).fill({ a: [1] }), 'a mapping must have at most 10 filters, got: 11'],
    ['a filter on data as text', [{ data: ['text'] }], 'a filter on data must be an object, as data is read as JSON, got: {"data":["text"]}'],
    ['what is no pattern', [{ data: { a: 'x' } }], 'an event pattern must be an object with at least one key at data.a, got: "x"'],
  ])('%s', (_, patterns, message) => {
    expect(() => new RecordFilter(patterns.map((each) => JSON.stringify(each)))).toThrow(message);
  });
});
