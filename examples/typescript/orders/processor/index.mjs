/**
 * Handles the orders of one batch. An order that makes no sense fails the batch: Lambda splits it until the order is alone,
 * tries it again, gives up, and the order ends in the dead-letter queue.
 */
export async function handler(event) {
  for (const record of event.Records) {
    const order = JSON.parse(Buffer.from(record.kinesis.data, 'base64').toString('utf8'));
    check(order);
    console.log(JSON.stringify({ notice: 'order accepted', orderId: order.orderId, sequenceNumber: record.kinesis.sequenceNumber }));
  }
}

function check(order) {
  if (!Number.isInteger(order.quantity) || order.quantity < 1) {
    throw new Error(`order ${order.orderId} must have a quantity of at least 1`);
  }
}
