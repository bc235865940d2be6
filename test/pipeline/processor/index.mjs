/**
 * Does what the records say: data, or the id of an item, that begins with `throw` fails the batch, `report` is reported as an item
 * failure. Everything that arrives is logged as it came, for the test to compare with.
 */
export async function handler(event) {
  console.log(JSON.stringify({ received: event }));
  const texts = event.Records.map(textOf);
  if (texts.some((text) => text.startsWith('throw'))) throw new Error('a record says throw');
  return {
    batchItemFailures: event.Records.filter((_, index) => texts[index].startsWith('report')).map(({ kinesis, dynamodb }) => ({
      itemIdentifier: kinesis?.sequenceNumber ?? dynamodb.SequenceNumber,
    })),
  };
}

/** Keys are in records of all view types. Data that filters look into is JSON, and says what to do first. */
function textOf({ kinesis, dynamodb }) {
  return dynamodb ? dynamodb.Keys.id.S : Buffer.from(kinesis.data, 'base64').toString('latin1').replace(/^\{"do":"/, '');
}
