/** An order as the producer sends it. */
export interface Order {
  readonly partitionKey: string;
  readonly data: Uint8Array;
  /** Why the processor fails on it. Absent for a valid order. */
  readonly poison?: string;
}

/** Orders that the processor of examples/typescript/orders fails on. One has bytes that are not text. */
const POISON: readonly { readonly why: string; readonly spoil: (order: Record<string, unknown>) => Uint8Array }[] = [
  { why: 'no quantity', spoil: ({ quantity: _, ...order }) => text(JSON.stringify(order)) },
  { why: 'quantity 0', spoil: (order) => text(JSON.stringify({ ...order, quantity: 0 })) },
  { why: 'cut off', spoil: (order) => text(JSON.stringify(order).slice(0, 40)) },
  { why: 'not text', spoil: () => Uint8Array.from([0x1f, 0x8b, 0x08, 0x00, 0xff, 0xfe, 0x00, 0xc3, 0x28, 0x80]) },
  { why: 'quantity in words', spoil: (order) => text(JSON.stringify({ ...order, quantity: 'two', note: 'für Zoë 🧡' })) },
  { why: 'empty', spoil: () => text('{}') },
];

/** Makes orders, with invalid ones spread among them. Every call returns the same orders. */
export function makeOrders(count: number): Order[] {
  const every = Math.floor(count / POISON.length);
  return Array.from({ length: count }, (_, index) => {
    const order = {
      orderId: `order-${String(index + 1).padStart(4, '0')}`,
      item: ['teapot', 'kettle', 'cup', 'saucer', 'spoon'][index % 5],
      quantity: 1 + (index % 7),
      placedAt: new Date(Date.UTC(2026, 0, 1, 9, 0, index)).toISOString(),
    };
    const partitionKey = `customer-${(index * 7919) % 97}`;
    const poison = index % every === Math.floor(every / 2) ? POISON[Math.floor(index / every)] : undefined;
    return poison
      ? { partitionKey, data: poison.spoil(order), poison: poison.why }
      : { partitionKey, data: text(JSON.stringify(order)) };
  });
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}
