/**
 * Does what the records say: data that begins with `throw` fails the batch, `report` is reported as an item failure.
 * Everything that arrives is logged as it came, for the test to compare with.
 */
export async function handler(event) {
  console.log(JSON.stringify({ received: event }));
  const texts = event.Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString('latin1'));
  if (texts.some((text) => text.startsWith('throw'))) throw new Error('a record says throw');
  return {
    batchItemFailures: event.Records.filter((_, index) => texts[index].startsWith('report')).map(({ kinesis }) => ({
      itemIdentifier: kinesis.sequenceNumber,
    })),
  };
}
