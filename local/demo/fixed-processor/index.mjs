/**
 * The fixed processor of examples/typescript/orders: it logs an invalid order with the reason, and accepts the other orders of the batch.
 */
export async function handler(event) {
  for (const { kinesis: { data, sequenceNumber } } of event.Records) {
    try {
      const order = JSON.parse(Buffer.from(data, 'base64').toString('utf8'));
      if (!Number.isInteger(order.quantity) || order.quantity < 1) throw new Error(`order ${order.orderId} must have a quantity of at least 1`);
      console.log(JSON.stringify({ notice: 'order accepted', orderId: order.orderId, sequenceNumber }));
    } catch (error) {
      console.log(JSON.stringify({ notice: 'order set aside', reason: error.message, sequenceNumber }));
    }
  }
}
