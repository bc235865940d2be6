/**
 * Audits the changes of one batch. A change without `changedBy` fails the batch: Lambda splits it until the change is alone,
 * tries it again, gives up, and the change ends in the dead-letter queue, with the images of the item before and after it.
 */
export async function handler(event) {
  for (const record of event.Records) {
    const { Keys, SequenceNumber } = record.dynamodb;
    const customerId = Keys.customerId.S;
    const changedBy = authorOf(record);
    if (!changedBy) throw new Error(`customer ${customerId} must say in changedBy who changed it`);
    console.log(JSON.stringify({ notice: 'change audited', change: record.eventName, customerId, changedBy, sequenceNumber: SequenceNumber }));
  }
}

/** Who changed an item: DynamoDB itself where the time of the item was over, otherwise who the item names. */
function authorOf({ userIdentity, dynamodb }) {
  return userIdentity?.principalId ?? (dynamodb.NewImage ?? dynamodb.OldImage).changedBy?.S;
}
